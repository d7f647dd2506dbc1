"""Study and records in, facts out: the one entry of this stage."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from capstone_report.analysis.caveats import (
    point_caveats,
    precision_caveats,
    rate_caveats,
    record_caveats,
    step_caveats,
    study_caveats,
)
from capstone_report.analysis.circumstances import circumstance_caveats
from capstone_report.analysis.claim import beside_the_claim
from capstone_report.analysis.comparison import Comparison, compare
from capstone_report.analysis.conclusions import concluded
from capstone_report.analysis.diagnosis import Diagnosed, diagnosis_findings, read_diagnosis
from capstone_report.analysis.energy import energy_caveats, energy_facts
from capstone_report.analysis.estimates import Estimate
from capstone_report.analysis.facts import (
    Analysis,
    BuyFact,
    CaseFacts,
    Claim,
    CorrectnessFact,
    EnergyFact,
    PrecisionFact,
    RecoveryFact,
    ScalingPoint,
    TrialFact,
)
from capstone_report.analysis.fit_facts import Marginal, ScalingFit, SerialShare
from capstone_report.analysis.fit_findings import fit_findings
from capstone_report.analysis.fits import scaling_fit
from capstone_report.analysis.forecasts import forecast
from capstone_report.analysis.imports import import_caveats, imported_facts
from capstone_report.analysis.links import Calibration, newest_calibration, uncalibrated
from capstone_report.analysis.recovery import recovery_caveats
from capstone_report.analysis.repetition import levels_facts, precision_facts
from capstone_report.analysis.replay import replays
from capstone_report.analysis.serial_shares import marginals, serial_shares
from capstone_report.analysis.staleness import (
    StaleRun,
    measured_engine_variables,
    measured_programs,
    stale_runs,
)
from capstone_report.analysis.summaries import median_estimate
from capstone_report.analysis.table import RunTable
from capstone_report.analysis.targets import target_caveats
from capstone_report.findings.finding import Finding, Severity
from capstone_report.perfmodel.cost import build_versus_buy
from capstone_report.perfmodel.prediction import Prediction, predict
from capstone_report.perfmodel.step import StepModel
from capstone_report.plan import Plan, make_plan, plan_for
from capstone_report.results.journal import Journal
from capstone_report.results.records import (
    BESIDE,
    OF_THE_MACHINE,
    CampaignRecord,
    Environment,
    Outcome,
    Phase,
    RunRecord,
)
from capstone_report.spec.arithmetic import proofs
from capstone_report.spec.forecast import calibrated, study_model
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.study import Prediction as DeclaredPrediction
from capstone_report.spec.study import Study
from capstone_report.spec.through import measured_scheduler, through
from capstone_report.spec.vocabulary import Scaling
from capstone_report.spec.workspace import Machine, Price, Workspace
from capstone_report.units import to_si

UNLIMITED_CORES = 1_000_000


class _Predicted(TypedDict):
    """What a design can reach, and the link that says so."""

    calibration: Calibration | None
    forecast: DeclaredPrediction | None
    prediction: Prediction | None


def analyze(
    loaded: LoadedStudy,
    workspace: Workspace,
    journal: Journal | None,
    notices: Sequence[Finding] = (),
) -> Analysis:
    """Return what one machine's records say, or that there are none; `notices` are about their files."""
    everything = journal.runs if journal else ()
    records = _campaign_runs(everything)
    loaded = _as_measured(loaded, everything)
    study, environment = loaded.study, everything[-1].environment if everything else None
    plan = _plan(loaded, environment, records)
    current = plan.current(records)
    table = RunTable(study, records, current)
    price = workspace.prices.get(study.cost.price) if study.cost else None
    stale = stale_runs(plan, records, current)
    seen = compare(loaded, plan, table, price, attempts=current, stale=stale)
    machine = journal.folder.name if journal and records else None
    declared = workspace.machines.get(machine) if machine else None
    energy = energy_facts(seen.baseline, seen.points, seen.counted, declared)
    precision = precision_facts(study, plan, current, seen.measured)
    diagnosed = read_diagnosis(study, plan, everything)
    predicted = _predicted(loaded, environment, everything)
    model = predicted["prediction"].model if predicted["prediction"] else None
    scaling = _scaling(study, seen, model, price, environment)
    foreseen = forecast(study, model, journal, seen.sound, diagnosed.workers)
    beside = _beside(
        loaded, workspace, seen, plan=plan, records=records, stale=stale, precision=precision
    )
    targets = target_caveats(f"specs/{loaded.id}", study, journal, seen.counted)
    around = _around(loaded, seen, energy, declared, diagnosed=diagnosed, predicted=predicted)
    fitted = fit_findings(f"specs/{loaded.id}", study, scaling["fit"], foreseen)
    analysis = Analysis(
        loaded=loaded,
        machine=machine,
        machine_note=declared.note if declared else None,
        environment=environment if records else None,
        commits=_commits(seen.counted),
        **_history(journal, records),
        missing=len(plan.missing(records)),
        imported=imported_facts(seen.counted),
        stale=stale,
        **_compared(seen),
        trial=_trial(study, plan, table),
        precision=precision,
        levels=levels_facts(study, plan, seen.counted),
        diagnosed=diagnosed,
        skipped=plan.skipped,
        proofs=proofs(study.problem),
        **predicted,
        **scaling,
        foreseen=foreseen,
        price=price,
        energy=energy,
        build_versus_buy=_build_versus_buy(study, workspace.prices),
        replays=replays(study, _claimed(seen), seen.counted),
        findings=(*seen.claim.refusals, *notices, *beside, *targets, *around, *fitted),
        runs_csv=table.csv(),
    )
    return concluded(analysis, seen, plan, current, declared)


def _claimed(seen: Comparison) -> tuple[CaseFacts | None, ...]:
    """Return what a claim compares: the baseline and the claimed case."""
    return seen.baseline, seen.claim.point.case if seen.claim.point else None


class _Compared(TypedDict):
    """What baseline and distributed cases say beside each other."""

    baseline: CaseFacts | None
    one_worker: CaseFacts | None
    points: tuple[ScalingPoint, ...]
    noise_floor: Estimate | None
    correctness: tuple[CorrectnessFact, ...]
    recoveries: tuple[RecoveryFact, ...]
    claim: Claim


def _compared(seen: Comparison) -> _Compared:
    """Return the facts of a comparison."""
    return {
        "baseline": seen.baseline,
        "one_worker": seen.one_worker,
        "points": seen.points,
        "noise_floor": seen.noise_floor,
        "correctness": seen.correctness,
        "recoveries": seen.recoveries,
        "claim": seen.claim,
    }


class _Scaling(TypedDict):
    """What the points say together."""

    fit: ScalingFit | None
    serial_shares: tuple[SerialShare, ...]
    marginals: tuple[Marginal, ...]


def _scaling(
    study: Study,
    seen: Comparison,
    model: StepModel | None,
    price: Price | None,
    environment: Environment | None,
) -> _Scaling:
    """Return the laws through the points, and what is read off the points themselves."""
    one_machine = all(p.case.machines == 1 and not p.case.imported for p in seen.points)
    fit = scaling_fit(
        study,
        seen.points,
        seen.baseline,
        kept=seen.sound,
        left_out=seen.left_out,
        model=model,
        price=price,
        cores=environment.cores if environment and one_machine else None,
    )
    p0, grows = study.baseline.workers, study.scaling_benchmark.scaling is Scaling.WEAK
    return {
        "fit": fit,
        "serial_shares": serial_shares(seen.sound, fit, p0=p0, grows=grows),
        "marginals": marginals(seen.sound),
    }


class _History(TypedDict):
    """When and how often a machine was measured on, and how that ended."""

    campaigns: int
    measured_from: str | None
    measured_to: str | None
    attempts: int
    failed: int
    interrupted: int


def _history(journal: Journal | None, records: Sequence[RunRecord]) -> _History:
    """Return what a machine's records say about measuring itself."""
    interrupted = sum(record.outcome in OF_THE_MACHINE for record in records)
    return {
        "campaigns": _campaigns(journal),
        "measured_from": records[0].started_at if records else None,
        "measured_to": records[-1].started_at if records else None,
        "attempts": len(records),
        "failed": sum(r.outcome is not Outcome.OK for r in records) - interrupted,
        "interrupted": interrupted,
    }


def _beside(
    loaded: LoadedStudy,
    workspace: Workspace,
    seen: Comparison,
    *,
    plan: Plan,
    records: Sequence[RunRecord],
    stale: Sequence[StaleRun],
    precision: Sequence[PrecisionFact],
) -> Iterator[Finding]:
    """Yield every caveat that belongs beside the claim."""
    where, study = f"specs/{loaded.id}", loaded.study
    cores = records[-1].environment.cores if records else UNLIMITED_CORES
    yield from (finding for finding in loaded.findings if finding.severity is not Severity.NOTE)
    yield from record_caveats(where, plan, records, seen.counted, stale=stale, cores=cores)
    yield from beside_the_claim(
        where, study, seen.points, seen.correctness, seen.claim, baseline=seen.baseline
    )
    yield from (finding for finding in seen.unlike if finding not in seen.claim.refusals)
    yield from point_caveats(where, seen.baseline, seen.points, seen.claim)
    yield from rate_caveats(where, study, seen.counted, baseline=seen.baseline, claim=seen.claim)
    yield from precision_caveats(where, precision)
    yield from recovery_caveats(where, study, seen.recoveries)
    yield from step_caveats(where, study, seen.counted)
    yield from import_caveats(where, seen.counted)
    yield from study_caveats(loaded, _prices(study, workspace))


def _around(
    loaded: LoadedStudy,
    seen: Comparison,
    energy: Sequence[EnergyFact],
    machine: Machine | None,
    *,
    diagnosed: Diagnosed,
    predicted: _Predicted,
) -> Iterator[Finding]:
    """Yield what the machine was like, how energy was found out, and what diagnosis and link say."""
    where = f"specs/{loaded.id}"
    yield from circumstance_caveats(where, seen.counted)
    yield from energy_caveats(where, energy, seen.counted, machine)
    yield from diagnosis_findings(loaded, diagnosed)
    yield from uncalibrated(loaded, predicted["forecast"], predicted["calibration"])


def _campaign_runs(records: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """Return the runs of campaigns: one beside them never counts, and is no failure of theirs."""
    return tuple(run for run in records if run.phase not in BESIDE)


def _plan(
    loaded: LoadedStudy, environment: Environment | None, records: Sequence[RunRecord]
) -> Plan:
    """Return the plan on the machine of the records; without any, on one that carries every case."""
    if environment is None:
        return make_plan(loaded, cores=UNLIMITED_CORES)
    return plan_for(loaded, environment, records)


def _as_measured(loaded: LoadedStudy, records: Sequence[RunRecord]) -> LoadedStudy:
    """Return a study as the newest runs saw it: elsewhere variables, programs, starters are others."""
    variables = measured_engine_variables(records[-1]) if records else {}
    seen = through(loaded, measured_scheduler(records))
    return replace(seen, engine_variables=variables, started_programs=measured_programs(records))


def _trial(study: Study, plan: Plan, table: RunTable) -> tuple[TrialFact, ...]:
    """Return the baseline's trial, level by level."""
    if study.baseline.tune is None:
        return ()
    factor = study.baseline.tune.factor
    metric = study.metrics[study.problem.headline_metric]
    facts = []
    for case in plan.cases(Phase.TRIAL):
        values = table.counted(case.id, Phase.TRIAL).column(study.problem.headline_metric)
        if values:
            unit = metric.unit if metric.is_rate else "s"
            time = median_estimate([to_si(value, metric.unit) for value in values], unit)
            chosen = plan.tuned is not None and case.levels == plan.tuned
            facts.append(
                TrialFact(level=f"{factor} = {case.levels[factor]}", time=time, chosen=chosen)
            )
    return tuple(facts)


def _predicted(
    loaded: LoadedStudy, environment: Environment | None, records: Sequence[RunRecord]
) -> _Predicted:
    """Return what the declared design can reach, with the constants that a calibration gives."""
    study, found = loaded.study, newest_calibration(loaded, environment, records)
    declared = study.prediction
    link = found.widest.link if found else None
    known = calibrated(declared, study.design.communication, link) if declared else None
    return {
        "calibration": found,
        "forecast": known,
        "prediction": _prediction(study, known),
    }


def _prediction(study: Study, forecast: DeclaredPrediction | None) -> Prediction | None:
    """Return what the declared design can reach, at the worker counts that the study names."""
    model = study_model(study, forecast) if forecast else None
    if model is None:
        return None
    counts = set(map(int, study.scaling_benchmark.levels.get("workers", (1,))))
    asked = {study.sizing.workers} if study.sizing else set()
    return predict(model, sorted({1, *counts, *asked}))


def _build_versus_buy(study: Study, prices: Mapping[str, Price]) -> BuyFact | None:
    """Return the declared comparison of running it yourself against a managed service."""
    declared = study.cost.build_versus_buy if study.cost else None
    if declared is None:
        return None
    price = prices[declared.price]
    result = build_versus_buy(
        accelerators=declared.accelerators,
        usd_per_hour=price.usd_per_hour,
        hours=declared.hours,
        premium=declared.managed_premium,
        ops_hours=declared.ops_hours,
        ops_usd_per_hour=declared.ops_usd_per_hour,
    )
    return BuyFact(
        price=price,
        rent_usd=result.rent_usd,
        operations_usd=result.operations_usd,
        self_managed_usd=result.self_managed_usd,
        managed_usd=result.managed_usd,
        break_even_hours=result.break_even_hours,
        break_even_unit_hours=result.break_even_unit_hours,
        self_managed_wins=result.self_managed_usd < result.managed_usd,
    )


def _prices(study: Study, workspace: Workspace) -> list[tuple[str, Price]]:
    """Return the prices that the study uses, each once."""
    if study.cost is None:
        return []
    declared = study.cost.build_versus_buy
    names = [study.cost.price, *([declared.price] if declared else [])]
    return [(name, workspace.prices[name]) for name in dict.fromkeys(names)]


def _commits(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    """Return the git commits that the counted runs were made at, each once, dirty ones marked."""
    seen: dict[str, None] = {}
    for run in runs:
        facts: Environment = run.environment
        if facts.git_commit:
            seen[facts.git_commit[:12] + (" (modified)" if facts.git_dirty else "")] = None
    return tuple(seen)


def _campaigns(journal: Journal | None) -> int:
    """Return how many campaigns wrote to a journal."""
    return sum(isinstance(record, CampaignRecord) for record in journal.records) if journal else 0

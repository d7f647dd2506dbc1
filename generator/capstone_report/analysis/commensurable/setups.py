"""Whether both sides were set up alike, fact by fact."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from capstone_report.analysis.commensurable.compared import Compared, Setup
from capstone_report.analysis.facts import CaseFacts
from capstone_report.analysis.staleness import shown
from capstone_report.findings import commensurability as rules
from capstone_report.findings.finding import Finding, Rule
from capstone_report.plan import changed_facts
from capstone_report.results.records import Phase, RunRecord
from capstone_report.spec.benchmarks import Level
from capstone_report.spec.vocabulary import HELD_UNDER, Scaling

RULES: Mapping[str, Rule] = {
    "cpu": rules.OTHER_MACHINE,
    "machine": rules.OTHER_MACHINE,
    "accelerator": rules.OTHER_ACCELERATOR,
    "accelerators_per_worker": rules.OTHER_SHARE_OF_ACCELERATORS,
    "precision": rules.OTHER_PRECISION,
    "global_batch": rules.OTHER_GLOBAL_BATCH,
    "worker_batch": rules.OTHER_WORKER_BATCH,
    "micro_batch": rules.OTHER_ACCUMULATION,
    "gradient_accumulation": rules.OTHER_ACCUMULATION,
    "dataset": rules.OTHER_DATA,
    "dataset_items": rules.OTHER_DATA,
    "model": rules.OTHER_MODEL,
    "parameters": rules.OTHER_MODEL,
    "program": rules.OTHER_MODEL,
    "sequence_length": rules.OTHER_MODEL,
    "target_quality": rules.OTHER_TARGET,
    "driver": rules.OTHER_SOFTWARE,
    "framework": rules.OTHER_SOFTWARE,
    "library": rules.OTHER_SOFTWARE,
    "software": rules.OTHER_SOFTWARE,
    "timed": rules.OTHER_TIMED_PART,
    "cache": rules.OTHER_CACHE,
    "warmup": rules.OTHER_WARMUP,
    "price_date": rules.OTHER_PRICE,
    "price_terms": rules.OTHER_PRICE,
    "price_unit": rules.OTHER_PRICE,
}
"""The facts that are known by name; every other one is compared, too, and told as something else."""

GROWING = frozenset({"accelerators", "date", "nodes"})
"""Facts that may change with the workers; other checks look at them."""

SHOWN_ANSWERS = 3


def facts_differ(compared: Compared) -> Iterator[Finding]:
    """Yield every fact that both sides name and that is not the same."""
    if compared.baseline is None:
        return
    base = compared.setups[compared.baseline.case_id]
    scaling = compared.study.scaling_benchmark.scaling
    for name in sorted(base.keys() - GROWING):
        if scaling not in HELD_UNDER.get(name, frozenset(Scaling)):
            continue
        other = [
            (case, setup[name])
            for case in compared.others
            if name in (setup := compared.setups[case.case_id])
            and _differs(base[name], setup[name])
        ]
        if other:
            rule = RULES.get(name, rules.OTHER_SETUP)
            told = rule(
                compared.where,
                name=name.replace("_", " "),
                baseline=_values(base[name]),
                others=_cases(other),
            )
            yield compared.weighed(told, *(case.case_id for case, _ in other))


def facts_are_said_of_both(compared: Compared) -> Iterator[Finding]:
    """Yield what the study or a table says of one side only."""
    if compared.baseline is None:
        return
    base = compared.setups[compared.baseline.case_id]
    for case in compared.sides[1:]:
        setup = compared.setups[case.case_id]
        yield from _half(compared, base, setup, said=compared.baseline.case_id, unsaid=case.case_id)
        yield from _half(compared, setup, base, said=case.case_id, unsaid=compared.baseline.case_id)


def engine_variables_differ(compared: Compared) -> Iterator[Finding]:
    """Yield environment variables that the programs of the two sides got with other values."""
    if compared.baseline is None:
        return
    base = _variables(compared.runs[compared.baseline.case_id][-1])
    for case in compared.sides[1:]:
        other = _variables(compared.runs[case.case_id][-1])
        names = sorted(
            name for name in base.keys() | other.keys() if base.get(name) != other.get(name)
        )
        if names:
            said = [
                f"{name} ({base.get(name, 'unset')} and {other.get(name, 'unset')})"
                for name in names
            ]
            yield rules.OTHER_ENGINE_VARIABLES(
                compared.where, differing=", ".join(said), case=case.case_id
            )


def baseline_is_of_this_machine(compared: Compared) -> Iterator[Finding]:
    """Yield that one side has no runs in the environment of the other, and has some in another one."""
    study = compared.study
    sides = {
        study.baseline.benchmark: ("the baseline", compared.baseline is None),
        study.scaling_benchmark.name: ("the workers", not compared.others),
    }
    for benchmark, (which, missing) in sides.items():
        elsewhere = [
            run
            for run in compared.stale
            if run.record.benchmark == benchmark
            and run.record.phase is Phase.MEASUREMENT
            and compared.environment
            and changed_facts(run.record.environment, compared.environment)
        ]
        if missing and elsewhere and compared.runs:
            reasons = dict.fromkeys(reason for run in elsewhere for reason in run.reasons)
            yield rules.BASELINE_ELSEWHERE(
                compared.where,
                runs=len(elsewhere),
                which=which,
                reasons=", ".join(reasons),
                study=compared.study_id,
            )


def _half(
    compared: Compared, of: Setup, beside: Setup, *, said: str, unsaid: str
) -> Iterator[Finding]:
    """Yield the names that one case's setup has and the other's lacks."""
    names = sorted(name for name in of.keys() - beside.keys() if name in RULES)
    if names and beside:
        yield rules.HALF_SAID(
            compared.where,
            names=", ".join(name.replace("_", " ") for name in names),
            said=said,
            unsaid=unsaid,
        )


def _differs(base: frozenset[Level], other: frozenset[Level]) -> bool:
    """Tell whether two sets of values are not the same one value."""
    return len(base | other) > 1


def _values(values: frozenset[Level]) -> str:
    """Return the values of a fact in one line."""
    return " or ".join(sorted(_value(value) for value in values))


def _value(value: Level) -> str:
    """Return one value, a number in short."""
    return shown(value) if isinstance(value, str) else f"{value:g}"


def _cases(other: Sequence[tuple[CaseFacts, frozenset[Level]]]) -> str:
    """Return what other cases say, each answer once, with the worker counts that give it."""
    counts: defaultdict[str, list[str]] = defaultdict(list)
    for case, values in other:
        counts[_values(values)].append(str(case.workers))
    said = [f"{value} at {', '.join(workers)} workers" for value, workers in counts.items()]
    more = len(said) - SHOWN_ANSWERS
    return ", ".join([*said[:SHOWN_ANSWERS], *([f"and {more} more"] if more > 0 else [])])


def _variables(run: RunRecord) -> dict[str, str]:
    """Return the variables that a run's programs got, from the study and around it."""
    found: dict[str, str] = {}
    for key in ("engine_variables", "env"):
        table = run.identity.get(key)
        found |= {k: str(v) for k, v in table.items()} if isinstance(table, dict) else {}
    return found

"""The energy of every case: what counters saw, or else the declared power times the wall time."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from capstone_report.analysis.circumstances import number_of
from capstone_report.analysis.facts import CaseFacts, EnergyFact, ScalingPoint
from capstone_report.analysis.summaries import median_estimate, ratio_estimate
from capstone_report.findings import circumstances as rules
from capstone_report.findings.finding import Finding
from capstone_report.perfmodel.energy import EnergyMethod
from capstone_report.results.records import Energy, RunRecord
from capstone_report.spec.workspace import Machine


def run_energy(run: RunRecord, machine: Machine | None) -> Energy | None:
    """Return a run's energy: recorded, or estimated from the declared power; None without either.

    E = TDP t, with the wall time t: at most what the processors take (Patterson et al. 2021 with
    one processor and PUE 1). A run that was measured elsewhere is not estimated.
    """
    if run.energy is not None:
        return run.energy
    if machine is None or machine.tdp_w is None or run.imported is not None:
        return None
    return Energy(
        joules=machine.tdp_w * run.wall_time_s,
        average_w=machine.tdp_w,
        method=EnergyMethod.ESTIMATED_TDP,
    )


def energy_facts(
    baseline: CaseFacts | None,
    points: Sequence[ScalingPoint],
    counted: Sequence[RunRecord],
    machine: Machine | None,
) -> tuple[EnergyFact, ...]:
    """Return the energy of the baseline and the distributed cases, where all runs of one tell alike.

    Ratios are relative to the baseline, between equal methods only.
    """
    taken = _by_case(counted, machine)
    reference = baseline and _alike(taken[baseline.case_id])
    cases = (baseline, *(point.case for point in points))
    facts = []
    for case_id in dict.fromkeys(case.case_id for case in cases if case is not None):
        energies = _alike(taken[case_id])
        if energies:
            against = reference if case_id != (baseline and baseline.case_id) else None
            facts.append(_fact(case_id, energies, against or ()))
    return tuple(facts)


def energy_caveats(
    where: str,
    facts: Sequence[EnergyFact],
    counted: Sequence[RunRecord],
    machine: Machine | None,
) -> Iterator[Finding]:
    """Yield how the energies were found out, and where that keeps them from being compared."""
    methods = Counter(e.method for run in counted if (e := run_energy(run, machine)) is not None)
    if len(methods) > 1:
        worded = ", ".join(
            f"{method} ({number_of(runs)})" for method, runs in sorted(methods.items())
        )
        yield rules.ENERGIES_UNLIKE(where, methods=worded)
    estimated = [fact for fact in facts if fact.is_estimated]
    if estimated and machine is not None:
        yield rules.ENERGY_ESTIMATED(where, cases=len(estimated), tdp_w=machine.tdp_w)
    measured = [fact for fact in facts if not fact.is_estimated]
    if measured:
        named = ", ".join(sorted({fact.method for fact in measured}))
        yield rules.ENERGY_OF_ALL(where, cases=len(measured), methods=named)


def _by_case(
    counted: Sequence[RunRecord], machine: Machine | None
) -> defaultdict[str, list[Energy | None]]:
    """Return the energies of the runs of each case."""
    taken: defaultdict[str, list[Energy | None]] = defaultdict(list)
    for run in counted:
        taken[run.case_id].append(run_energy(run, machine))
    return taken


def _alike(energies: Sequence[Energy | None]) -> list[Energy]:
    """Return energies if all are known, positive and of one method; none otherwise."""
    known = [energy for energy in energies if energy is not None and energy.joules > 0]
    alike = len(known) == len(energies) and len({energy.method for energy in known}) == 1
    return known if alike else []


def _fact(case_id: str, energies: Sequence[Energy], reference: Sequence[Energy]) -> EnergyFact:
    """Return the medians of a case, and its ratio to a reference of the same method."""
    method = energies[0].method
    comparable = bool(reference) and reference[0].method == method
    joules = [energy.joules for energy in energies]
    return EnergyFact(
        case_id=case_id,
        method=EnergyMethod(method),
        joules=median_estimate(joules, "J"),
        average_w=median_estimate([energy.average_w for energy in energies], "W"),
        ratio=ratio_estimate(joules, [e.joules for e in reference]) if comparable else None,
    )

"""What `capstone run` would do here, before anything starts: which runs, why, and at what price; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capstone_report.analysis.prices import Rate, declared_rate
from capstone_report.analysis.remaining import Remaining, WallTimes, in_all, remaining
from capstone_report.analysis.staleness import stale_runs
from capstone_report.analysis.standing import Standing, standing
from capstone_report.plan import Plan, PlannedRun, plan_for
from capstone_report.results.journal import Journal
from capstone_report.results.records import BESIDE, Environment, Phase
from capstone_report.spec.load import LoadedStudy
from capstone_report.spec.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The plan of one study on this machine, how it stands, and what is still to be made."""

    study_id: str
    folder: Path
    plan: Plan
    standing: Standing
    missing: tuple[PlannedRun, ...]
    """What the records lack."""
    to_make: tuple[PlannedRun, ...]
    """What would be measured: what is missing, or everything where a new folder is begun."""
    by_case: Mapping[tuple[str, Phase], Remaining]
    total: Remaining
    paid: Rate | None

    @property
    def begins_anew(self) -> bool:
        """Tell whether these records are finished, so that everything is measured again."""
        return len(self.to_make) > len(self.missing)


def look_ahead(
    loaded: LoadedStudy,
    workspace: Workspace,
    journal: Journal,
    environment: Environment,
    *,
    finished: bool,
) -> Ahead:
    """Return what a run would measure on the machine of an environment.

    Records that are `finished` are never appended to: when they miss a run, everything is measured
    again into a new folder; their times still say how long that takes.
    """
    records = [run for run in journal.runs if run.phase not in BESIDE]
    plan = plan_for(loaded, environment, records)
    current, missing = plan.current(records), tuple(plan.missing(records))
    stale = stale_runs(plan, records, current)
    anew = plan_for(loaded, environment, ()) if finished and missing else None
    to_make = anew.runs if anew else missing
    cost = loaded.study.cost
    paid = declared_rate(cost, workspace.prices.get(cost.price) if cost else None)
    by_case = remaining(to_make, WallTimes(current, stale), paid)
    return Ahead(
        study_id=loaded.id,
        folder=journal.folder,
        plan=plan,
        standing=standing(
            anew or plan,
            current=[] if anew else current,
            stale=[] if anew else stale,
            missing=to_make,
        ),
        missing=missing,
        to_make=to_make,
        by_case=by_case,
        total=in_all(list(by_case.values())),
        paid=paid,
    )

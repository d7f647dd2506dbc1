"""Runs that were submitted and are not yet recorded: one folder each, below a machine's jobs/.

What the run's record will open with stands there before its scheduler hears of the job. So nothing is
submitted twice, and what has ended is recorded once, whoever was killed in between.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from capstone_report.cases import SEVERAL_GPUS, Case, declared_cases
from capstone_report.measure.away import folder as job_folder
from capstone_report.measure.away.slurm_cluster import job_folders
from capstone_report.measure.away.states import SeenJob
from capstone_report.measure.away.submitting import Submitted, keep, known
from capstone_report.measure.one_run import Attempt
from capstone_report.plan import PlannedRun
from capstone_report.results.durable import replace_file
from capstone_report.results.machines import JOBS, OPENING
from capstone_report.results.records import Environment, Phase
from capstone_report.spec.load import LoadedStudy
from capstone_report.units import Seconds

Slot = tuple[str, str, int, str]
"""A place in the plan: a case by its id, phase, repeat, and the case's fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A run on its way."""

    folder: Path
    opening: dict[str, Any]
    """What its record opens with."""
    submitted: Submitted | None
    """None where capstone was killed before it asked for anything."""

    @property
    def run_id(self) -> str:
        """Return the run's own name, which is its folder's."""
        return self.folder.name

    @property
    def slot(self) -> Slot:
        """Return which planned run it is."""
        said = self.opening
        return said["case_id"], said["phase"], said["repeat"], said["fingerprint"]


def outstanding(machine_folder: Path) -> list[Outstanding]:
    """Return the runs that are on their way to a machine's records, in the order of the plan."""
    found = [
        Outstanding(
            folder=folder,
            opening=json.loads((folder / OPENING).read_bytes()),
            submitted=known(folder),
        )
        for folder in job_folders(machine_folder / JOBS)
        if (folder / OPENING).exists()
    ]
    return sorted(found, key=lambda run: (run.opening["order"], run.run_id))


def scheduler_of(machine_folder: Path) -> str:
    """Return the kind of the scheduler that the runs on their way are jobs of: one for them all."""
    return job_folder.read_order(outstanding(machine_folder)[0].folder).scheduler


def settled(
    runs: Sequence[Outstanding], queue: Sequence[SeenJob], *, patience_s: Seconds
) -> list[Outstanding]:
    """Return the runs that the scheduler was asked for; whatever stands of the others is forgotten.

    Capstone may have been killed between its note and the answer. Then the queue knows the job
    by its comment, or its folder that it has begun; otherwise there is none, once `patience_s` have
    passed in which an answer may still have been on its way.
    """
    kept = []
    for run in runs:
        submitted = run.submitted
        if submitted is not None and submitted.id is None:
            seen = submitted.among(queue)
            begun = job_folder.begun_by(run.folder)
            submitted = replace(submitted, id=seen.id if seen else begun)
            if submitted.id is None and time.time() - submitted.at < patience_s:
                kept.append(run)
                continue
        if submitted is None or submitted.id is None:
            shutil.rmtree(run.folder)
            continue
        if submitted != run.submitted:
            keep(run.folder, submitted)
        kept.append(replace(run, submitted=submitted))
    return kept


def write_opening(folder: Path, opening: Mapping[str, Any]) -> None:
    """Put on disk what the record of a run will open with."""
    replace_file(folder / OPENING, json.dumps(opening).encode())


def attempt_of(
    loaded: LoadedStudy, machine_folder: Path, opening: Mapping[str, Any]
) -> Attempt | None:
    """Return the attempt that an opening belongs to; None where the study has changed since."""
    loaded = as_begun(loaded, [(opening["benchmark"], opening["identity"])])
    case = _case_of(loaded, opening)
    if case is None:
        return None
    return Attempt(
        loaded=loaded,
        run=PlannedRun(
            case=case,
            phase=Phase(opening["phase"]),
            repeat=opening["repeat"],
            order=opening["order"],
        ),
        number=opening["attempt"],
        machine_folder=machine_folder,
        environment=Environment.model_validate(opening["environment"]),
    )


def as_begun(loaded: LoadedStudy, begun: Sequence[tuple[str, Mapping[str, Any]]]) -> LoadedStudy:
    """Return a study as it was when runs of it began; `begun` are benchmarks and identities.

    They are collected from any shell: its variables and its PATH say nothing about them.
    """
    programs: dict[str, dict[str, str]] = {}
    for benchmark, identity in begun:
        programs.setdefault(benchmark, {}).update(identity.get("programs", {}))
    variables = begun[-1][1].get("engine_variables", {})
    return replace(loaded, engine_variables=variables, started_programs=programs)


def _case_of(loaded: LoadedStudy, opening: Mapping[str, Any]) -> Case | None:
    """Return the declared case that is identified as an opening says."""
    gpus = SEVERAL_GPUS if opening["device"] == "cuda" else 0
    wanted = (opening["case_id"], opening["fingerprint"])
    cases = (case for case in declared_cases(loaded, gpus) if (case.id, case.fingerprint) == wanted)
    return next(cases, None)

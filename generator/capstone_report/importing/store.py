"""Writes imported runs into a folder of their own, once: the same file twice changes nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from capstone_report.errors import IntegrityError
from capstone_report.findings.finding import Finding
from capstone_report.findings.importing import IMPORTED_OTHERWISE
from capstone_report.importing.mapping import Mapping
from capstone_report.importing.reading import read_measurements
from capstone_report.importing.records import imported_environment, imported_records
from capstone_report.measure.identity import is_tracked, slug
from capstone_report.results.journal import file_hash, open_journal, read_journal
from capstone_report.results.records import Imported, RunRecord
from capstone_report.spec.load import LoadedStudy

HASH_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRuns:
    """What an import did."""

    folder: Path
    written: int
    already: int
    """How many of the file's runs were there before."""


def import_file(loaded: LoadedStudy, path: Path, mapping: Mapping) -> ImportedRuns:
    """Bring the runs of a file into a study; nothing is written unless all of them can be.

    Raises:
        SpecError: file, mapping and study do not fit together; every problem is told.
        IntegrityError: the file's runs are there otherwise, or git keeps them as finished.
    """
    digest = file_hash(path)
    imported = Imported(
        source=mapping.source, date=mapping.date, file=path.name, file_sha256=digest
    )
    records = imported_records(loaded, mapping, read_measurements(path, mapping), imported)
    results = loaded.folder / "results"
    ending = f"-imported-{digest[:HASH_DIGITS]}"
    folder = results / f"{slug(imported_environment(mapping))}{ending}"
    already = 0
    for known in sorted(results.glob(f"*{ending}")):
        already += _alike(known, read_journal(known).runs, records)
    missing = _missing(folder, records)
    if missing and is_tracked(folder):
        raise IntegrityError(_otherwise(folder, "git keeps its records as finished"))
    if missing:
        with open_journal(folder) as (_, writer):
            for record in missing:
                writer.append(record)
    return ImportedRuns(folder=folder, written=len(missing), already=already)


def _alike(folder: Path, known: Iterable[RunRecord], records: Sequence[RunRecord]) -> int:
    """Return how many of a folder's runs are among the new ones; refuse any that differs from them.

    Each case is there as a whole, or an import was cut short and left the first runs of all.
    """
    named = {record.run_id: record for record in records}
    new = Counter(record.case_id for record in records)
    same = [run for run in known if run.case_id in new]
    for run in same:
        now = named.get(run.run_id)
        if now is None or _told(run) != _told(now):
            what = f"{run.run_id} was read otherwise than this mapping reads it"
            raise IntegrityError(_otherwise(folder, what))
    counts = Counter(run.case_id for run in same)
    first = [record.run_id for record in records[: len(same)]]
    if [run.run_id for run in same] != first and any(new[case] > counts[case] for case in counts):
        raise IntegrityError(_otherwise(folder, "this mapping reads more runs of the same cases"))
    return len(same)


def _told(run: RunRecord) -> RunRecord:
    """Return a run without what an import does not decide: the order, and who imported it."""
    facts = run.environment.model_copy(update={"capstone": ""})
    return run.model_copy(update={"order": 0, "environment": facts})


def _missing(folder: Path, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the runs that a folder does not hold yet."""
    known = {run.run_id for run in read_journal(folder).runs}
    return [record for record in records if record.run_id not in known]


def _otherwise(folder: Path, what: str) -> Finding:
    """Return the refusal to write beside another reading of the same file."""
    return IMPORTED_OTHERWISE(str(folder), what=what, folder=folder)

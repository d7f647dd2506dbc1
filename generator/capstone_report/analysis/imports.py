"""Which numbers come from elsewhere: they are marked wherever they are shown; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from capstone_report.analysis.facts import ImportedFact
from capstone_report.findings.finding import Finding
from capstone_report.findings.importing import IMPORTED
from capstone_report.results.records import Imported, RunRecord


def imported_facts(counted: Sequence[RunRecord]) -> tuple[ImportedFact, ...]:
    """Return each file that counted runs were imported from, with their number, in order."""
    runs = Counter(_key(run.imported) for run in counted if run.imported)
    files = {_key(run.imported): run.imported for run in counted if run.imported}
    return tuple(ImportedFact(imported=files[key], runs=number) for key, number in runs.items())


def import_caveats(where: str, counted: Sequence[RunRecord]) -> Iterator[Finding]:
    """Yield, file by file, that runs were not measured here, with their source and date."""
    for fact in imported_facts(counted):
        told = fact.imported
        yield IMPORTED(
            where,
            runs=fact.runs,
            total=len(counted),
            file=told.file,
            source=told.source,
            date=told.date,
        )


def _key(imported: Imported) -> tuple[str, ...]:
    """Return what tells one import from another."""
    return (imported.file_sha256, imported.file, imported.source, imported.date)

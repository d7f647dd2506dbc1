"""CAP3xx: measurements that were made elsewhere and are brought into a study."""

from capstone_report.findings.finding import Rule, Severity

IMPORTED = Rule(
    code="CAP370",
    severity=Severity.WARNING,
    title="Numbers were measured elsewhere",
    why="Nobody here saw these runs: which machine, which software and how many of them is what their source says.",
    what="{runs} of {total} counted runs were imported from {file}; source: {source}; date: {date}",
    remedy="name the source beside every number, or measure it here",
    section="41.7",
)

CELL_NOT_READ = Rule(
    code="CAP371",
    severity=Severity.ERROR,
    title="A row of an imported file cannot be read",
    why="A row that is dropped in silence changes the result; rows are left out by the mapping only.",
    what="{what}",
    remedy="{remedy}",
    section="41.7",
)

NOTHING_TO_IMPORT = Rule(
    code="CAP372",
    severity=Severity.ERROR,
    title="A file has nothing that can be imported",
    why="An import of nothing is a mistake in the mapping, or another file than was meant.",
    what="{what}",
    remedy="{remedy}",
    section="41.7",
)

NO_PLACE_IN_STUDY = Rule(
    code="CAP373",
    severity=Severity.ERROR,
    title="The study has no place for what is imported",
    why="Imported runs stand only where the study says that it is measured elsewhere, at declared levels and units.",
    what="{what}",
    remedy="{remedy}",
    section="41.7",
)

IMPORTED_OTHERWISE = Rule(
    code="CAP374",
    severity=Severity.ERROR,
    title="The file was imported otherwise before",
    why="Records are never rewritten; two readings of one file must not be counted together.",
    what="{what}",
    remedy="remove the folder {folder}, which holds nothing but this file's numbers, and import again",
    section="41.8",
)

NOT_ANSWERED = Rule(
    code="CAP375",
    severity=Severity.ERROR,
    title="A bare table leaves a question open",
    why="The numbers alone do not say it, and a wrong guess makes another result of them.",
    what="the table leaves open: {question}",
    remedy="answer with {option}",
    section="41.7",
)

"""What an import writes, what it refuses, and that the same file twice changes nothing."""

from pathlib import Path

import pytest

from capstone_report.errors import CapstoneError, IntegrityError, SpecError
from capstone_report.importing.mapping import read_mapping
from capstone_report.importing.store import import_file
from capstone_report.results.journal import JOURNAL, open_journal, read_journal
from capstone_report.results.verification import verify_journal
from capstone_report.spec.load import load_project
from elsewhere import (
    METRIC,
    analysis_of,
    efficiencies,
    import_text,
    imported,
    mapping,
    write_external,
)
from simulated import STUDY_ID

TABLE = "p,t\n1,8\n2,5\n4,2.5\n"
USUAL = mapping(column="t")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose study is measured elsewhere at 1, 2 and 4 workers."""
    return write_external(tmp_path, workers=[1, 2, 4], unit="s")


def refusals(root: Path, text: str, mapped: str) -> list[str]:
    """Return what an import is refused with, code and words."""
    with pytest.raises(CapstoneError) as caught:
        import_text(root, text, mapped)
    return [f"{problem.code}: {problem.what}" for problem in caught.value.problems]


def test_a_record_says_that_it_is_imported_from_where_and_what_nobody_knows(root: Path) -> None:
    done = import_text(root, TABLE, USUAL)

    first, *others = imported(root)
    assert len(others) == 2
    assert first.imported
    assert (first.imported.source, first.imported.date) == ("a test", "2024-05")
    assert first.imported.file == "table.csv"
    assert done.folder.name.endswith(f"-imported-{first.imported.file_sha256[:6]}")
    assert done.folder.name.startswith("a-cluster-4096c")
    assert (first.environment.cpu, first.environment.cores) == ("A Cluster", 4096)
    assert (first.environment.system, first.environment.python) == ("unknown", "unknown")
    assert first.notes == (f"{METRIC}: line 2, t = 8",)
    assert (first.command, first.exit_code) == ((), None)
    assert verify_journal(done.folder).ok


def test_the_same_file_twice_changes_nothing(root: Path) -> None:
    first = import_text(root, TABLE, USUAL)
    before = (first.folder / JOURNAL).read_bytes()

    second = import_text(root, TABLE, USUAL)

    assert (first.written, first.already) == (3, 0)
    assert (second.written, second.already) == (0, 3)
    assert (first.folder / JOURNAL).read_bytes() == before


def test_an_import_that_was_cut_short_goes_on(root: Path) -> None:
    done = import_text(root, TABLE, USUAL)
    kept = read_journal(done.folder).runs[:1]
    (done.folder / JOURNAL).unlink()
    with open_journal(done.folder) as (_, writer):
        writer.append(kept[0])

    again = import_text(root, TABLE, USUAL)

    assert (again.written, again.already) == (2, 1)
    assert [run.workers for run in imported(root)] == [1, 2, 4]


@pytest.mark.parametrize(
    "other",
    [
        mapping(column="t", unit="ms"),
        mapping(column="t", machine="Another Cluster"),
        mapping(column="t", source="somebody else"),
        mapping(column=["t", "t"]),
    ],
)
def test_another_reading_of_the_same_file_is_refused(root: Path, other: str) -> None:
    import_text(root, TABLE, USUAL)

    with pytest.raises(IntegrityError, match="CAP374"):
        import_text(root, TABLE, other)

    assert len(imported(root)) == 3


def test_fewer_runs_of_a_case_than_before_are_another_reading(root: Path) -> None:
    import_text(root, TABLE, mapping(column=["t", "t"]))

    with pytest.raises(IntegrityError, match="CAP374"):
        import_text(root, TABLE, USUAL)


def test_other_rows_of_the_same_file_join_the_first(root: Path) -> None:
    import_text(root, TABLE, mapping(column="t", rows={"p": 1}))

    done = import_text(root, TABLE, mapping(column="t", rows={"p": "4"}))

    assert (done.written, done.already) == (1, 0)
    assert [run.workers for run in imported(root)] == [1, 4]


def test_one_table_fills_both_sides_of_a_study_by_lists_of_rows(root: Path) -> None:
    import_text(root, TABLE, mapping(column="t", rows={"p": [1]}))

    done = import_text(root, TABLE, mapping(column="t", rows={"p": [2, "4"]}))

    assert (done.written, done.already) == (2, 0)
    assert [run.workers for run in imported(root)] == [1, 2, 4]


def test_a_side_that_is_missing_here_is_to_be_imported_and_not_to_be_run(root: Path) -> None:
    analysis = analysis_of(root, import_text(root, TABLE, mapping(column="t", rows={"p": 4})))

    (refusal,) = analysis.claim.refusals
    assert refusal.what == "the baseline has not been measured"
    assert "capstone import FILE --study simulated" in refusal.remedy
    assert "one folder of records" in refusal.remedy
    assert "capstone run" not in refusal.remedy


def test_a_journal_that_git_tracks_is_never_appended_to(root: Path) -> None:
    done = import_text(root, TABLE, mapping(column="t", rows={"p": 1}))
    (root / ".git").mkdir()  # git that cannot answer is no reason to write

    with pytest.raises(IntegrityError, match="git keeps"):
        import_text(root, TABLE, mapping(column="t", rows={"p": 2}))

    assert len(read_journal(done.folder).runs) == 1


def test_another_file_stands_in_a_folder_of_its_own(root: Path) -> None:
    first = import_text(root, TABLE, USUAL)
    second = import_text(root, TABLE + "\n", USUAL)

    assert first.folder != second.folder


def test_what_was_imported_does_not_grow_stale_when_programs_or_the_seed_change(
    tmp_path: Path,
) -> None:
    root = write_external(tmp_path, workers=[1, 2, 4], unit="s")
    done = import_text(root, TABLE, USUAL)
    write_external(tmp_path, workers=[1, 2, 4], unit="s", reproducibility__seed=99)
    (root / "specs" / STUDY_ID / "serial.py").write_text("print('another program')\n")

    analysis = analysis_of(root, done)

    assert analysis.stale == ()
    assert len(analysis.points) == 3


def test_levels_that_were_not_imported_are_named_and_not_missing(root: Path) -> None:
    analysis = analysis_of(root, import_text(root, TABLE, mapping(column="t", rows={"p": 1})))

    assert [case.workers for case in analysis.skipped] == [2, 4]
    assert analysis.missing == 0


def test_one_run_of_each_case_has_no_interval_and_makes_no_claim(root: Path) -> None:
    analysis = analysis_of(root, import_text(root, TABLE, USUAL))

    assert {point.speedup.interval for point in analysis.points} == {None}
    assert "CAP401" in [finding.code for finding in analysis.claim.refusals]
    assert "CAP370" in [finding.code for finding in analysis.findings]
    assert "CAP308" not in [finding.code for finding in analysis.findings]
    assert [(fact.imported.source, fact.runs) for fact in analysis.imported] == [("a test", 3)]
    assert all(point.case.wall_time is None for point in analysis.points)
    assert all(point.case.peak_memory_bytes is None for point in analysis.points)
    assert analysis.precision == ()


def test_columns_of_a_row_are_its_runs_and_enough_of_them_make_a_claim(root: Path) -> None:
    columns = [f"t{run}" for run in range(6)]
    rows = "".join(
        f"{p}," + ",".join(str(t * (1 + run / 100)) for run in range(6)) + "\n"
        for p, t in ((1, 8), (2, 5), (4, 2.5))
    )

    done = import_text(root, f"p,{','.join(columns)}\n{rows}", mapping(column=columns))

    analysis = analysis_of(root, done)
    assert done.written == 18
    assert analysis.claim.verdict == "faster"
    assert analysis.claim.point
    assert analysis.claim.point.speedup.interval


def test_weak_scaling_gains_work_and_its_cost_is_that_of_the_work(tmp_path: Path) -> None:
    root = write_external(
        tmp_path,
        workers=[2, 8],
        unit="s",
        scaling="weak",
        cost={"price": "core-hour", "billed_per": "worker"},
    )

    done = import_text(root, "p,t\n2,10\n8,12.5\n", USUAL)

    last = analysis_of(root, done).points[-1]
    assert last.efficiency.value == pytest.approx(10 / 12.5)
    assert last.speedup.value == pytest.approx(4 * 10 / 12.5)
    assert last.cost_ratio
    assert last.cost_ratio.value == pytest.approx(12.5 / 10)
    assert last.one_worker_speedup is None


def test_weak_scaling_over_one_worker_is_told_as_well(tmp_path: Path) -> None:
    root = write_external(tmp_path, workers=[1, 4], unit="s", scaling="weak")

    last = analysis_of(root, import_text(root, "p,t\n1,10\n4,12.5\n", USUAL)).points[-1]

    assert last.one_worker_speedup
    assert last.one_worker_speedup.value == pytest.approx(3.2)
    assert last.one_worker_efficiency
    assert last.one_worker_efficiency.value == pytest.approx(0.8)


def test_a_value_in_another_unit_of_the_same_quantity_is_converted(root: Path) -> None:
    import_text(root, "p,t\n1,8000 ms\n2,5e6 us\n4,2500\n", mapping(column="t", unit="ms"))

    assert [run.samples[0].value for run in imported(root)] == pytest.approx([8, 5, 2.5])
    assert {run.samples[0].unit for run in imported(root)} == {"s"}


def test_every_row_that_cannot_be_read_is_told_at_its_line(root: Path) -> None:
    text = "p,t\n1,n/a\ntwo,5\n2.5,5\n4,\n0,1\n"

    assert refusals(root, text, USUAL) == [
        "CAP371: in the column 't', 'n/a' is not a number with a unit",
        "CAP371: 'two' is no number of workers",
        "CAP371: '2.5' is no whole number of workers",
        "CAP371: the row has nothing in the column 't'",
        "CAP371: '0' is no whole number of workers",
    ]
    assert not (root / "specs" / STUDY_ID / "results").exists()


def test_metrics_with_different_numbers_of_columns_are_refused(root: Path) -> None:
    more = {
        METRIC: {"column": "t", "unit": "s", "scope": "total"},
        "other": {"column": ["t", "t"], "unit": "s", "scope": "total"},
    }

    (said,) = refusals(root, TABLE, mapping(column="t", metrics=more))

    assert said == "CAP371: the metrics have different numbers of columns (like 2 more rows)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "jsonl"}, "it is not JSON"),
        ({"format": "extra-p", "workers": 1}, "is no keyword of Extra-P"),
        ({"format": "markdown"}, "it has no row in the format markdown"),
        ({"rows": {"q": 1}}, "no row has a column 'q'"),
        ({"rows": {"p": 3}}, "no row has p = 3"),
        ({"rows": {"p": [3, 9]}}, "no row has p = 3 or 9"),
        ({"rows": {"p": 1, "t": 5}}, "no row has all the values under rows at once"),
        ({"within": {"column": "t", "pattern": "(?P<x>z)"}}, "the pattern matches nowhere"),
    ],
)
def test_a_file_without_what_the_mapping_asks_for_says_what_it_has(
    root: Path, change: dict[str, object], words: str
) -> None:
    assert words in refusals(root, TABLE, mapping(column="t", **change))[0]


def test_what_is_wrong_with_many_rows_is_told_once_with_the_nearest_name(root: Path) -> None:
    with pytest.raises(SpecError) as caught:
        import_text(root, TABLE, mapping(column="t", workers="P"))

    (problem,) = caught.value.problems
    assert problem.where.endswith("table.csv:2")
    assert problem.what == "the row has no column 'P' (like 2 more rows)"
    assert problem.remedy == "columns are: p, t; did you mean 'p'?"


def test_an_empty_cell_is_told_with_its_row_and_the_same_fault_of_other_rows_beside_it(
    root: Path,
) -> None:
    with pytest.raises(SpecError) as caught:
        import_text(root, "p,t\n1,8\n2,\n4,\n", mapping(column="t"))

    (said,) = caught.value.problems
    assert said.what == "the row has nothing in the column 't' (like 1 more row)"
    assert "never guess it" in said.remedy


def test_a_pattern_that_finds_no_end_is_stopped(root: Path) -> None:
    cell = "a" * 60
    within = {"column": "t", "pattern": "(?P<x>(a+)+)b", "time_limit_s": 0.5}

    (said,) = refusals(root, f"p,t\n1,{cell}\n", mapping(column="x", within=within))

    assert said == "CAP372: within.pattern: the patterns took longer than 0.5 s"


def test_several_rows_may_stand_in_one_cell_and_a_group_that_did_not_match_is_no_column(
    root: Path,
) -> None:
    pattern = r"(?P<w>\d) workers: (?P<t>[\d.]+ s)(?P<more>!)?"
    table = "p,said\n9,1 workers: 8 s and 2 workers: 5 s!\n"

    done = import_text(
        root, table, mapping(workers="w", column="t", within={"column": "said", "pattern": pattern})
    )

    assert done.written == 2
    assert [(run.workers, run.samples[0].value) for run in imported(root)] == [(1, 8), (2, 5)]


def test_a_file_that_is_no_text_is_refused(root: Path) -> None:
    import_text(root, TABLE, USUAL)
    (root / "table.csv").write_bytes(b"p,t\n1,\xff\n")
    (loaded,) = load_project(root).studies

    with pytest.raises(SpecError, match="it is no UTF-8 text"):
        import_file(loaded, root / "table.csv", read_mapping(root / "mapping.toml"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"benchmark": "publishd"}, "no benchmark 'publishd' is measured elsewhere"),
        ({"levels": {"batch": "t"}}, "the benchmark 'published' has no factor batch"),
        ({"workers": 3}, "workers = 3 is no declared level of the benchmark 'published'"),
        (
            {"metrics": {"x": {"column": "t", "unit": "s", "scope": "total"}}},
            "it declares no metric 'x'",
        ),
        (
            {"metrics": {METRIC: {"column": "t", "unit": "B", "scope": "total"}}},
            f"{METRIC} is in s, and the mapping gives it in B",
        ),
    ],
)
def test_a_study_without_a_place_for_a_row_says_what_it_has(
    root: Path, change: dict[str, object], words: str
) -> None:
    (said,) = refusals(root, TABLE, mapping(column="t", **change))

    assert said.startswith(f"CAP373: {words}")


EXTERNAL = {"external": {"where": "there", "how": "so"}}


def test_of_several_benchmarks_elsewhere_one_must_be_named(root: Path) -> None:
    both = [
        {"name": "a", "scaling": "strong", "held_fixed": ["x"], "levels": {"workers": [1, 2, 4]}},
        {"name": "b", "levels": {"workers": [1, 2, 4]}},
    ]
    baseline = {"kind": "one-worker", "benchmark": "a"}
    two = [{**benchmark, **EXTERNAL} for benchmark in both]
    write_external(root, workers=[1], unit="s", benchmarks=two, baseline=baseline)

    (said,) = refusals(root, TABLE, USUAL)

    assert said == "CAP373: it has 2 benchmarks that are measured elsewhere: a, b"
    assert import_text(root, TABLE, mapping(column="t", benchmark="b")).written == 3


def test_a_measured_benchmark_is_never_imported_into(root: Path) -> None:
    here = {
        "name": "published",
        "command": ["python", "pool.py", "{workers}"],
        "levels": {"workers": [1, 2, 4]},
        "scaling": "strong",
        "held_fixed": ["x"],
    }
    gate = {"description": "x", "unit": "1", "kind": "quality", "direction": "higher"}
    write_external(
        root,
        workers=[1],
        unit="s",
        benchmarks=[here],
        metrics__quality={**gate, "scope": "total", "gate": {"at_least": 0}},
    )

    (said,) = refusals(root, TABLE, USUAL)

    assert said == "CAP373: it has 0 benchmarks that are measured elsewhere: none"


def test_further_factors_come_from_columns_and_words_may_be_levels(root: Path) -> None:
    scaling = {
        "name": "a",
        "scaling": "strong",
        "held_fixed": ["x"],
        "levels": {"workers": [1, 2, 4]},
    }
    sizes = {"name": "b", "levels": {"workers": [1, 2, 4], "size": [8, "large"]}}
    baseline = {"kind": "one-worker", "benchmark": "a"}
    both = [{**scaling, **EXTERNAL}, {**sizes, **EXTERNAL}]
    write_external(root, workers=[1], unit="s", benchmarks=both, baseline=baseline)
    text = "p,t,size\n1,8,8.0\n1,9,large\n"
    mapped = mapping(column="t", benchmark="b", levels={"size": "size"})

    import_text(root, text, mapped)

    assert [run.levels["size"] for run in imported(root)] == [8, "large"]
    (said,) = set(refusals(root, text + "2,8,8\n", mapping(column="t", benchmark="b")))
    assert said == "CAP373: the benchmark 'b' has several levels of size"
    (said,) = refusals(root, "p,t,size\n1,8,small\n", mapped)
    assert said == "CAP373: size = small is no declared level of the benchmark 'b'"


def test_runs_of_a_benchmark_that_is_not_compared_do_not_refuse_the_claim(root: Path) -> None:
    names = ("published", "network")
    levels = {"levels": {"workers": [1, 2, 4]}, **EXTERNAL}
    scaling = {"name": names[0], "scaling": "strong", "held_fixed": ["x"], **levels}
    bandwidth = {"description": "x", "unit": "GB/s", "kind": "rate", "direction": "higher"}
    write_external(
        root,
        workers=[1, 2, 4],
        unit="s",
        benchmarks=[scaling, {"name": names[1], **levels}],
        metrics__bandwidth={**bandwidth, "scope": "total"},
    )
    columns = {"bandwidth": {"column": "t", "unit": "GB/s", "scope": "total"}}

    import_text(root, TABLE, mapping(column="t", benchmark=names[0]))
    done = import_text(root, TABLE, mapping(column="t", benchmark=names[1], metrics=columns))

    analysis = analysis_of(root, done)
    assert {run.benchmark for run in imported(root)} == set(names)
    assert {finding.code for finding in analysis.claim.refusals} == {"CAP401"}


def mapping_problems(root: Path, text: str) -> list[str]:
    """Return what is wrong with a mapping of that text."""
    (root / "mapping.toml").write_text(text)
    with pytest.raises(SpecError) as caught:
        read_mapping(root / "mapping.toml")
    return [f"{problem.where}: {problem.what}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "xlsx"}, "there is no format 'xlsx'"),
        ({"date": "May 2024"}, "wrong form"),
        ({"date": "2024-13"}, "month must be in 1..12"),
        ({"within": {"column": "t", "pattern": "("}}, "missing ), unterminated subpattern"),
        ({"within": {"column": "t", "pattern": "x"}}, "the pattern names no group"),
        (
            {"metrics": {METRIC: {"column": "t", "unit": "parsecs", "scope": "total"}}},
            "there is no unit 'parsecs'",
        ),
    ],
)
def test_a_mapping_is_told_what_is_wrong_at_its_place(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    (said, *_) = mapping_problems(tmp_path, mapping(column="t", **change))

    assert said.startswith("mapping.toml:")
    assert words in said


def test_source_and_date_are_required_and_a_toml_date_is_one(tmp_path: Path) -> None:
    text = "".join(line for line in USUAL.splitlines(keepends=True) if "source" not in line)
    assert len(mapping_problems(tmp_path, text)) == 1
    dated = USUAL.replace('"date" = "2024-05"', "date = 2024-05-17")
    (tmp_path / "mapping.toml").write_text(dated)

    assert read_mapping(tmp_path / "mapping.toml").date == "2024-05-17"
    (tmp_path / "mapping.toml").write_text(USUAL.replace("2024-05", "unknown"))
    assert read_mapping(tmp_path / "mapping.toml").date == "unknown"


def test_a_mapping_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    assert mapping_problems(tmp_path, "format = csv\n")


def test_a_fixed_number_of_workers_needs_no_column(root: Path) -> None:
    found = efficiencies(root, "t\n8\n", mapping(column="t", workers=1))

    assert found == {1: pytest.approx(100)}


def test_what_a_table_says_of_a_setup_stands_in_the_records(tmp_path: Path) -> None:
    write_external(tmp_path, workers=[1, 2], unit="s")
    table = "p,t,batch,precision\n1,8,128 and 256,fp32\n2,5,128 and 256,fp32\n"
    setup = {"precision": "precision", "micro_batch": {"column": "batch", "part": 2}}

    import_text(tmp_path, table, mapping(column="t", setup=setup))

    assert [run.setup for run in imported(tmp_path)] == [
        {"precision": "fp32", "micro_batch": 256.0}
    ] * 2


def test_a_part_that_a_cell_does_not_have_is_refused(tmp_path: Path) -> None:
    write_external(tmp_path, workers=[1], unit="s")
    setup = {"micro_batch": {"column": "batch", "part": 2}}

    with pytest.raises(SpecError) as refused:
        import_text(tmp_path, "p,t,batch\n1,8,128\n", mapping(column="t", setup=setup))

    assert "'128' has 1 numbers, no number 2" in str(refused.value)

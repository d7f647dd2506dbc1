"""What the machine was like and did in the counted runs, and when that is worth a caveat."""

from collections.abc import Callable

import pytest

from capstone_report.analysis.circumstances import circumstance_caveats, named
from capstone_report.results.records import Conditions, RunRecord

MakeRecord = Callable[..., RunRecord]


@pytest.fixture
def run(make_record: MakeRecord) -> MakeRecord:
    """Make a run with a name, with facts and under conditions."""

    def make(
        name: str, facts: dict[str, str] | None = None, conditions: Conditions | None = None
    ) -> RunRecord:
        made = make_record(run_id=name, conditions=conditions)
        environment = made.environment.model_copy(update={"facts": facts or {}})
        return made.model_copy(update={"environment": environment})

    return make


def said(*runs: RunRecord) -> list[str]:
    """Return what is found in runs, with the codes."""
    return [f"{found.code} {found.what}" for found in circumstance_caveats("specs/x", runs)]


def test_a_change_names_both_values_and_the_runs_that_differ(run: MakeRecord) -> None:
    usual = [run(f"a{n}", {"cpu.quota": "4 cores"}) for n in range(3)]

    assert said(*usual, run("b", {"cpu.quota": "2 cores"})) == [
        (
            "CAP330 CPU quota was not the same in all counted runs: 4 cores (3 runs), 2 cores (1 run); "
            "other than in most: b"
        )
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"cpu.governor": "performance"}, {}),
        ({"cpu.now": "800 MHz"}, {"cpu.now": "3900 MHz"}),
        ({"of.another.version": "a"}, {"of.another.version": "b"}),
        ({"os.libc": "glibc 2.36"}, {"os.libc": "glibc 2.36"}),
    ],
    ids=["unknown", "of the moment", "not known here", "equal"],
)
def test_what_is_unknown_of_the_moment_or_equal_is_no_change(
    run: MakeRecord, first: dict[str, str], second: dict[str, str]
) -> None:
    assert said(run("a", first), run("b", second)) == []


def test_the_worst_run_and_the_affected_ones_are_named(run: MakeRecord) -> None:
    runs = [run(f"r{n}", None, Conditions(thermal_events=n)) for n in range(6)]

    assert said(*runs, run("old")) == [
        (
            "CAP331 processors were slowed down for heat or power in 5 of 6 counted runs, up to 5 times: "
            "r1, r2, r3, and 2 more"
        )
    ]


def test_reasons_of_all_gpus_are_listed_once(run: MakeRecord) -> None:
    first = run("a", None, Conditions(gpu_throttling=("heat", "power cap")))
    second = run("b", None, Conditions(gpu_throttling=("power cap",)))

    assert said(first, second) == [
        "CAP334 GPUs were slowed down in 2 of 2 counted runs (heat; power cap): a, b"
    ]


@pytest.mark.parametrize(
    ("swapped_bytes", "found"),
    [
        (None, []),
        (2**20 - 1, []),
        (5 * 2**20, ["the machine swapped in 1 of 1 counted runs, up to 5 MiB: a"]),
    ],
)
def test_a_few_idle_pages_are_no_swapping(
    run: MakeRecord, swapped_bytes: int | None, found: list[str]
) -> None:
    assert said(run("a", None, Conditions(swapped_bytes=swapped_bytes))) == [
        f"CAP333 {words}" for words in found
    ]


def test_untroubled_runs_and_old_records_have_no_caveats(run: MakeRecord) -> None:
    quiet = Conditions(thermal_events=0, quota_waits=0, swapped_bytes=0, gpu_sharers=0)

    assert said(run("a", None, quiet), run("b", None, Conditions()), run("c")) == []


def test_three_runs_are_named_in_full(run: MakeRecord) -> None:
    assert named([run("a"), run("b"), run("c")]) == "a, b, c"

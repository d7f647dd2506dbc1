"""Which samples workers share, from what they reported by the real emit module."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capstone_report.measure.sharing import Sharing, sharing
from capstone_report.workloads import emit

Report = Callable[..., None]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Report identifiers as a worker of its own process would."""
    (tmp_path / "metrics").mkdir()
    monkeypatch.setenv("CAPSTONE_METRICS_DIR", str(tmp_path / "metrics"))

    def tell(rank: int, *parts: object, epoch: int = 0) -> None:
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setattr(emit, "_kept", {})
        for ids in parts:
            emit.trained_on(ids, epoch=epoch)  # type: ignore[arg-type] # iterables by the caller

    return tell


def test_nothing_reported_is_not_the_same_as_nothing_shared(tmp_path: Path, report: Report) -> None:
    assert sharing(tmp_path, workers=2) is None

    report(0, range(0, 64, 2))
    report(1, range(1, 64, 2))

    assert sharing(tmp_path, workers=2) == Sharing(share=0.0, note="")


def test_a_forgotten_sampler_is_named_with_ranks_and_examples(
    tmp_path: Path, report: Report
) -> None:
    for rank in range(2):
        report(rank, range(32), range(16, 64))

    found = sharing(tmp_path, workers=2)

    assert found is not None
    assert found.share == 1.0
    assert found.note == (
        "ranks 0, 1 trained on the same samples in epoch 0: 100% of 64, "
        "such as '0', '1', '10', '11', '12'"
    )


def test_padding_of_the_last_batch_is_no_fault(tmp_path: Path, report: Report) -> None:
    # Seven samples for two workers: a distributed sampler repeats the first one at the end.
    report(0, [0, 2, 4, 6])
    report(1, [1, 3, 5, 0])

    found = sharing(tmp_path, workers=2)

    assert found is not None
    assert found.share == 0


def test_epochs_are_shuffled_so_only_the_same_one_counts(tmp_path: Path, report: Report) -> None:
    report(0, range(32), epoch=0)
    report(1, range(32), epoch=1)

    found = sharing(tmp_path, workers=2)

    assert found is not None
    assert found.share == 0


def test_of_millions_of_samples_the_files_keep_a_part_that_still_shows_the_overlap(
    tmp_path: Path, report: Report
) -> None:
    many = 10 * emit.MOST_IDS
    for rank in range(2):
        report(rank, range(many // 2), range(many // 2, many))

    found = sharing(tmp_path, workers=2)

    lines = sum(len(f.read_text().splitlines()) for f in (tmp_path / "metrics").glob("*.ids"))
    assert found is not None
    assert found.share == 1.0
    assert lines <= 2 * emit.MOST_IDS * math.log2(many / emit.MOST_IDS)


def test_a_restart_that_shares_an_epoch_anew_shares_no_sample(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics"
    metrics.mkdir()
    for attempt, owner in ((0, 0), (1, 1)):
        lines = [
            json.dumps({"id": str(n), "epoch": 0, "halved": 0, "rank": owner, "attempt": attempt})
            for n in range(20)
        ]
        (metrics / f"rank{owner}.ids").write_text("\n".join(lines))

    found = sharing(tmp_path, workers=2)

    assert found is not None
    assert found.share == 0


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 3 * emit.MOST_IDS), min_size=2, max_size=3),
    calls=st.integers(1, 4),
)
def test_workers_with_samples_of_their_own_never_share(
    sizes: list[int], calls: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "metrics").mkdir()
    start = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPSTONE_METRICS_DIR", str(folder / "metrics"))
        for rank, size in enumerate(sizes):
            patch.setenv("RANK", str(rank))
            patch.setattr(emit, "_kept", {})
            for call in range(calls):
                emit.trained_on(range(start + call, start + size, calls))
            start += size

    assert sharing(folder, workers=len(sizes)) == Sharing(share=0.0, note="")


def test_what_is_no_line_of_the_protocol_is_passed_over(tmp_path: Path, report: Report) -> None:
    report(0, ["a", "b"])
    (file,) = (tmp_path / "metrics").glob("*.ids")
    good = {"id": "a", "epoch": 0, "halved": 0, "rank": 1}
    lines = ["", "[]", "{", '{"id": 1}', json.dumps(good | {"epoch": "x"}), "[" * 100_000]
    file.with_name("torn.ids").write_text("\n".join([*lines, json.dumps(good)]))
    (tmp_path / "metrics" / "link.ids").symlink_to(file)

    found = sharing(tmp_path, workers=1)

    assert found is not None
    assert found.share == 0.5

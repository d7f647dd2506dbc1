"""Hosts whose link is known, namespaces behind a token bucket: calibrated, trained on, and reported."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capstone_report.perfmodel.link import MODELS
from namespaces import INTERFACE, NamedHost, goodput, shaped_hosts
from shaped_training import LARGEST, said, stepped

Write = Callable[..., Path]

pytestmark = pytest.mark.slow
TRIES = 3


def spread_over(folder: Path, hosts: list[NamedHost]) -> None:
    """Start the study's workers on hosts, one on each."""
    named = ", ".join(
        f'{{ address = "{host["address"]}", enter = {json.dumps(host["enter"])} }}'
        for host in hosts
    )
    launcher = f'{{ kind = "hosts", interface = "{INTERFACE}", hosts = [{named}] }}'
    text = (folder / "study.toml").read_text()
    pooled = 'command = ["python", "pool.py", "{workers}"]\nlauncher = '
    assert f'{pooled}"local"' in text
    (folder / "study.toml").write_text(text.replace(f'{pooled}"local"', f"{pooled}{launcher}"))


def calibrated(root: Path, workers: int, megabits: int) -> dict[str, Any]:
    """Calibrate and return the link between so many hosts."""
    largest = str(LARGEST[megabits])
    answer = said(root, "calibrate", "--json", "--workers", str(workers), "--largest", largest)
    (study,) = json.loads(answer)["studies"]
    (link,) = study["links"]
    return dict(link)


def require_truth(link: dict[str, Any], megabits: int) -> None:
    """Require that a calibration found the link as it is."""
    beta = link["beta_s_per_byte"]
    assert beta["value"], beta
    assert 1 / beta["value"] == pytest.approx(goodput(megabits), rel=0.03)
    assert link["alpha_s"]["value"], link["alpha_s"]
    assert 1e-5 < link["alpha_s"]["value"] < 1e-2


@pytest.mark.parametrize("megabits", [100, 1000])
@pytest.mark.parametrize("count", [2, 4])
def test_the_goodput_of_a_shaped_link_is_recovered_within_three_percent(
    write_study: Write, workspace: Path, count: int, megabits: int
) -> None:
    with shaped_hosts(count, megabits=megabits) as hosts:
        spread_over(write_study(), hosts)
        link = calibrated(workspace, count, megabits)
        for _ in range(TRIES - 1):  # two cores carry all hosts, and other programs beside them
            with contextlib.suppress(AssertionError):
                require_truth(link, megabits)
                break
            link = calibrated(workspace, count, megabits)

    require_truth(link, megabits)
    assert (link["workers"], link["nodes"], link["launches"]) == (count, count, 6)
    assert link["alpha_s"]["sizes"][0] == 64
    assert link["alpha_s"]["sizes"][-1] <= 1 << 14
    assert link["beta_s_per_byte"]["sizes"][-1] == LARGEST[megabits]
    assert link["beta_s_per_byte"]["sizes"][0] * 10 >= LARGEST[megabits]
    largest = {e["exchange"]: e for e in link["exchanges"] if e["bytes"] == LARGEST[megabits]}
    assert set(MODELS) < set(largest)
    assert all(largest[name]["expected_s"] > 0 for name in MODELS)


def test_two_hosts_are_worth_it_on_a_fast_link_and_not_on_a_slow_one(tmp_path: Path) -> None:
    """The slower link turns the report's verdict, and the prediction knows the measured step.

    Both hosts share this machine's cores with whatever else runs, so their compute is a wait for a
    pretended accelerator; the benchmark predicted_step computes.
    """
    for megabits, verdict in ((1000, "faster"), (100, "slower")):
        for attempt in range(TRIES):  # as above
            with shaped_hosts(2, megabits=megabits) as hosts:
                found = stepped(
                    tmp_path / f"{megabits}-{attempt}",
                    hosts,
                    megabits=megabits,
                    accelerator_s=0.05,
                )
            if found.verdict == verdict and abs(found.ratio.estimate - 1) <= 0.15:
                break

        assert found.verdict == verdict
        assert found.ratio.estimate == pytest.approx(1, abs=0.15)

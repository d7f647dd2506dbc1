"""`capstone probe`: what it says, on stdout and on stderr, and how `roofline` uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from capstone_report.calculators import probe_answer, probed_roofs
from capstone_report.calculators.probe import probe as probe_command
from capstone_report.calculators.probe_answer import show, tell
from capstone_report.calculators.probe_json import ProbeAnswer, ridges
from capstone_report.calculators.probe_json import probe_answer as answer_of
from capstone_report.calculators.roofline import roofline
from capstone_report.errors import MachineError, MeasurementError, UsageError
from capstone_report.findings.finding import Severity
from capstone_report.measure import facts
from capstone_report.measure.identity import machine_here
from capstone_report.measure.probe_findings import probe_findings
from capstone_report.measure.probe_store import keep_probe
from capstone_report.measure.probed_parts import Part, Readings
from capstone_report.measure.probing import Step
from capstone_report.measure.stopping import Stopped
from capstone_report.report.probe_chart import probe_chart
from capstone_report.results.probed import Noise, Unmeasured
from probed import ALL, GPU, LOUD, ONE, ROOFS, probe, roof
from sites import REPOSITORY

Invoked = Callable[..., Result]
Run = Callable[..., Any]

STEP = ("--flops", "6e12", "--bytes", "1.2e11")
PUBLISHED = REPOSITORY / "docs" / "probe.schema.json"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which this user's capstone remembers things."""
    monkeypatch.setenv("CAPSTONE_STATE_DIR", str(tmp_path / "state"))


def said(capsys: pytest.CaptureFixture[str], answered: ProbeAnswer) -> str:
    """Return what is printed of an answer."""
    show(answered)
    return capsys.readouterr().out


def test_every_roof_is_shown_with_interval_count_spread_and_share_of_the_peak(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = said(capsys, answer_of(probe(), "probes/x.json")).splitlines()

    gpu = next(line for line in lines if "cuda:0" in line)
    assert gpu.split()[:4] == ["cuda:0", "bfloat16", "700", "TFLOP/s"]
    assert gpu.split()[-3:] == ["6", "2.0%", "70%"]
    one = next(line for line in lines if line.split()[:2] == ["cpu/1", "float32"])
    assert one.split()[-1] == "unknown"
    assert "peak: NVIDIA H200: a datasheet, 2024" in lines
    assert "kept in probes/x.json" in lines


def test_the_ridge_is_the_arithmetic_over_the_faster_of_copy_and_triad(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = {(row.place, row.kernel): row.flop_per_byte for row in ridges(probe())}

    assert found == {
        ("cpu/1", "float32"): pytest.approx(5.0),
        ("cpu/2", "float32"): pytest.approx(4.0),
    }
    assert "ridge at cpu/2: float32 4 FLOP/B" in said(capsys, answer_of(probe(), None))


def test_a_noisy_roof_is_marked_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    noisy = probe(roofs=(roof(ONE, "float32", 1e9, times=LOUD), roof(ONE, "copy", 1e9)))

    lines = said(capsys, answer_of(noisy, None)).splitlines()

    assert [line.split()[1] for line in lines if line.endswith(" noisy")] == ["float32"]
    (finding,) = probe_findings(noisy)
    assert (finding.code, finding.where) == ("CAP731", "cpu/1")
    assert "float32 by 40%" in finding.what


@pytest.mark.parametrize(
    ("noise", "reason"),
    [
        ({"loop_s": LOUD}, "fixed loop differ by 40%, more than 10%"),
        ({"other_load": 0.21}, "other work kept 0.21 of 2 cores busy"),
        ({"stolen": 0.11}, "11% of the cores' time went to other virtual machines"),
    ],
)
def test_a_noisy_machine_says_so(noise: dict[str, object], reason: str) -> None:
    quiet = {"loop_s": (1.0,) * 6, "cores": 2, "other_load": 0.2, "stolen": 0.1}

    (finding,) = probe_findings(probe(noise=Noise.model_validate(quiet | noise)))

    assert finding.code == "CAP733"
    assert reason in finding.what
    assert not list(probe_findings(probe(noise=Noise.model_validate(quiet))))


def test_without_times_of_the_loop_the_noise_is_unknown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    silent = Noise(loop_s=(), cores=2, other_load=0.0, stolen=None)

    text = said(capsys, answer_of(probe(noise=silent, roofs=()), None))

    assert "noise: unknown between 0 repeats" in text
    assert "stolen" not in text
    assert "a part of a probe is not kept" in text


def test_what_was_declined_is_a_warning_and_what_failed_an_error() -> None:
    missing = (
        Unmeasured(place=ONE, kernel="copy", reason="4 times the cache of 1 MB"),
        Unmeasured(place=ONE, kernel="float16", reason="not implemented"),
        Unmeasured(place=GPU, kernel="copy", reason="exit code 3", failed=True),
        Unmeasured(place=GPU, kernel="triad", reason="exit code 3", failed=True),
    )

    cached, other, failed = probe_findings(probe(unmeasured=missing))

    assert (cached.code, other.code, failed.code) == ("CAP732", "CAP732", "CAP734")
    assert "--cache" in cached.remedy
    assert "--cache" not in other.remedy
    assert failed.severity is Severity.ERROR
    assert str(failed).startswith("cuda:0: [CAP734] copy, triad: exit code 3")


def test_the_answer_is_what_its_published_schema_says() -> None:
    missing = Unmeasured(place=ONE, kernel="copy", reason="4 times the cache of 1 MB")
    answer = answer_of(probe(unmeasured=(missing,)), None)

    data = json.loads(answer.model_dump_json(by_alias=True))

    jsonschema.validate(data, json.loads(PUBLISHED.read_text()))
    assert data["schema"] == "capstone/probe/1"
    assert data["roofs"][0]["low"] < data["roofs"][0]["rate"] < data["roofs"][0]["high"]


def test_a_failed_program_ends_the_command_after_everything_was_said(
    monkeypatch: pytest.MonkeyPatch, invoked: Invoked
) -> None:
    failed = Unmeasured(place=ONE, kernel="copy", reason="exit code 3", failed=True)
    declined = Unmeasured(place=ONE, kernel="float16", reason="not implemented")
    made = probe(unmeasured=(failed, declined))
    monkeypatch.setattr(probe_answer, "probe", lambda *_: made)

    done = invoked(probe_command)

    assert isinstance(done.exception, MeasurementError)
    assert "kept in " in done.stdout
    assert "CAP732" in done.stderr
    assert "CAP734" not in done.output


def test_a_stopped_probe_keeps_nothing(monkeypatch: pytest.MonkeyPatch, invoked: Invoked) -> None:
    def stopped(*_: object) -> None:
        raise Stopped(15)

    monkeypatch.setattr(probe_answer, "probe", stopped)

    done = invoked(probe_command)

    assert done.exit_code == 128 + 15
    assert "nothing is kept" in done.stderr


def test_a_roof_that_does_not_exist_is_refused_with_those_that_do(invoked: Invoked) -> None:
    done = invoked(probe_command, "--only", "float8", "--only", "float7")

    assert isinstance(done.exception, UsageError)
    assert [p.what for p in done.exception.problems] == [
        "there is no roof 'float7'",
        "there is no roof 'float8'",
    ]


def step(done: Readings | None) -> Step:
    """Return how far a probe is."""
    part = Part(place=ONE, kernels=("float32", "copy"), arguments=())
    return Step(part=part, number=2, parts=5, elapsed_s=1.25, done=done)


ENDED = Readings(roofs=(), unmeasured=(), loop_s=(), other_load=0.0)


def test_in_a_pipe_each_part_is_a_line_when_it_has_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell(step(None))
    tell(step(ENDED))

    assert capsys.readouterr().err == "[2/5] cpu/1: float32, copy: 1.2 s\n"


def test_on_a_terminal_one_line_moves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    tell(step(None))
    tell(step(ENDED))

    moving, last = capsys.readouterr().err.split("\r")[1:]
    assert moving.endswith("[2/5] cpu/1: 1 s: float32, copy")
    assert last.endswith("\n")


def test_a_probe_of_the_disk_is_answered_and_not_kept(calculate: Run, tmp_path: Path) -> None:
    done = calculate("probe", "--only", "read", "--seconds", "0.02", "--disk", str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert " read " in done.stdout
    assert "a part of a probe is not kept" in done.stdout
    assert "[2/3] disk: read: " in done.stderr


@pytest.mark.slow
def test_a_probe_of_arithmetic_and_memory_is_answered_and_drawn(
    calculate: Run, tmp_path: Path
) -> None:
    line = "probe --only float32 --only copy --cache 1MB --seconds 0.02 --json --chart r.svg"

    done = calculate(*line.split())

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads(PUBLISHED.read_text()))
    assert answer["kept"] is None
    assert {row["kernel"] for row in answer["roofs"]} == {"float32", "copy"}
    assert {row["place"] for row in answer["ridges"]} >= {"cpu/1"}
    assert (tmp_path / "r.svg").read_text().startswith("<svg")
    assert "[1/" in done.stderr


def test_without_any_ridge_a_chart_has_empty_axes() -> None:
    drawn = probe_chart([])

    assert drawn["description"].startswith("Measured roofs")


def test_every_roof_of_a_chart_bends_at_its_ridge() -> None:
    drawn = probe_chart(ridges(probe()))

    (rows,) = drawn["datasets"].values()
    ends = [row["value"] for row in rows if row["place"] == "cpu/2"]
    assert ends[1:] == pytest.approx([100e9, 100e9])
    assert ends[0] < 100e9


def test_an_answer_is_drawn_and_written_as_json(
    monkeypatch: pytest.MonkeyPatch, invoked: Invoked, tmp_path: Path
) -> None:
    monkeypatch.setattr(probe_answer, "probe", lambda *_: probe())
    chart = tmp_path / "roofs.svg"

    done = invoked(probe_command, "--json", "--chart", str(chart))

    answer = json.loads(done.stdout)
    jsonschema.validate(answer, json.loads(PUBLISHED.read_text()))
    assert Path(answer["kept"]).is_file()
    assert "cpu/2" in chart.read_text()


def kept_here(**made: Any) -> None:  # noqa: ANN401 - whatever a probe is made of
    """Keep the invented probe as one of this machine."""
    here = facts.environment(Path())
    keep_probe(probe(machine=machine_here(here), environment=here, **made))


@pytest.mark.parametrize(
    ("made", "noisy"),
    [
        ({}, False),
        ({"noise": Noise(loop_s=LOUD, cores=2, other_load=0, stolen=None)}, True),
        ({"roofs": (roof(ALL, "float32", 1e9, times=LOUD), roof(ALL, "copy", 1e9))}, True),
        ({"roofs": (roof(ALL, "float32", 1e9), roof(ALL, "copy", 1e9, times=LOUD))}, True),
    ],
)
def test_roofline_says_that_the_roofs_it_takes_are_noisy(
    invoked: Invoked,
    made: dict[str, Any],
    noisy: bool,  # noqa: FBT001 - a case of the table
) -> None:
    kept_here(**made)

    done = invoked(roofline, "--probed", "float32", *STEP)

    assert ("noisy: probe again" in done.output) is noisy


@pytest.mark.parametrize(
    ("at", "ridge", "named"), [((), 4.0, "cpu/2"), (("--at", "cpu/1"), 5.0, "cpu/1")]
)
def test_roofline_takes_probed_roofs_and_says_whose_they_are(
    invoked: Invoked, at: tuple[str, ...], ridge: float, named: str
) -> None:
    kept_here()

    done = invoked(roofline, "--probed", "float32", *at, *STEP, "--json")

    answer = json.loads(done.stdout)
    assert answer["ridge_flop_per_byte"] == pytest.approx(ridge)
    assert f"at {named}, probed on " in answer["roofs_from"]
    assert "2026-01-02" in invoked(roofline, "--probed", "float32", *STEP).output


def test_roofline_without_a_probe_of_this_machine_says_how_to_make_one(invoked: Invoked) -> None:
    done = invoked(roofline, "--probed", "float32", *STEP)

    assert isinstance(done.exception, MachineError)
    assert "run `capstone probe`" in str(done.exception)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "there are no roofs to compute with"),
        (("--peak-flops", "1e9"), "is not enough to compute with"),
        (("--peak-flops", "1e9", "--probed", "float32"), "is given beside --probed"),
    ],
)
def test_roofline_wants_its_roofs_from_one_place(
    invoked: Invoked, options: tuple[str, ...], words: str
) -> None:
    done = invoked(roofline, *options, *STEP)

    assert isinstance(done.exception, UsageError)
    assert words in str(done.exception)


def test_a_probe_without_a_processor_has_no_thread_count() -> None:
    gpu_only = probe(roofs=(roof(GPU, "bfloat16", 1e12), roof(GPU, "copy", 1e9)))
    keep_probe(gpu_only)

    assert probed_roofs.all_threads(gpu_only) == "cpu/1"
    assert probed_roofs.all_threads(probe(roofs=ROOFS)) == ALL.key

"""The replay: bars that grow as the work of recorded runs grew, all on one clock."""

from collections.abc import Sequence

from markupsafe import Markup

from capstone_report.analysis.facts import Lane, Replay
from capstone_report.report.words import counted, quantity

SHOWN_S = 8.0
"""How long the slowest run takes on the slide."""
WIDTH, GAP, LABEL, ROOM = 1160, 12, 200, 150
"""Of the picture, the space between two bars, the names before them and the times behind them."""
TALL, LOW, FEW = 64, 34, 5
"""The height of a bar where there are few, and where there are more."""
MOST_LANES = 8
MOST_MOMENTS = 200
"""More would only be bytes: nobody sees a step that lasts a twentieth of a second."""


def replay_slide(replays: Sequence[Replay], baseline: str) -> Markup:
    """Return the picture of the baseline's run above that of the workers, as SVG that animates itself.

    A bar is a worker, its length the share of its steps that were done; where no step was told it grows
    evenly. Each bar ends at its run's recorded time.
    """
    if len(replays) < 2:  # noqa: PLR2004 - a comparison takes two
        return Markup("")
    slowest = max(replay.time for replay in replays)
    rows = [(replay, lane) for replay in replays for lane in replay.lanes[:MOST_LANES]]
    height = TALL if len(rows) <= FEW else LOW
    bars = Markup("").join(
        _bar(replay, lane, (row * (height + GAP), height), SHOWN_S / slowest)
        for row, (replay, lane) in enumerate(rows)
    )
    names = " and ".join(
        f"{_name(replay, baseline)} in {quantity(replay.time, 's').striptags()}"
        for replay in replays
    )
    return Markup(
        '<svg class="replay" role="img" aria-label="Replay: {}" viewBox="0 0 {} {}"'
        ' xmlns="http://www.w3.org/2000/svg">{}</svg>'
    ).format(names, WIDTH, len(rows) * (height + GAP), bars)


def replay_note(replays: Sequence[Replay]) -> Markup:
    """Return which runs are shown, how fast, and how many workers are left out."""
    slowest = max(replay.time for replay in replays)
    runs = " and ".join(replay.run_id for replay in replays)
    left = max(0, max(len(replay.lanes) for replay in replays) - MOST_LANES)
    more = f" {counted(left, 'further worker')} not drawn." if left else ""
    return Markup("One second here was {} there. The runs nearest to the medians: {}.{}").format(
        quantity(slowest / SHOWN_S, "s"), runs, more
    )


def _bar(replay: Replay, lane: Lane, place: tuple[float, float], stretch: float) -> Markup:
    """Return one worker's bar, its name and its time."""
    room, (top, height) = WIDTH - LABEL - ROOM, place
    moments = _moments(replay, lane)
    shown_s = replay.time * stretch
    values = ";".join(f"{share * room:.1f}" for _, share in moments)
    times = ";".join(f"{moment / replay.time:.4f}" for moment, _ in moments)
    alone = len(replay.lanes) == 1
    name = "baseline" if alone else f"worker {lane.rank + 1}"
    kind = "baseline" if alone else "workers"
    return Markup(
        '<text x="0" y="{y}">{name}</text>'
        '<rect class="track" x="{x}" y="{top}" width="{room}" height="{bar}"/>'
        '<rect class="{kind}" x="{x}" y="{top}" width="{room}" height="{bar}">'
        '<animate attributeName="width" dur="{dur:.3f}s" values="{values}" keyTimes="{times}"'
        ' calcMode="linear" fill="freeze"/></rect>'
        '<text x="{end}" y="{y}">{time}<animate attributeName="opacity" dur="{dur:.3f}s" values="0;0;1"'
        ' keyTimes="0;0.999;1" fill="freeze"/></text>'
    ).format(
        y=top + height / 2 + 9,
        name=name,
        x=LABEL,
        top=top,
        room=room,
        bar=height,
        kind=kind,
        dur=shown_s,
        values=values,
        times=times,
        end=LABEL + room + 12,
        time=quantity(replay.time, "s").striptags(),
    )


def _moments(replay: Replay, lane: Lane) -> list[tuple[float, float]]:
    """Return at which moment which share of a worker's steps was done: from nothing to everything."""
    ends = [end for end in lane.step_ends if 0 < end <= replay.time]
    stride = max(1, len(ends) // MOST_MOMENTS)
    known = [(end, (index + 1) / len(ends)) for index, end in enumerate(ends)][::stride]
    inside = [(end, share) for end, share in known if end < replay.time and share < 1]
    return [(0.0, 0.0), *inside, (replay.time, 1.0)]


def _name(replay: Replay, baseline: str) -> str:
    """Return whose run it is."""
    return baseline if replay.case.workers == 1 else counted(replay.case.workers, "worker")

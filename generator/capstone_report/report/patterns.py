"""Who holds what and who talks to whom, drawn: the partitions and the patterns of book 41.4."""

from collections.abc import Callable

from markupsafe import Markup

from capstone_report.report.svg import (
    Block,
    arc,
    arrow,
    below,
    box,
    joined,
    letters,
    line,
    placed,
)
from capstone_report.spec.vocabulary import Communication, Coordination, Partitioning

WIDTH = 480.0
COLUMN, BOX, SHARE = 120.0, 96.0, 78.0
WORKERS = ((60.0, "1"), (180.0, "2"), (420.0, "p"))
"""The middle and the number of each drawn worker; the third column says that there are more."""
MORE = 300.0
FLOOR = 46.0
"""The lower edge of the workers' boxes, from which arrows leave."""
STRIP, BAND = 46.0, 14.0
COORDINATOR = 48.0
SHARES = {Partitioning.DATA: "shard", Partitioning.MODEL: "slice", Partitioning.WORK: "tasks"}


def drawn(
    partitioning: Partitioning,
    communication: Communication,
    coordination: Coordination,
    *,
    label: Block,
    replicated: bool,
) -> Block:
    """Return workers that hold their shares, the arrows between them, and who steers them."""
    held, talk = _shares(partitioning), PATTERNS[communication](label, replicated=replicated)
    picture = below([held, talk])
    if coordination is Coordination.DECENTRALISED:
        return picture
    height = COORDINATOR + picture.height
    return Block(
        width=WIDTH,
        height=height,
        shapes=joined(placed(picture, 0, COORDINATOR), _control(COORDINATOR + held.height)),
    )


def _control(workers_y: float) -> Markup:
    """Draw the coordinator and its dashed lines, which reach the workers apart from the data."""
    bus_y = COORDINATOR - 10
    drops = (
        arrow((x, bus_y), (x, workers_y), dashed=True, thin=True)
        for x in (middle - BOX / 2 + 4 for middle, _ in WORKERS)
    )
    first, last = WORKERS[0][0] - BOX / 2 + 4, WORKERS[-1][0] - BOX / 2 + 4
    return joined(
        box(165, 0, 150, 28),
        letters(240, 20, "coordinator", anchor="middle"),
        line((240, 28), (240, bus_y), dashed=True, thin=True),
        line((first, bus_y), (last, bus_y), dashed=True, thin=True),
        *drops,
    )


def _shares(partitioning: Partitioning) -> Block:
    """Draw what is split, one share above each worker, and a band from the share to its holder."""
    shapes = [letters(MORE, 32, "…", anchor="middle")]
    for middle, number in WORKERS:
        x = middle - SHARE / 2
        band = Markup(
            '<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" fill="currentColor" fill-opacity="0.12"/>'
        ).format(x, STRIP, SHARE, BAND)
        label = letters(middle, 37, f"{SHARES[partitioning]} {number}", anchor="middle")
        shapes += [band, *_ICONS[partitioning](x), label]
    return Block(width=WIDTH, height=STRIP + BAND, shapes=joined(*shapes))


def _sheets(x: float) -> list[Markup]:
    """Draw a share of the examples: a stack of sheets."""
    return [
        line((x + 10, 10), (x + 10, 4), (x + SHARE - 10, 4), (x + SHARE - 10, 10), thin=True),
        line((x + 5, 17), (x + 5, 10), (x + SHARE - 5, 10), (x + SHARE - 5, 17), thin=True),
        box(x, 17, SHARE, STRIP - 17),
    ]


def _slice(x: float) -> list[Markup]:
    """Draw a share of the model: a block of layers whose sides are cuts."""
    return [
        line((x, 2), (x + SHARE, 2)),
        line((x, 10), (x + SHARE, 10), thin=True),
        line((x, 18), (x + SHARE, 18), thin=True),
        line((x, STRIP), (x + SHARE, STRIP)),
        line((x, 2), (x, STRIP), dashed=True, thin=True),
        line((x + SHARE, 2), (x + SHARE, STRIP), dashed=True, thin=True),
    ]


def _tasks(x: float) -> list[Markup]:
    """Draw a share of the work: tasks in a queue."""
    tiles = (box(x + 2 + 27 * i, 2, 20, 16) for i in range(3))
    return [*tiles, line((x, 22), (x, STRIP), (x + SHARE, STRIP), (x + SHARE, 22), thin=True)]


_ICONS: dict[Partitioning, Callable[[float], list[Markup]]] = {
    Partitioning.DATA: _sheets,
    Partitioning.MODEL: _slice,
    Partitioning.WORK: _tasks,
}


def _workers(*, replicated: bool) -> list[Markup]:
    """Draw the workers, each with the copy that it holds beside its share."""
    shapes = [letters(MORE, 30, "…", anchor="middle", bold=True)]
    for middle, number in WORKERS:
        lift = 0 if replicated else 10
        shapes += [
            box(middle - BOX / 2, 0, BOX, FLOOR),
            letters(middle, 19 + lift, f"worker {number}", anchor="middle", bold=True),
        ]
        if replicated:
            shapes.append(letters(middle, 38, "+ copy", anchor="middle"))
    return shapes


def _all_reduce(label: Block, *, replicated: bool) -> Block:
    """Draw a ring: every worker sends to the next, the last one to the first."""
    y, bottom = FLOOR / 2, FLOOR + label.height + 26
    ring = (
        arrow((108, y), (132, y), accent=True),
        arrow((228, y), (282, y), accent=True),
        arrow((318, y), (372, y), accent=True),
        arrow((420, FLOOR), (420, bottom), (60, bottom), (60, FLOOR), accent=True),
    )
    shapes = joined(*_workers(replicated=replicated), *ring, _labelled(label, FLOOR + 12))
    return Block(width=WIDTH, height=bottom + 4, shapes=shapes)


def _parameter_server(label: Block, *, replicated: bool) -> Block:
    """Draw servers that hold the state; every worker pushes to and pulls from each of them."""
    top = FLOOR + 62
    servers = [letters(240, top + 25, "…", anchor="middle", bold=True)]
    for middle, name, side in ((150.0, "server 1", -1), (330.0, "server s", 1)):
        servers += [
            box(middle - 52, top, 104, 36, accent=True),
            letters(middle, top + 24, name, anchor="middle", bold=True),
            *(
                arrow(
                    (worker + 14 * side, FLOOR + 2),
                    (middle + 24 * i, top - 3),
                    accent=True,
                    both=True,
                )
                for i, (worker, _) in enumerate(WORKERS, start=-1)
            ),
        ]
    return _over(label, top + 36, *_workers(replicated=replicated), *servers)


def _gossip(label: Block, *, replicated: bool) -> Block:
    """Draw a few edges between peers, and a dashed one for the peers of another step."""
    edges = (
        arc((72, FLOOR + 2), (120, 90), (168, FLOOR + 2)),
        arc((192, FLOOR + 2), (300, 125), (408, FLOOR + 2)),
        arc((48, FLOOR + 2), (240, 190), (432, FLOOR + 2), dashed=True),
    )
    return _over(label, 122, *_workers(replicated=replicated), *edges)


def _scatter_gather(label: Block, *, replicated: bool) -> Block:
    """Draw a root that sends to every worker and collects from every one."""
    top = FLOOR + 62
    root = [box(172, top, 136, 36, accent=True)]
    root.append(letters(240, top + 24, "root", anchor="middle", bold=True))
    for i, (middle, _) in enumerate(WORKERS, start=-1):
        foot = 240 + 44 * i
        root += [
            arrow((foot - 8, top - 2), (middle - 8, FLOOR + 3), accent=True),
            arrow((middle + 8, FLOOR + 2), (foot + 8, top - 3), accent=True),
        ]
    return _over(label, top + 36, *_workers(replicated=replicated), *root)


def _over(label: Block, bottom: float, *shapes: Markup) -> Block:
    """Return a pattern with its label below it."""
    top = bottom + 4
    return Block(
        width=WIDTH, height=top + label.height, shapes=joined(*shapes, _labelled(label, top))
    )


def _labelled(label: Block, y: float) -> Markup:
    """Return the label of the arrows, in the middle."""
    return placed(label, (WIDTH - label.width) / 2, y)


PATTERNS: dict[Communication, Callable[..., Block]] = {
    Communication.ALL_REDUCE: _all_reduce,
    Communication.PARAMETER_SERVER: _parameter_server,
    Communication.GOSSIP: _gossip,
    Communication.SCATTER_GATHER: _scatter_gather,
}
"""How each pattern is drawn below the workers."""

"""The questions from a baseline to its ceiling, drawn with the path that a study takes.

Book figure 41.2.1, with the repaired questions of perfmodel.flow. Without a measured profile the
path is the one that leads to the declared ceiling.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from capstone_report.perfmodel.diagnosis import Diagnosis
from capstone_report.perfmodel.flow import LEAVES, QUESTIONS, Leaf, Question
from capstone_report.report.svg import (
    Block,
    Drawing,
    arrow,
    below,
    box,
    joined,
    letters,
    paragraph,
    picture,
    placed,
    tick,
)
from capstone_report.spec.vocabulary import Axis, Ceiling

WIDTH, PAD = 480.0, 6.0
NO, YES, INDENT = 14.0, 60.0, 104.0
"""Where the arrow to the next question runs, where the arrow to an end turns, where ends begin."""
GAP = 10.0
START = "Profile the baseline: time, bytes, arithmetic, working set"

Step = tuple[str, str]
"""One arrow: from a question, to a question or an end."""

_ASKED = {question.name: question for question in QUESTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is marked in the flow: the arrows that are taken, and the ends that they reach."""

    steps: frozenset[Step]
    ends: tuple[Leaf, ...]

    def passes(self, name: str) -> bool:
        """Tell whether a question or an end is on the way."""
        return name == QUESTIONS[0].name or any(target == name for _, target in self.steps)


def decision_flow(*, ceiling: Ceiling, axis: Axis, diagnosis: Diagnosis | None = None) -> Drawing:
    """Return the flow with the path of a measured profile, or else of what is declared."""
    route = route_to(diagnosis.leaves) if diagnosis else declared_route(ceiling, axis)
    questions = (_question(question, route) for question in _spine())
    last = _end(LEAVES[_spine()[-1].no], route, width=WIDTH)
    caption = _diagnosed(diagnosis) if diagnosis else _declared(ceiling, axis, route.ends)
    return Drawing(
        svg=picture(
            "decision-flow",
            below([_start(), *questions, last]),
            title="From the baseline to the axis",
            parts=(caption, *_said(route)),
        ),
        caption=caption,
    )


def declared_route(ceiling: Ceiling, axis: Axis) -> Route:
    """Return the way to the ends of a ceiling, narrowed by the axis where that tells them apart."""
    ends = [leaf for leaf in LEAVES.values() if leaf.remedy and leaf.remedy.ceiling == ceiling]
    fitting = [leaf for leaf in ends if leaf.remedy and leaf.remedy.axis == axis]
    return route_to(fitting or ends)


def route_to(ends: Iterable[Leaf]) -> Route:
    """Return the way from the first question to some ends of the flow."""
    reached = tuple(ends)
    ways = {way[-1][1]: way for way in _ways(QUESTIONS[0].name)}
    steps = frozenset(step for leaf in reached for step in ways[leaf.name])
    return Route(steps=steps, ends=reached)


def _ways(name: str) -> Iterator[tuple[Step, ...]]:
    """Yield the arrows from a question to each end that it leads to."""
    for target in (_ASKED[name].yes, _ASKED[name].no):
        if target in LEAVES:
            yield ((name, target),)
        else:
            yield from (((name, target), *way) for way in _ways(target))


def _spine() -> list[Question]:
    """Return the questions that are asked one after the other while the answer is no."""
    return [question for question in QUESTIONS if not question.refines]


def _start() -> Block:
    """Draw where the flow begins."""
    words = paragraph(START, width=WIDTH - 2 * PAD, bold=True)
    bottom = words.height + 2 * PAD
    shapes = joined(
        box(0, 0, WIDTH, bottom),
        placed(words, PAD, PAD),
        arrow((NO, bottom), (NO, bottom + 18), accent=True),
    )
    return Block(width=WIDTH, height=bottom + 18, shapes=shapes)


def _question(question: Question, route: Route) -> Block:
    """Draw a question, the ends that yes leads to, and the arrow that no takes past them."""
    asked = _asked(question, route, width=WIDTH)
    if question.yes in LEAVES:
        target = _end(LEAVES[question.yes], route, width=WIDTH - INDENT)
    else:
        target = _refined(_ASKED[question.yes], route)
    y = asked.height + GAP
    bottom = y + target.height + 2 * GAP
    turn = y + 18
    said_yes, said_no = ((question.name, end) in route.steps for end in (question.yes, question.no))
    no = ((NO, asked.height), (NO, bottom))
    yes = ((YES, asked.height), (YES, turn), (INDENT, turn))
    shapes = joined(
        asked.shapes,
        placed(target, INDENT, y),
        arrow(*no, accent=said_no, faint=not said_no),
        arrow(*yes, accent=said_yes, faint=not said_yes),
        letters(NO + 7, bottom - 12, "no", bold=said_no, faint=not said_no),
        letters(YES + 6, turn + 18, "yes", bold=said_yes, faint=not said_yes),
    )
    return Block(width=WIDTH, height=bottom, shapes=shapes)


def _refined(question: Question, route: Route) -> Block:
    """Draw a question that only chooses between two ends, with both below it."""
    width = WIDTH - INDENT
    asked = _asked(question, route, width=width)
    shapes, y = [asked.shapes], asked.height + GAP
    for said, name in (("yes", question.yes), ("no", question.no)):
        taken = (question.name, name) in route.steps
        end = _end(LEAVES[name], route, width=width - 56)
        way = ((NO, asked.height), (NO, y + 16), (56, y + 16))
        shapes += [
            placed(end, 56, y),
            arrow(*way, accent=taken, faint=not taken),
            letters(NO + 5, y + 11, said, bold=taken, faint=not taken),
        ]
        y += end.height + GAP
    return Block(width=width, height=y - GAP, shapes=joined(*shapes))


def _asked(question: Question, route: Route, *, width: float) -> Block:
    """Draw the box of a question; one that is not asked is faint."""
    on_the_way = route.passes(question.name)
    words = paragraph(question.asks, width=width - 2 * PAD, faint=not on_the_way)
    height = words.height + 2 * PAD
    shapes = joined(box(0, 0, width, height, faint=not on_the_way), placed(words, PAD, PAD))
    return Block(width=width, height=height, shapes=shapes)


def _end(leaf: Leaf, route: Route, *, width: float) -> Block:
    """Draw an end: what binds, and the axis that cures it; a reached one is ticked."""
    reached = leaf in route.ends
    indent = PAD + (20 if reached else 0)
    words = paragraph(_words(leaf), width=width - indent - PAD, bold=reached, faint=not reached)
    height = words.height + 2 * PAD
    shapes = joined(
        box(0, 0, width, height, accent=reached, faint=not reached),
        tick(PAD, PAD + 16) if reached else joined(),
        placed(words, indent, PAD),
    )
    return Block(width=width, height=height, shapes=shapes)


def _words(leaf: Leaf) -> str:
    """Return what an end says: its verdict, short, and what follows from it."""
    verdict = leaf.verdict.partition(":")[0]
    return f"{verdict}: {leaf.remedy.axis} axis" if leaf.remedy else f"{verdict}: do not distribute"


def _declared(ceiling: Ceiling, axis: Axis, ends: Iterable[Leaf]) -> str:
    """Say that the path is the declared one, and whether the axis is another."""
    axes = {leaf.remedy.axis for leaf in ends if leaf.remedy}
    said = f"Declared, not measured: the path to the ceiling {ceiling}."
    if axis not in axes:
        return f"{said} It ends at the {' or the '.join(sorted(axes))} axis; the study takes the {axis} axis."
    return said


def _diagnosed(diagnosis: Diagnosis) -> str:
    """Say that the path is the profile's, and what the profile could not answer."""
    said = "The path of the measured profile."
    if diagnosis.leaf is None:
        said += " It is open between the marked ends."
    if diagnosis.unanswered:
        said += f" Not answered: {', '.join(diagnosis.unanswered)}."
    return said


def _said(route: Route) -> Iterator[str]:
    """Yield the path as a screen reader says it."""
    for question in QUESTIONS:
        for answer, target in (("yes", question.yes), ("no", question.no)):
            if (question.name, target) in route.steps:
                yield f"{question.asks} {answer.capitalize()}."
    yield from (f"{_words(leaf)}." for leaf in route.ends)

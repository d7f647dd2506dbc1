"""Which ceiling a profile shows: the questions of the flow, answered with numbers.

Book section 41.2.2, repaired: every question has a threshold, a grey zone and may stay open, so
that a verdict says what it rests on. A verdict is a hypothesis until a perturbation confirms it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from capstone_report.perfmodel.answers import ANSWERS, Answer
from capstone_report.perfmodel.flow import LEAVES, QUESTIONS, Leaf
from capstone_report.perfmodel.profile import Profile, Thresholds, Verdict

ENOUGH_ENDS = 2
"""After two different ends a verdict is open, and no further question is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The path that was taken, and where it ends: one leaf, or those it is undecided between."""

    path: tuple[Answer, ...]
    leaves: tuple[Leaf, ...]

    @property
    def leaf(self) -> Leaf | None:
        """Return the verdict, or None when it is undecided."""
        return self.leaves[0] if len(self.leaves) == 1 else None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Return the questions on the path that the profile could not answer."""
        return tuple(a.question.name for a in self.path if a.verdict is Verdict.UNKNOWN)


def diagnose(profile: Profile, thresholds: Thresholds | None = None) -> Diagnosis:
    """Follow the flow from its first question to one ceiling, or to two when an answer is grey."""
    path: list[Answer] = []
    leaves: list[Leaf] = []
    _follow(QUESTIONS[0].name, profile, thresholds or Thresholds(), path, leaves)
    return Diagnosis(path=tuple(path), leaves=tuple(leaves))


def _follow(
    name: str, profile: Profile, thresholds: Thresholds, path: list[Answer], leaves: list[Leaf]
) -> None:
    """Add what is met from a question or a leaf on."""
    if len(_ends(leaves)) >= ENOUGH_ENDS:
        return
    if name in LEAVES:
        leaves.append(LEAVES[name])
        return
    answer = ANSWERS[name](_QUESTIONS[name], profile, thresholds)
    path.append(answer)
    for target in _targets(answer):
        _follow(target, profile, thresholds, path, leaves)


def _ends(leaves: Iterable[Leaf]) -> set[str]:
    """Return what leaves end at: a ceiling, or a reason not to distribute."""
    return {leaf.remedy.ceiling if leaf.remedy else leaf.name for leaf in leaves}


def _targets(answer: Answer) -> tuple[str, ...]:
    """Return where an answer leads: an open question is passed by, an open choice is kept open."""
    question = answer.question
    both = (question.yes, question.no)
    return {
        Verdict.YES: (question.yes,),
        Verdict.NO: (question.no,),
        Verdict.GREY: both,
        Verdict.UNKNOWN: both if question.refines else (question.no,),
    }[answer.verdict]


_QUESTIONS = {question.name: question for question in QUESTIONS}

"""What follows from the facts of a study, in one value."""

from dataclasses import dataclass, field

from capstone_report.analysis.predicate_facts import JudgedPredicate
from capstone_report.analysis.quality_facts import QualityAnswers, SpeedupOf, UnlikeSpreads
from capstone_report.analysis.rule_facts import RuleFact, Standing
from capstone_report.analysis.spending_facts import Advice, Spending


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """Quality, cost, the claims that were judged, and the rules that the report keeps."""

    quality: QualityAnswers = field(
        default_factory=lambda: QualityAnswers(speedup_of=SpeedupOf.WORK)
    )
    unlike: tuple[UnlikeSpreads, ...] = ()
    spending: Spending = field(default_factory=lambda: Spending(advice=Advice.REFUSED))
    predicates: tuple[JudgedPredicate, ...] = ()
    rules: tuple[RuleFact, ...] = ()

    @property
    def rules_met(self) -> int:
        """Return how many rules are kept."""
        return sum(rule.standing is Standing.MET for rule in self.rules)

    @property
    def rules_applying(self) -> int:
        """Return how many rules apply."""
        return sum(rule.standing is not Standing.NOT_APPLICABLE for rule in self.rules)

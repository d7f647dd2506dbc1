"""What a case costs while it runs, at the price that its study declares (section 41.7)."""

from dataclasses import dataclass

from capstone_report.cases import Case
from capstone_report.spec.study import Cost
from capstone_report.spec.vocabulary import BilledPer
from capstone_report.spec.workspace import Price

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of one unit for one hour, and how units are counted."""

    price: Price
    billed_per: BilledPer

    def usd_per_second(self, case: Case) -> float:
        """Return what a case costs per second: price times billed units, in USD/s."""
        billed = {
            BilledPer.CORE: case.cores,
            BilledPer.WORKER: case.allocation.workers,
            BilledPer.MACHINE: 1,
        }[self.billed_per]
        return self.price.usd_per_hour * billed / SECONDS_PER_HOUR


def declared_rate(cost: Cost | None, price: Price | None) -> Rate | None:
    """Return what a study declares to pay, or None when it declares nothing."""
    return Rate(price=price, billed_per=cost.billed_per) if cost and price else None

"""What `capstone size --json` answers: the models from which its schema is published."""

from typing import Literal

from pydantic import Field

from capstone_report.calculators.answer_rows import AnswerRow
from capstone_report.calculators.assumptions import assumed_json
from capstone_report.calculators.sized import Sized
from capstone_report.perfmodel.book_sizing import BookSize
from capstone_report.perfmodel.flops import FlopBudget
from capstone_report.perfmodel.memory import KV_CACHE
from capstone_report.perfmodel.sizing import Size, Tier

COUNTED_TO_TRAIN = (
    "parameters, gradients, optimiser and the declared headroom; activations are not counted"
)
COUNTED_TO_SERVE = "weights and the declared headroom only; the KV cache is not counted"
COUNTED_WITH_CACHE = "weights, KV cache and the declared headroom; activations are not counted"


class FlopBudgetRow(AnswerRow):
    """The arithmetic of a training against what the accelerators offer."""

    of: Literal["one replica"] = "one replica"
    """Whose hours these are."""
    needed_flop: float
    """What the training computes."""
    available_flop: float
    """What the accelerators of one replica compute in the hours."""
    needed_over_available: float
    """The first over the second."""
    is_feasible: bool
    """Whether it is at most one, so that one replica does the work in time."""
    accelerators_needed: int
    """How many accelerators do the work in time, however they are grouped."""
    replicas_needed: int
    """How many whole replicas do."""


class SizeAnswer(AnswerRow):
    """The answer of `capstone size --json`."""

    schema_: Literal["capstone/size/1"] = Field(default="capstone/size/1", alias="schema")
    """The name and version of this schema."""
    axis: str
    """The axis that the size is for."""
    accelerators: int
    """How many accelerators it takes."""
    accelerators_per_replica: int
    """How many hold one copy of the model."""
    replicas: int
    """How many copies there are."""
    nodes: int
    """How many nodes hold them."""
    replicas_per_node: int | None
    """How many whole copies a node holds; null where one copy takes more than a node."""
    billed_accelerators: int
    """How many are paid for: those of whole nodes."""
    headroom: float
    """The share of the memory that is kept free."""
    memory_bytes: float
    """What one copy holds."""
    kv_cache_bytes: float | None
    """What the keys and values of one copy hold of it; null where they are not counted."""
    memory: str
    """The arithmetic of that, in words."""
    counted: str
    """What is counted, and what is not."""
    flop_budget: FlopBudgetRow | None
    """The arithmetic of a training; null without tokens and hours."""
    rent_usd: float | None
    """What the hours cost; null without a price and hours."""
    tier: Tier | None
    """Where it runs; null where the inputs do not say."""
    frameworks: list[str]
    """What it is built with."""
    collective: str
    """What it exchanges."""
    first_steps: list[str]
    """What to try before, where it is not done yet."""
    launch: str | None
    """How it is started; null where it is larger than any cluster."""
    assumed: dict[str, float | str]
    """What was not said and therefore assumed, by the option that says otherwise."""


class BookSizeAnswer(AnswerRow):
    """The answer of `capstone size --book --json`: the book's printed arithmetic."""

    schema_: Literal["capstone/size/1"] = Field(default="capstone/size/1", alias="schema")
    """The name and version of this schema."""
    book: BookSize
    """The printed block."""
    remark: str
    """That its mistakes are included."""


def size_answer(sized: Sized) -> SizeAnswer:
    """Return a size for JSON."""
    size = sized.size
    return SizeAnswer(
        axis=size.axis,
        accelerators=size.accelerators,
        accelerators_per_replica=size.accelerators_per_replica,
        replicas=size.replicas,
        nodes=size.nodes,
        replicas_per_node=size.replicas_per_node,
        billed_accelerators=size.billed_accelerators,
        headroom=size.fit.headroom,
        memory_bytes=size.fit.footprint.total_bytes,
        memory=size.fit.arithmetic,
        kv_cache_bytes=_kv_cache_bytes(size),
        counted=counted(size),
        flop_budget=_flop_budget(size, size.flop_budget) if size.flop_budget else None,
        rent_usd=sized.rent_usd,
        tier=sized.tier,
        frameworks=list(size.remedy.tools),
        collective=size.remedy.collective,
        first_steps=list(size.remedy.first_steps),
        launch=sized.launch,
        assumed=assumed_json(sized.assumed),
    )


def _flop_budget(size: Size, budget: FlopBudget) -> FlopBudgetRow:
    """Return the arithmetic of a training for JSON."""
    return FlopBudgetRow(
        needed_flop=budget.needed_flop,
        available_flop=budget.available_flop,
        needed_over_available=budget.needed_over_available,
        is_feasible=budget.is_feasible,
        accelerators_needed=budget.accelerators_needed,
        replicas_needed=size.replicas,
    )


def counted(size: Size) -> str:
    """Return what the memory holds, and what is left out."""
    if size.axis != "inference":
        return COUNTED_TO_TRAIN
    return COUNTED_TO_SERVE if _kv_cache_bytes(size) is None else COUNTED_WITH_CACHE


def _kv_cache_bytes(size: Size) -> float | None:
    """Return the bytes of keys and values of one replica; None where they are not counted."""
    terms = size.fit.footprint.terms
    return next((term.bytes for term in terms if term.name == KV_CACHE), None)

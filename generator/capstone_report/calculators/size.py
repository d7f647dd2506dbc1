"""`capstone size`: the smallest cluster that holds a model and does its work in time (41.5.3)."""

from pathlib import Path
from typing import TypedDict, Unpack

import click

from capstone_report.calculators.inputs import (
    NOT_NEGATIVE,
    POSITIVE_SHARE,
    SHARE_BELOW_ONE,
    Calculator,
    Domain,
    Premium,
    Quantity,
    WholeNumber,
    chart_option,
    json_option,
)

usd = Quantity("USD", NOT_NEGATIVE)
# Far above any model or batch; the product of five of them is still a number to compute with.
LARGEST_DIMENSION = 1e9
dimension = WholeNumber(
    Domain(words="from 1 to 1e9", holds=lambda amount: 1 <= amount <= LARGEST_DIMENSION)
)


class SizeInputs(TypedDict):
    """What `capstone size` is given; None where an option is absent."""

    params: float | None
    mode: str | None
    accelerator_memory: float | None
    per_node: int | None
    headroom: float | None
    recipe: str | None
    precision: str | None
    qps: float | None
    qps_per_replica: float | None
    kv_cache_bytes: float | None
    layers: int | None
    kv_heads: int | None
    head_dimension: int | None
    context_length: int | None
    concurrent_sequences: int | None
    kv_bytes_per_element: float | None
    tokens: float | None
    hours: float | None
    peak_flops: float | None
    mfu: float | None
    price: float | None
    premium: float | None
    ops_hours: float | None
    ops_rate: float | None
    program: str | None
    book: bool
    profile: str | None
    axis: str | None
    dataset: float | None
    budget: float | None
    chart: Path | None
    as_json: bool


@click.command(cls=Calculator)
@click.option("--params", type=Quantity("1"), help="Parameters of the model, such as 70e9.")
@click.option("--mode", type=click.Choice(["train", "serve"]), help="For what; default train.")
@click.option("--accelerator-memory", type=Quantity("B"), help="Memory of one; default 80 GB.")
@click.option("--per-node", type=WholeNumber(), help="Accelerators of a node; default 8.")
@click.option(
    "--headroom", type=Quantity("1", SHARE_BELOW_ONE), help="Share that is kept free; default 0.1."
)
@click.option("--recipe", help="Training: precision and optimiser; default mixed-adam.")
@click.option("--precision", help="Serving: of the weights; default bf16.")
@click.option("--qps", type=Quantity("req/s"), help="Serving: requests per second to answer.")
@click.option("--qps-per-replica", type=Quantity("req/s"), help="Serving: what one copy answers.")
@click.option("--kv-cache-bytes", type=Quantity("B"), help="Serving: KV cache of one replica.")
@click.option("--layers", type=dimension, help="Or the shape of the KV cache: layers,")
@click.option("--kv-heads", type=dimension, help="heads of keys and values in each,")
@click.option("--head-dimension", type=dimension, help="elements of a head,")
@click.option("--context-length", type=dimension, help="tokens that a sequence keeps,")
@click.option("--concurrent-sequences", type=dimension, help="sequences of a replica at once,")
@click.option("--kv-bytes-per-element", type=Quantity("B"), help="bytes of an element; default 2.")
@click.option("--tokens", type=Quantity("1"), help="Training: tokens to pass once.")
@click.option("--hours", type=Quantity("h"), help="How long the accelerators are at hand.")
@click.option("--peak-flops", type=Quantity("FLOP/s"), help="Dense peak of one; default 989e12.")
@click.option("--mfu", type=Quantity("1", POSITIVE_SHARE), help="Share of it reached; default 0.4.")
@click.option("--price", type=Quantity("USD"), help="USD to rent one for an hour.")
@click.option("--premium", type=Premium(), help="Managed over plain price: 1.6.")
@click.option("--ops-hours", type=Quantity("h", NOT_NEGATIVE), help="Hours to operate it yourself.")
@click.option("--ops-rate", type=usd, help="USD that an hour of operations is worth.")
@click.option("--program", help="What the launch line starts: train.py, or serve.py.")
@click.option(
    "--book", is_flag=True, help="The arithmetic that the book prints, mistakes included."
)
@click.option(
    "--profile",
    type=click.Choice(["A", "B", "C", "D"], case_sensitive=False),
    help="With --book: one of its four profiles.",
)
@click.option(
    "--axis",
    type=click.Choice(["data", "training", "model", "serving"]),
    help="With --book: the row of its table.",
)
@click.option("--dataset", type=Quantity("B", NOT_NEGATIVE), help="With --book: the data set.")
@click.option("--budget", type=usd, help="With --book: USD at hand.")
@chart_option
@json_option
def size(**given: Unpack[SizeInputs]) -> None:
    """Size a cluster: accelerators by memory, replicas by requests or by arithmetic, whole nodes.

    With --book, print what the book's helper prints, to compare with.
    """
    if given["book"]:
        from capstone_report.calculators.book_answer import answer_as_printed

        answer_as_printed(given)
    else:
        from capstone_report.calculators.size_answer import answer

        answer(given)

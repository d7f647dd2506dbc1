"""The book's printed sizing, reproduced to the digit (output 41.5.1)."""

import pytest

from capstone_report.perfmodel.book_sizing import BookSize, book_sizing


def profile(
    name: str,
    *,
    billion_parameters: float = 0,
    dataset_terabytes: float = 0,
    requests_per_s: int = 0,
    axis: str,
    hours: float,
    budget_usd: float,
) -> BookSize:
    """Return the printed answer for one profile."""
    return book_sizing(
        name,
        billion_parameters=billion_parameters,
        dataset_terabytes=dataset_terabytes,
        requests_per_s=requests_per_s,
        axis=axis,
        hours=hours,
        budget_usd=budget_usd,
    )


A = profile(
    "A. Fine-tune a 7B chat model on 20 GB of dialogue",
    billion_parameters=7,
    dataset_terabytes=0.02,
    axis="training",
    hours=30,
    budget_usd=5_000,
)
B = profile(
    "B. Pre-train a 70B model from a 4 TB corpus",
    billion_parameters=70,
    dataset_terabytes=4,
    axis="model",
    hours=400,
    budget_usd=200_000,
)
C = profile(
    "C. Serve a 13B assistant at 600 qps",
    billion_parameters=13,
    requests_per_s=600,
    axis="serving",
    hours=720,
    budget_usd=40_000,
)
D = profile(
    "D. Dedup + tokenize a 30 TB web crawl",
    dataset_terabytes=30,
    axis="data",
    hours=12,
    budget_usd=2_000,
)

PRINTED = """\
A. Fine-tune a 7B chat model on 20 GB of dialogue
binding axis : training collective: all-reduce
framework : PyTorch DDP, DeepSpeed
GPUs (model/qps) : 2 / 0 -> provision 2 GPU(s), 1 node(s)
raw cloud cost : $150 (budget $5,000)
infra tier : Local single node (multi-GPU)
B. Pre-train a 70B model from a 4 TB corpus
binding axis : model collective: reduce-scatter / all-gather
framework : FSDP, Megatron-LM
GPUs (model/qps) : 14 / 0 -> provision 14 GPU(s), 2 node(s)
raw cloud cost : $14,000 (budget $200,000)
infra tier : Managed cluster (Ch 33.9)
C. Serve a 13B assistant at 600 qps
binding axis : serving collective: request fan-out
framework : vLLM, Ray Serve, Triton
GPUs (model/qps) : 3 / 15 -> provision 15 GPU(s), 2 node(s)
raw cloud cost : $27,000 (budget $40,000)
infra tier : Self-managed cloud cluster (Ch 33)
D. Dedup + tokenize a 30 TB web crawl
binding axis : data collective: shuffle
framework : Spark / Ray Data / Dask
GPUs (model/qps) : 1 / 0 -> provision 1 GPU(s), 1 node(s)
raw cloud cost : $30 (budget $2,000)
infra tier : Managed cluster (Ch 33.9)
"""


def test_the_four_profiles_print_what_the_book_prints() -> None:
    blocks = "\n".join(size.printed for size in (A, B, C, D))

    assert blocks.split() == PRINTED.split()


def test_the_printed_helper_loses_a_fraction_of_a_gigabyte() -> None:
    size = profile("", billion_parameters=5.03, axis="training", hours=1, budget_usd=1)

    assert size.accelerators == 1


@pytest.mark.parametrize(("requests_per_s", "expected"), [(200, 14), (4000, 100)])
def test_the_printed_helper_takes_the_larger_of_two_counts(
    requests_per_s: int, expected: int
) -> None:
    size = profile(
        "",
        billion_parameters=70,
        requests_per_s=requests_per_s,
        axis="serving",
        hours=1,
        budget_usd=1e6,
    )

    assert size.accelerators == expected

"""The sizing helper as the book prints it (code 41.5.1), mistakes included, to be compared with.

It cuts gigabytes off before it rounds up, sizes serving with the bytes of training, takes the
larger of two counts where their product is needed, gives plain data parallelism a state that fits
no device, and picks the tier by the budget instead of by its own inequality.
`capstone_report.perfmodel.sizing` is the right one.
"""

from dataclasses import dataclass

from capstone_report.units import Usd

# (printed name of the axis) -> (framework, collective), as printed.
_ROWS = {
    "data": ("Spark / Ray Data / Dask", "shuffle"),
    "training": ("PyTorch DDP, DeepSpeed", "all-reduce"),
    "model": ("FSDP, Megatron-LM", "reduce-scatter / all-gather"),
    "serving": ("vLLM, Ray Serve, Triton", "request fan-out"),
}
_GIGABYTES_PER_BILLION_PARAMETERS = 16
_DEVICE_GIGABYTES = 80
_PER_NODE = 8
_REQUESTS_PER_S_PER_DEVICE = 40
_USD_PER_HOUR = 2.5
_PREMIUM = 1.6
_LARGEST_MANAGED_NODES = 4
_SMALL_DATASET_TERABYTES = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSize:
    """One block of output 41.5.1."""

    name: str
    axis: str
    framework: str
    collective: str
    accelerators_for_model: int
    accelerators_for_requests: int
    accelerators: int
    nodes: int
    raw_usd: Usd
    budget_usd: Usd
    tier: str

    @property
    def printed(self) -> str:
        """Return the block as the book prints it."""
        counts = f"{self.accelerators_for_model} / {self.accelerators_for_requests}"
        provided = f"provision {self.accelerators} GPU(s), {self.nodes} node(s)"
        return "\n".join(
            (
                self.name,
                f"  binding axis     : {self.axis:<9} collective: {self.collective}",
                f"  framework        : {self.framework}",
                f"  GPUs (model/qps) : {counts} -> {provided}",
                f"  raw cloud cost   : ${self.raw_usd:,.0f} (budget ${self.budget_usd:,.0f})",
                f"  infra tier       : {self.tier}",
            )
        )


def book_sizing(
    name: str,
    *,
    billion_parameters: float,
    dataset_terabytes: float,
    requests_per_s: int,
    axis: str,
    hours: float,
    budget_usd: Usd,
) -> BookSize:
    """Return what code 41.5.1 prints for a profile; axis is data, training, model or serving."""
    gigabytes = int(billion_parameters * _GIGABYTES_PER_BILLION_PARAMETERS)
    for_model = max(1, -(-gigabytes // _DEVICE_GIGABYTES))
    for_requests = -(-requests_per_s // _REQUESTS_PER_S_PER_DEVICE)
    accelerators = max(for_model, for_requests)
    nodes = -(-accelerators // _PER_NODE)
    raw_usd = accelerators * _USD_PER_HOUR * hours
    framework, collective = _ROWS[axis]
    if accelerators <= _PER_NODE and dataset_terabytes < _SMALL_DATASET_TERABYTES:
        tier = "Local single node (multi-GPU)"
    elif raw_usd * _PREMIUM <= budget_usd and nodes <= _LARGEST_MANAGED_NODES:
        tier = "Managed cluster (Ch 33.9)"
    else:
        tier = "Self-managed cloud cluster (Ch 33)"
    return BookSize(
        name=name,
        axis=axis,
        framework=framework,
        collective=collective,
        accelerators_for_model=for_model,
        accelerators_for_requests=for_requests,
        accelerators=accelerators,
        nodes=nodes,
        raw_usd=raw_usd,
        budget_usd=budget_usd,
        tier=tier,
    )


BOOK_PROFILES: dict[str, BookSize] = {
    "A": book_sizing(
        "A. Fine-tune a 7B chat model on 20 GB of dialogue",
        billion_parameters=7,
        dataset_terabytes=0.02,
        requests_per_s=0,
        axis="training",
        hours=30,
        budget_usd=5_000,
    ),
    "B": book_sizing(
        "B. Pre-train a 70B model from a 4 TB corpus",
        billion_parameters=70,
        dataset_terabytes=4,
        requests_per_s=0,
        axis="model",
        hours=400,
        budget_usd=200_000,
    ),
    "C": book_sizing(
        "C. Serve a 13B assistant at 600 qps",
        billion_parameters=13,
        dataset_terabytes=0,
        requests_per_s=600,
        axis="serving",
        hours=720,
        budget_usd=40_000,
    ),
    "D": book_sizing(
        "D. Dedup + tokenize a 30 TB web crawl",
        billion_parameters=0,
        dataset_terabytes=30,
        requests_per_s=0,
        axis="data",
        hours=12,
        budget_usd=2_000,
    ),
}
"""The four blocks of output 41.5.1."""

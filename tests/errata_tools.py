"""The figures of the errata of book section 41.5, from the formulas."""

from collections.abc import Callable

from capstone_report.perfmodel.book_sizing import BookSize, book_sizing
from capstone_report.perfmodel.cost import (
    BreakEven,
    Operations,
    build_versus_buy,
    crossing,
    rent_usd,
)
from capstone_report.perfmodel.flops import (
    FlopBudget,
    flop_budget,
    training_flop,
)
from capstone_report.perfmodel.footprint import accelerators_for
from capstone_report.perfmodel.memory import (
    Sharding,
    serving_state,
    training_state,
    training_state_per_rank,
)
from capstone_report.perfmodel.sizing import (
    Device,
    size_data,
    size_serving,
    size_training,
    tier_for,
)
from errata_axis import Rows

DEVICE = Device(memory_bytes=80e9)


def meets(*, running: float = 0, managed: float = 0) -> str:
    """Return the break-even of exercise 41.5.3 with more operations, in hours."""
    hours = crossing(
        accelerators=16,
        usd_per_hour=2.5,
        premium=1.6,
        ops_usd_per_hour=60,
        self_managed=Operations(once_hours=40, hours_per_run_hour=running),
        managed=Operations(once_hours=managed),
    ).hours
    return "never" if hours is None else f"{hours:.0f}"


def err26() -> Rows:
    """Operations that grow, and operations that stay."""
    return [
        (meets(), meets()),
        ("", meets(running=12 / 60)),
        ("", meets(running=30 / 60)),
        ("", meets(managed=10)),
    ]


def profile_b() -> BreakEven:
    """Return both costs of profile B with v and T_ops of exercise 41.5.3."""
    return build_versus_buy(
        accelerators=14,
        usd_per_hour=2.5,
        hours=400,
        premium=1.6,
        ops_hours=40,
        ops_usd_per_hour=60,
    )


def book(
    *,
    billions: float = 0,
    terabytes: float = 0,
    requests: int = 0,
    axis: str = "model",
    hours: float = 1,
    budget: float = 1e9,
) -> BookSize:
    """Return what the printed helper says."""
    return book_sizing(
        "",
        billion_parameters=billions,
        dataset_terabytes=terabytes,
        requests_per_s=requests,
        axis=axis,
        hours=hours,
        budget_usd=budget,
    )


def err27() -> Rows:
    """Premium against operations."""
    costs = profile_b()
    printed = book(billions=70, terabytes=4, hours=400, budget=200_000)
    return [
        ("", f"{costs.premium_usd:,.0f} USD"),
        ("", f"{costs.operations_usd:,.0f} USD"),
        ("", f"{costs.break_even_hours:.0f}"),
        (printed.tier.split()[0].lower(), tier_for(nodes=2, costs=costs).split()[0]),
    ]


def err28() -> Rows:
    """Rounding down before rounding up."""
    needed = training_state(5.03e9).total_bytes
    return [
        (f"{int(needed / 1e9)}", f"{needed / 1e9:.2f}"),
        (
            str(book(billions=5.03).accelerators),
            str(accelerators_for(needed, accelerator_bytes=80e9, headroom=0)),
        ),
        (f"{int(79.6)}", f"{79.6:.1f}"),
    ]


def err29() -> Rows:
    """A tenth of each accelerator kept free."""
    state = {billions: training_state(billions * 1e9).total_bytes for billions in (15, 70)}
    counts = [
        (
            str(book(billions=billions).accelerators),
            str(accelerators_for(needed, accelerator_bytes=80e9)),
        )
        for billions, needed in state.items()
    ]
    assert state[15] == 240e9
    held = f"{state[70] / 1e9:,.0f}"
    return [*counts, (held, held)]


def err30() -> Rows:
    """Bytes of training and of serving."""
    trained, served = training_state(13e9).total_bytes, serving_state(13e9).total_bytes
    printed = book(billions=13, requests=600, axis="serving")
    return [
        (f"{trained / 1e9:.0f}", f"{served / 1e9:.0f}"),
        (
            str(printed.accelerators_for_model),
            str(accelerators_for(served, accelerator_bytes=80e9)),
        ),
    ]


def err31() -> Rows:
    """Larger of two, and product."""
    size = size_serving(
        serving_state(70e9), requests_per_s=200, requests_per_s_per_replica=40, device=DEVICE
    )
    each = size.accelerators_per_replica
    larger = max(each, size.replicas)
    return [
        (str(each), str(each)),
        (str(larger), str(size.accelerators)),
        (str(size.replicas), str(larger // each)),
    ]


def err32() -> Rows:
    """Two rates of one replica."""
    printed = str(book(billions=13, requests=600, axis="serving").accelerators)
    return [
        (
            printed,
            str(
                size_serving(
                    serving_state(13e9),
                    requests_per_s=600,
                    requests_per_s_per_replica=rate,
                    device=DEVICE,
                ).replicas
            ),
        )
        for rate in (40, 20)
    ]


def err33() -> Rows:
    """Copied and sharded state."""
    copied, sharded = (
        training_state_per_rank(7e9, ranks=2, sharding=sharding).total_bytes
        for sharding in (Sharding.NONE, Sharding.ZERO_3)
    )
    printed = book(billions=7, terabytes=0.02, axis="training", hours=30, budget=5_000)
    assert (printed.accelerators, printed.framework) == (2, "PyTorch DDP, DeepSpeed")
    assert copied > DEVICE.memory_bytes > sharded
    right = size_training(training_state(7e9), device=DEVICE)
    return [(f"{copied / 1e9:.0f}", f"{sharded / 1e9:.0f}"), (printed.axis, right.axis)]


def pretraining() -> FlopBudget:
    """Return the work of profile B against its hours."""
    return flop_budget(
        training_flop(70e9, tokens=1e12),
        accelerators=14,
        hours=400,
        peak_flop_per_s=989e12,
        mfu=0.40,
    )


def err34() -> Rows:
    """Work against hours."""
    budget = pretraining()
    printed = str(book(billions=70, terabytes=4, hours=400).accelerators)
    billed = rent_usd(accelerators=14, hours=1, usd_per_hour=1, per_node=8)
    return [
        ("", f"{budget.needed_flop:.1e}".replace("e+", "e")),
        ("", f"{budget.available_flop:.1e}".replace("e+", "e")),
        ("", f"{budget.needed_over_available:.0f}"),
        (printed, str(budget.accelerators_needed)),
        (printed, f"{billed:.0f}"),
    ]


def err35() -> Rows:
    """A rate to keep."""
    size = size_data(
        30e12,
        duration_s=12 * 3600,
        bytes_per_s_per_worker=50e6,
        workers_per_node=16,
        storage_bytes_per_node=8e12,
    )
    printed = book(terabytes=30, axis="data", hours=12, budget=2_000)
    return [
        ("", f"{size.bytes_per_s / 1e6:.0f}"),
        ("", str(size.workers)),
        (str(printed.accelerators), "0"),
    ]


def err36() -> Rows:
    """Whole nodes."""
    printed = book(billions=7, terabytes=0.02, axis="training", hours=30, budget=5_000)
    rent = rent_usd(accelerators=2, hours=30, usd_per_hour=2.5, per_node=8)
    return [(f"{printed.raw_usd:.0f} USD", f"{rent:.0f} USD")]


FIGURES: dict[str, Callable[[], Rows]] = {
    "ERR26": err26,
    "ERR27": err27,
    "ERR28": err28,
    "ERR29": err29,
    "ERR30": err30,
    "ERR31": err31,
    "ERR32": err32,
    "ERR33": err33,
    "ERR34": err34,
    "ERR35": err35,
    "ERR36": err36,
}

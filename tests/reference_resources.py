"""Named quantities of memory, arithmetic, cost, failures and energy, as calls of the library."""

from collections.abc import Callable
from typing import Any

from capstone_report.perfmodel.checkpointing import (
    daly_interval,
    exact_interval,
    expected_wall_time,
    mtbf_of_nodes,
    spot_break_even_price_ratio,
    young_interval,
)
from capstone_report.perfmodel.cost import BreakEven, Offer, build_versus_buy
from capstone_report.perfmodel.energy import EnergyMethod, energy
from capstone_report.perfmodel.flops import (
    array_mebibytes,
    array_megabytes,
    flop_budget,
    gemm_intensity,
    training_flop,
)
from capstone_report.perfmodel.memory import (
    Sharding,
    activation_bytes_per_layer,
    kv_cache_bytes_per_token,
    serving_state,
    training_state,
    training_state_per_rank,
)
from capstone_report.perfmodel.roofline import Machine, Step, place
from capstone_report.perfmodel.sizing import Device, size_serving, size_training

Inputs = dict[str, Any]


def _training_accelerators(given: Inputs) -> int:
    device = Device(memory_bytes=given["accelerator_bytes"])
    state = training_state(given["params"])
    return size_training(state, device=device, headroom=0).accelerators


def _serving_accelerators(given: Inputs) -> dict[str, int]:
    size = size_serving(
        serving_state(given["params"]),
        requests_per_s=given["qps"],
        requests_per_s_per_replica=given["qps_per_replica"],
        device=Device(memory_bytes=given["accelerator_bytes"]),
        headroom=0,
    )
    return {
        "accelerators_per_replica": size.accelerators_per_replica,
        "replicas": size.replicas,
        "accelerators": size.accelerators,
    }


def _kv_cache_bytes_per_token(given: Inputs) -> float:
    return kv_cache_bytes_per_token(
        layers=given["L"],
        kv_heads=given["kv"],
        head_dimension=given["d"],
        bytes_per_element=given["bytes"],
    )


def _zero_bytes_per_rank(given: Inputs) -> dict[str, float]:
    names = dict(zip(("dp", "z1", "z2", "z3"), Sharding, strict=True))
    return {
        name: training_state_per_rank(given["P"], ranks=given["N"], sharding=sharding).total_bytes
        for name, sharding in names.items()
    }


def _activation_bytes_per_layer(given: Inputs) -> float:
    return activation_bytes_per_layer(
        sequence=given["s"],
        batch=given["b"],
        hidden=given["h"],
        heads=given["a"],
        tensor_parallel=given.get("t", 1),
    )


def _training_flop_budget(given: Inputs) -> dict[str, float]:
    budget = flop_budget(
        training_flop(given["N"], tokens=given["D"]),
        accelerators=given["gpus"],
        hours=given["h"],
        peak_flop_per_s=given["peak"],
        mfu=given["mfu"],
    )
    return {"flops": budget.available_flop, "ratio": budget.needed_over_available}


def _compared(given: Inputs) -> BreakEven:
    return build_versus_buy(
        accelerators=given["g"],
        usd_per_hour=given["c"],
        hours=given.get("h", 0),
        premium=given["m"],
        ops_hours=given["T_ops"],
        ops_usd_per_hour=given["v"],
    )


def _build_versus_buy_break_even(given: Inputs) -> dict[str, float | None] | None:
    result = _compared(given)
    if result.break_even_hours is None:
        return None
    return {
        "hours": result.break_even_hours,
        "accelerator_hours": result.break_even_unit_hours,
        "C_equal": result.break_even_usd,
    }


def _build_versus_buy_choice(given: Inputs) -> dict[str, object]:
    result = _compared(given)
    names = {Offer.MANAGED: "managed", Offer.SELF_MANAGED: "self"}
    return {
        "premium": result.premium_usd,
        "ops": result.operations_usd,
        "choice": names[result.cheaper],
    }


def _checkpoint_interval(given: Inputs) -> dict[str, float]:
    arguments = {"checkpoint_s": given["C"], "mtbf_s": given["M"]}
    return {
        "young": young_interval(**arguments),
        "daly": daly_interval(**arguments),
        "exact": exact_interval(**arguments),
    }


def _checkpoint_wall_time(given: Inputs) -> dict[str, float]:
    result = expected_wall_time(
        work_s=given["Ts"],
        interval_s=given["tau"],
        checkpoint_s=given["C"],
        restart_s=given["R"],
        mtbf_s=given["M"],
    )
    return {"wall": result.wall_s, "slowdown": result.slowdown}


def _energy_carbon(given: Inputs) -> dict[str, float]:
    result = energy(
        hours=given["hours"],
        processors=given["procs"],
        watts_per_processor=given["watts"],
        pue=given["pue"],
        kg_per_kwh=given["kg_per_kwh"],
        method=EnergyMethod.MEASURED_NODE,
    )
    return {"kwh": result.kwh, "tco2e": result.tonnes_co2e}


def _roofline_verdict(given: Inputs) -> dict[str, object]:
    step = Step(
        flop=given["W"],
        memory_bytes=given["Q"],
        network_bytes=given["Qnet"],
        network_bytes_per_s=given["Bnet"],
        message_latency_s=given["alpha"],
    )
    result = place(step, Machine(flop_per_s=given["pi"], bytes_per_s=given["beta"]))
    return {
        "I": result.intensity,
        "local_verdict": result.side,
        "t_comp": result.compute_s,
        "t_mem": result.memory_s,
        "t_net": result.communication_s,
    }


def _gemm_intensity(given: Inputs) -> float:
    n = given["n"]
    return gemm_intensity(rows=n, columns=n, inner=n, bytes_per_element=given["bytes_per_element"])


QUANTITIES: dict[str, Callable[[Inputs], object]] = {
    "activation_bytes_per_layer": _activation_bytes_per_layer,
    "build_versus_buy_break_even": _build_versus_buy_break_even,
    "build_versus_buy_choice": _build_versus_buy_choice,
    "checkpoint_interval": _checkpoint_interval,
    "checkpoint_wall_time": _checkpoint_wall_time,
    "energy_carbon": _energy_carbon,
    "float64_array_size": lambda given: {
        "MiB": array_mebibytes(given["n"]),
        "MB": array_megabytes(given["n"]),
    },
    "gemm_intensity": _gemm_intensity,
    "kv_cache_bytes_per_token": _kv_cache_bytes_per_token,
    "mtbf_of_nodes": lambda given: mtbf_of_nodes(given["node_h"], nodes=given["N"]),
    "ridge_intensity": lambda given: (
        Machine(flop_per_s=given["pi"], bytes_per_s=given["beta"]).ridge
    ),
    "roofline_verdict": _roofline_verdict,
    "serving_accelerators": _serving_accelerators,
    "spot_break_even_price_ratio": lambda given: spot_break_even_price_ratio(given["slowdown"]),
    "training_accelerators": _training_accelerators,
    "training_flop_budget": _training_flop_budget,
    "training_flops": lambda given: training_flop(given["N"], tokens=given["D"]),
    "training_state_bytes": lambda given: training_state(given["params"]).total_bytes,
    "zero_bytes_per_rank": _zero_bytes_per_rank,
}
"""Quantity -> the call that gives it, in the units and names of the reference values."""

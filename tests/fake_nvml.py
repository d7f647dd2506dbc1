"""The functions of NVML that capstone asks, for GPUs that nobody has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

NVLINK_CAPS, OK, NOT_SUPPORTED, SYSTEM = 2, 0, 5, 50


class NotSupportedError(Exception):
    """What NVML raises where it cannot tell."""


@dataclass(slots=True, kw_only=True)
class FakeGpu:
    """One invented GPU; None is what it does not support."""

    uuid: str = "GPU-11111111-2222-3333-4444-555555555555"
    name: str = "NVIDIA Invented 100"
    power_mw: int | None = 700_000
    ecc: list[int] | None = field(default_factory=lambda: [1, 1])
    millijoules: int | None = 5_000_000
    reasons: int = 0x1
    pids: list[int] = field(default_factory=list)


class FakeNvml:
    """A driver with invented GPUs, linked by NVLink where `linked` and else across NUMA nodes.

    Functions named in `refused`, and all that are not invented here, raise as an old driver's do.
    """

    NVMLError: type[Exception] = NotSupportedError

    def __init__(
        self,
        *gpus: FakeGpu,
        driver: bool = True,
        linked: bool = True,
        refused: tuple[str, ...] = (),
    ) -> None:
        """Have these GPUs."""
        p2p = OK if linked else NOT_SUPPORTED
        self._refused = refused
        self._answers: dict[str, Callable[..., Any]] = {
            "Init": lambda: supported("yes" if driver else None),
            "DeviceGetCount": lambda: len(gpus),
            "DeviceGetHandleByIndex": lambda index: supported(dict(enumerate(gpus)).get(index)),
            "DeviceGetHandleByUUID": lambda uuid: supported({g.uuid: g for g in gpus}.get(uuid)),
            "SystemGetDriverVersion": lambda: "570.86.15",
            "SystemGetCudaDriverVersion_v2": lambda: 12080,
            "DeviceGetName": lambda gpu: gpu.name,
            "DeviceGetUUID": lambda gpu: gpu.uuid,
            "DeviceGetMemoryInfo": lambda _: SimpleNamespace(total=80 * 2**30),
            "DeviceGetMaxClockInfo": lambda _, domain: {1: 1980, 2: 2619}[domain],
            "DeviceGetMaxPcieLinkGeneration": lambda _: 5,
            "DeviceGetMaxPcieLinkWidth": lambda _: 16,
            "DeviceGetEnforcedPowerLimit": lambda gpu: supported(gpu.power_mw),
            "DeviceGetEccMode": lambda gpu: supported(gpu.ecc),
            "DeviceGetPersistenceMode": lambda _: 0,
            "DeviceGetP2PStatus": lambda *ask: p2p if ask[2] == NVLINK_CAPS else NOT_SUPPORTED,
            "DeviceGetTopologyCommonAncestor": lambda *_: SYSTEM,
            "DeviceGetTotalEnergyConsumption": lambda gpu: supported(gpu.millijoules),
            "DeviceGetCurrentClocksEventReasons": lambda gpu: gpu.reasons,
            "DeviceGetComputeRunningProcesses": lambda gpu: [
                SimpleNamespace(pid=pid) for pid in gpu.pids
            ],
        }

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function of NVML by its name."""
        short = name.removeprefix("nvml")
        unknown = short in self._refused or short not in self._answers
        return (lambda *_: supported(None)) if unknown else self._answers[short]


def supported(value: Any) -> Any:  # noqa: ANN401 - whatever NVML answers
    """Return a value, or refuse where there is none."""
    if value is None:
        raise NotSupportedError
    return value

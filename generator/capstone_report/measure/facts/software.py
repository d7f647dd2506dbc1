"""What is known of the software: every installed package as one hash, and what torch says of itself.

torch is asked in a process of its own: capstone never imports it.
"""

import hashlib
import json
import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import distributions

from capstone_report.measure.facts.allowed import Found
from capstone_report.units import Seconds

HASH_DIGITS = 16
TORCH_LIMIT_S: Seconds = 60.0
ASK_TORCH = """
import hashlib, json, re, torch
shown = torch.__config__.show()
nccl = torch.cuda.nccl.version() if torch.cuda.is_available() else None
cudnn = torch.backends.cudnn.version()
blas = re.search(r"BLAS_INFO=(\\w+)", shown)
print(json.dumps({
    "torch.cuda": torch.version.cuda,
    "torch.cudnn": cudnn and str(cudnn),
    "torch.nccl": nccl and ".".join(map(str, nccl)),
    "torch.blas": blas and blas[1],
    "torch.vectors": torch.backends.cpu.get_cpu_capability(),
    "torch.matmul": torch.get_float32_matmul_precision(),
    "torch.build": hashlib.sha256(shown.encode()).hexdigest()[:16],
}))
"""


@cache
def lasting(*, with_torch: bool) -> Found:
    """Return what stays as long as nobody installs anything; torch is asked when `with_torch`."""
    return {
        "python.build": f"{platform.python_implementation()} {platform.python_compiler()}",
        "packages.sha256": _all_packages(),
        **(asked_of_torch(sys.executable) if with_torch else {}),
    }


def asked_of_torch(python: str) -> Found:
    """Return what torch says of itself in a Python; nothing where it cannot be imported."""
    try:
        answer = subprocess.run(
            [python, "-c", ASK_TORCH],
            capture_output=True,
            text=True,
            timeout=TORCH_LIMIT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        told = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return {str(name): None if value is None else str(value) for name, value in told.items()}


def _all_packages() -> str:
    """Return a hash of the names and versions of everything that is installed."""
    lines = sorted({f"{found.name}=={found.version}" for found in distributions()})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:HASH_DIGITS]

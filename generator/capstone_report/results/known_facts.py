"""The facts of machine and software that a record may hold: their names, words and shapes.

What is not listed here, or not shaped as it says, is never recorded: no host, user, path or address.
"""

from dataclasses import dataclass

WORDS = r"[\w .,+()/-]{1,80}"
VERSION = r"\w[\w.+-]{0,39}"
HASH = r"[0-9a-f]{16}"
COUNT = r"\d{1,6}"
NUMBERS = r"\d[\d,-]{0,999}"
FREQUENCY = r"[\d. ,]{1,200} MHz"
SWITCH = r"on|off"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """One fact: what a reader calls it, and what its values look like."""

    words: str
    shape: str
    """The regular expression that a value matches as a whole."""
    matters: bool = True
    """Whether runs with different values may have measured different things."""


def per_gpu(shape: str) -> str:
    """Return the shape of a value that all GPUs share, or of one value for each."""
    return rf"(?:{shape})|(?:\d+: (?:{shape})(?:; )?)+"


KNOWN_FACTS = {
    "os.release": KnownFact(words="operating system", shape=WORDS),
    "os.libc": KnownFact(words="C library", shape=VERSION + r" [\d.]+"),
    "os.container": KnownFact(words="container", shape="docker|podman"),
    "os.virtual": KnownFact(words="virtual machine", shape="yes|no"),
    "python.build": KnownFact(words="Python's build", shape=WORDS),
    "packages.sha256": KnownFact(words="all installed packages, hashed", shape=HASH),
    "torch.cuda": KnownFact(words="torch's CUDA", shape=VERSION),
    "torch.cudnn": KnownFact(words="torch's cuDNN", shape=VERSION),
    "torch.nccl": KnownFact(words="torch's NCCL", shape=VERSION),
    "torch.blas": KnownFact(words="torch's BLAS", shape=WORDS),
    "torch.vectors": KnownFact(words="torch's vector instructions", shape=VERSION),
    "torch.matmul": KnownFact(words="torch's float32 products", shape="highest|high|medium"),
    "torch.build": KnownFact(words="torch's build, hashed", shape=HASH),
    "cpu.sockets": KnownFact(words="sockets", shape=COUNT),
    "cpu.smt": KnownFact(words="simultaneous multithreading", shape=SWITCH),
    "cpu.governor": KnownFact(words="governor", shape=r"[a-z_]+(?:, [a-z_]+)*"),
    "cpu.driver": KnownFact(words="frequency driver", shape=r"[\w-]+"),
    "cpu.turbo": KnownFact(words="turbo", shape=SWITCH),
    "cpu.lowest": KnownFact(words="lowest frequency allowed", shape=FREQUENCY),
    "cpu.highest": KnownFact(words="highest frequency allowed", shape=FREQUENCY),
    "cpu.now": KnownFact(words="frequency at the start", shape=FREQUENCY, matters=False),
    "cpu.microcode": KnownFact(words="microcode", shape=r"0x[0-9a-f]+"),
    "cpu.mitigations": KnownFact(words="mitigations", shape=rf"\d+ of \d+, {HASH}"),
    "cpu.numa": KnownFact(words="NUMA nodes", shape=rf"{NUMBERS}(?:; {NUMBERS})*"),
    "cpu.affinity": KnownFact(words="cores allowed", shape=NUMBERS),
    "cpu.quota": KnownFact(words="CPU quota", shape=r"none|[\d.]+ cores"),
    "memory.limit": KnownFact(words="memory limit", shape=r"none|\d+ B"),
    "memory.huge_pages": KnownFact(words="huge pages", shape=r"\d+ of \d+ kB"),
    "memory.transparent": KnownFact(words="transparent huge pages", shape="always|madvise|never"),
    "memory.swap": KnownFact(words="swap", shape=r"none|\d+ B"),
    "gpu.driver": KnownFact(words="GPU driver", shape=VERSION),
    "gpu.cuda": KnownFact(words="CUDA of the driver", shape=r"\d+\.\d+"),
    "gpu.memory": KnownFact(words="GPU memory", shape=per_gpu(r"\d+ B")),
    "gpu.highest": KnownFact(words="highest GPU clocks", shape=per_gpu(r"\d+, \d+ MHz")),
    "gpu.clocks": KnownFact(words="GPU clocks asked for", shape=per_gpu(r"\d+, \d+ MHz")),
    "gpu.power": KnownFact(words="GPU power cap", shape=per_gpu(r"[\d.]+ W")),
    "gpu.ecc": KnownFact(words="GPU ECC", shape=per_gpu(SWITCH)),
    "gpu.mig": KnownFact(words="GPU MIG", shape=per_gpu(SWITCH)),
    "gpu.persistence": KnownFact(words="GPU persistence", shape=per_gpu(SWITCH), matters=False),
    "gpu.pcie": KnownFact(words="PCIe of the GPUs", shape=per_gpu(r"\d+ x\d+")),
    "gpu.ids": KnownFact(words="which GPUs, hashed", shape=HASH),
    "gpu.topology": KnownFact(words="GPU links", shape=r"[\w -]+(?:; [\w -]+)*"),
    "network.links": KnownFact(words="network links", shape=r"[\dA-Za-z/, ;]+"),
    "network.rdma": KnownFact(words="RDMA devices", shape=COUNT),
    "storage.filesystem": KnownFact(words="file system of the study", shape=r"[\w.-]{1,30}"),
    "storage.options": KnownFact(words="its mount options", shape=r"[a-z_]+(?:,[a-z_]+)*"),
    "storage.kind": KnownFact(words="its storage", shape="solid state|rotating|network|memory"),
    "cluster.machines": KnownFact(words="machines like it", shape=COUNT, matters=False),
    "timer.resolution": KnownFact(words="timer's resolution", shape=r"\d+ ns", matters=False),
    "timer.cost": KnownFact(words="a reading of the timer", shape=r"\d+ ns", matters=False),
}
"""By name; the part before the dot is the group that it is shown in."""

"""What `capstone size` assumes where nothing is declared."""

from collections.abc import Mapping
from typing import cast

from capstone_report.calculators.assumptions import Assumption, undeclared
from capstone_report.calculators.kv_cache import has_shape
from capstone_report.calculators.size import SizeInputs
from capstone_report.perfmodel.footprint import DEFAULT_HEADROOM
from capstone_report.perfmodel.memory import BYTES_PER_KV_ELEMENT, TrainingRecipe

# An H100 (SXM): its memory, its dense bf16 peak, and the share of the peak that large trainings reach.
USUAL_MEMORY_BYTES = 80e9
USUAL_PEAK_FLOP_PER_S = 989e12
USUAL_MFU = 0.4
USUAL_PER_NODE = 8
USUAL_RECIPE = TrainingRecipe.MIXED_ADAM
USUAL_PRECISION = "bf16"
USUAL_TRAINER, USUAL_SERVER = "train.py", "serve.py"

TRAINING = Assumption(name="mode", value="train", words="that it is trained, not served")
MEMORY = Assumption(
    name="accelerator_memory", value=USUAL_MEMORY_BYTES, words="accelerators of 80 GB"
)
PEAK = Assumption(
    name="peak_flops", value=USUAL_PEAK_FLOP_PER_S, words="a peak of 989 TFLOP/s, dense in bf16"
)
MFU = Assumption(name="mfu", value=USUAL_MFU, words="that 40 % of the peak is reached")
PER_NODE = Assumption(name="per_node", value=USUAL_PER_NODE, words="8 accelerators in a node")
HEADROOM = Assumption(
    name="headroom", value=DEFAULT_HEADROOM, words="10 % of each accelerator kept free"
)
RECIPE = Assumption(name="recipe", value=USUAL_RECIPE.value, words="Adam in mixed precision")
PRECISION = Assumption(name="precision", value=USUAL_PRECISION, words="weights in bf16")
REQUESTS = Assumption(name="qps", value=1.0, words="requests that one replica answers")
ELEMENT = Assumption(
    name="kv_bytes_per_element",
    value=BYTES_PER_KV_ELEMENT,
    words="2 bytes for an element of the cache",
)
TRAIN_PROGRAM = Assumption(name="program", value=USUAL_TRAINER, words="a program called train.py")
SERVE_PROGRAM = Assumption(name="program", value=USUAL_SERVER, words="a program called serve.py")

OF_ANY = (MEMORY, PER_NODE, HEADROOM)
OF_TRAINING = (TRAINING, *OF_ANY, RECIPE)
OF_TOKENS = (PEAK, MFU)
OF_SERVING = (*OF_ANY, PRECISION, REQUESTS)


def assumed(given: SizeInputs) -> tuple[Assumption, ...]:
    """Return what stands in for the options that are absent, where it moves the answer."""
    if given["mode"] == "serve":
        cache = (ELEMENT,) if given["kv_cache_bytes"] is None and has_shape(given) else ()
        candidates = (*OF_SERVING, *cache, SERVE_PROGRAM)
    else:
        work = OF_TOKENS if given["tokens"] is not None else ()
        candidates = (*OF_TRAINING, *work, TRAIN_PROGRAM)
    return undeclared(cast("Mapping[str, object]", given), candidates)

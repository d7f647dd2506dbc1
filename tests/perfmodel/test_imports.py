"""What it costs to import a formula: no numerical library, until one is needed."""

import subprocess
import sys

RESAMPLED = (
    *("fastest_size", "further_runs", "median_bootstrap", "model_choice", "relative_fit"),
    *("scaling_bootstrap", "scaling_models"),
)
"""What fits or resamples thousands of studies at once is numpy throughout."""


def test_no_formula_loads_a_numerical_library_before_it_needs_one() -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        "from capstone_report import perfmodel\n"
        "found = pkgutil.walk_packages(perfmodel.__path__, perfmodel.__name__ + '.')\n"
        f"resampled = {RESAMPLED}\n"
        "names = [m.name for m in found if m.name.rpartition('.')[2] not in resampled]\n"
        "names = [importlib.import_module(name).__name__ for name in names]\n"
        "print(len(names) > 20, sorted({'numpy', 'ruptures', 'scipy', 'pandas'} & set(sys.modules)))\n"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == ["True", "[]"]

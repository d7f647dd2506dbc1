"""What it costs to import a formula: no numerical library, until one is needed."""

import subprocess
import sys


def test_no_formula_loads_a_numerical_library_before_it_needs_one() -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        "from capstone_report import perfmodel\n"
        "found = pkgutil.walk_packages(perfmodel.__path__, perfmodel.__name__ + '.')\n"
        "names = [importlib.import_module(module.name).__name__ for module in found]\n"
        "print(len(names) > 20, sorted({'numpy', 'ruptures', 'scipy', 'pandas'} & set(sys.modules)))\n"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == ["True", "[]"]

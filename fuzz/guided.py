"""What the fuzzers have alike: kernels that run as plain Python, files to begin from, and libFuzzer's own arguments.

Imported before anything of the project: the compiler reads the environment once, and polars is not to be instrumented.
"""

# ruff: noqa: INP001 - beside scripts

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["NUMBA_DISABLE_JIT"] = "1"

import atheris
import numpy as np
import polars  # noqa: F401, ICN001 - loaded here, so that it is not instrumented

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = Path(__file__).resolve().parent.parent / "tests"


def run(one: Callable[[bytes], None], seeds: Callable[[Path], None]) -> None:
    """Run libFuzzer on ``one``; where no folder of a corpus is named it begins from the files that ``seeds`` writes."""
    np.seterr(over="ignore")  # hashes wrap around, as they do in compiled code
    arguments = sys.argv
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        corpus = Path(tempfile.mkdtemp())
        seeds(corpus)
        arguments = [*arguments, str(corpus)]
    atheris.Setup(arguments, one)
    atheris.Fuzz()

"""The one way in which a kernel of this package is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def kernel(function: _Function) -> _Function:
    """Compile at first use, keep the machine code for later runs, and leave the interpreter to other threads.

    Kernels read no byte beyond the end that they are given. With NUMBA_DISABLE_JIT=1 they run as plain Python, and
    numpy checks that. Without `_nrt`, which numba's own kernels leave out too, they cannot make arrays.
    """
    compiler: Any = numba.njit
    return cast("_Function", compiler(cache=True, nogil=True, _nrt=False)(function))

"""The one way in which kernels, loops over arrays in machine code, are compiled.

With NUMBA_DISABLE_JIT=1 they run as plain Python, and numpy checks each index: tests do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]
# A number of any width as a signed one of 64 bits, so that arithmetic neither wraps nor turns to fractions: to numba
# the sum of an unsigned number and a signed one is a fraction.
signed = cast("Callable[[Any], int]", np.int64)
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def kernel(function: _Function) -> _Function:
    """Compile at first use, keep the machine code for later runs, and leave the interpreter to other threads.

    For what Python calls; see :func:`inner` and :func:`inlined`. Kernels never trust a length: each checks that what it
    is about to read or write lies within its array before it does.
    """
    return _compiled(function)


def inner(function: _Function) -> _Function:
    """Compile as :func:`kernel` does, for kernels alone: without the way in from Python, which takes long to make."""
    return _compiled(function, no_cpython_wrapper=True)


def inlined(function: _Function) -> _Function:
    """Compile as :func:`kernel` does, for use within kernels only: its body takes the place of each call.

    To hand over a dozen arrays costs more than what such a function does.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: _Function, **wanted: bool) -> _Function:
    # Without `_nrt` (the runtime that counts references to arrays) kernels cannot make arrays, and run up to three
    # times as fast: counting took two thirds of their time. numba uses the option for its own kernels, and types do not
    # know it. No C code calls kernels, so that they need no way in from there (`no_cfunc_wrapper`).
    compiler: Any = numba.njit
    options = {"nogil": True, "no_cfunc_wrapper": True, "_nrt": False, **wanted}
    try:
        return cast("_Function", compiler(cache=True, **options)(function))
    except RuntimeError:
        # Nowhere to keep machine code: neither beside the source nor in the user's folder, nor where NUMBA_CACHE_DIR
        # says. It is compiled anew in each run then.
        return cast("_Function", compiler(**options)(function))

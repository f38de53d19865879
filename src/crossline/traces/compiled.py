"""The one way in which a kernel that reads traceroutes is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]
# A number of an array as a whole number with a sign: sums of those without one and those with are fractions to numba.
wide = cast("Callable[[Any], int]", np.int64)
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def kernel(function: _Function) -> _Function:
    """Compile at first use, keep the machine code for later runs, and leave the interpreter to other threads.

    For what Python calls; see :func:`inner`.

    Kernels make no arrays (``_nrt``, the runtime that counts references to them, is left out), and check that what
    they are about to read or write lies within its array before they do.
    """
    return _compiled(function, called=True)


def inner(function: _Function) -> _Function:
    """Compile as :func:`kernel` does, for kernels alone: without the way in from Python, which takes long to make."""
    return _compiled(function, called=False)


def _compiled(function: _Function, *, called: bool) -> _Function:
    compiler: Any = numba.njit
    wanted = {"no_cpython_wrapper": not called, "no_cfunc_wrapper": True}
    return cast("_Function", compiler(cache=True, nogil=True, _nrt=False, **wanted)(function))

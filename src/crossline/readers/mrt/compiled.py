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

    Kernels never trust a length: each checks that what it is about to read lies within the record, and the record
    within the buffer, before it reads. With NUMBA_DISABLE_JIT=1 they run as plain Python, and numpy checks that.
    """
    return cast("_Function", _compile(function, inline=False))


def inlined(function: _Function) -> _Function:
    """Compile as :func:`kernel` does, for use within kernels only: its body takes the place of each call.

    To hand over a dozen arrays costs more than what such a function does.
    """
    return cast("_Function", _compile(function, inline=True))


def _compile(function: Callable[..., Any], *, inline: bool) -> object:
    # Without `_nrt` (the runtime that counts references to arrays) kernels cannot make arrays, and run three times
    # as fast: counting took two thirds of their time. numba uses the option for its own kernels, and types do not
    # know it.
    compiler: Any = numba.njit
    return compiler(cache=True, nogil=True, forceinline=inline, _nrt=False)(function)

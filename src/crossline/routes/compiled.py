"""The one way in which a kernel of this package is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]
_Function = TypeVar("_Function", bound="Callable[..., Any]")


def kernel(function: _Function) -> _Function:
    """Compile at first use, keep the machine code for later runs, and leave the interpreter to other threads.

    Kernels make no arrays, so they need none of the runtime that counts references to them (``_nrt``): half of the
    time would go there. With NUMBA_DISABLE_JIT=1 they run as plain Python.
    """
    compiler: Any = numba.njit
    return cast("_Function", compiler(cache=True, nogil=True, _nrt=False)(function))


@kernel
def signed(value: Any) -> int:  # noqa: ANN401 - a number as numpy or Python has it
    """Return a number of any width as a signed one of 64 bits, so that arithmetic neither wraps nor turns to floats."""
    return np.int64(value)  # type: ignore[return-value]  # kernels know no other integer

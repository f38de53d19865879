"""Several octets at once: what numba would do one by one, with a check of each index.

Each function stands here as Python, for runs without the compiler, and again as the instructions that take its place.
The caller has checked that the octets are there.
"""

# ruff: noqa: ANN001, ANN202, ANN401, ARG001, PLR0913, PLR0917, PLW0108 - signatures are what numba asks for

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.compiled import Array

PIECE: Final = 64  # octets that `copy` moves at a time
_WORD: Final = ir.IntType(64)


def two(data: Array, at: int) -> int:
    """Return the 16-bit number at ``at``, in network order."""
    return int.from_bytes(data[int(at) : int(at) + 2].tobytes())


def four(data: Array, at: int) -> int:
    """Return the 32-bit number at ``at``, in network order."""
    return int.from_bytes(data[int(at) : int(at) + 4].tobytes())


def eight(data: Array, at: int) -> np.uint64:
    """Return the 64-bit number at ``at``, in network order."""
    return np.uint64(int.from_bytes(data[int(at) : int(at) + 8].tobytes()))


def copy(out: Array, at: int, source: Array, start: int) -> None:
    """Copy :data:`PIECE` octets from place ``start`` of ``source`` to place ``at`` of ``out``, another array."""
    out[int(at) : int(at) + PIECE] = source[int(start) : int(start) + PIECE]


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any, target: Any) -> Any:
    """Return a pointer to octet ``at`` of an array of octets, as one to ``target``."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), target.as_pointer())


def _is_octets(kind: object) -> bool:
    return isinstance(kind, types.Array) and kind.dtype == types.uint8 and kind.ndim == 1 and kind.layout == "C"


def _number(octets: int, result: Any) -> Any:
    kind = ir.IntType(8 * octets)

    @intrinsic
    def take(typing_context: object, data: Any, at: object) -> tuple[object, Callable[..., Any]]:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], kind)
            value = builder.bswap(builder.load(pointer, align=1))
            return builder.zext(value, _WORD) if kind.width < _WORD.width else value

        return result(data, types.int64), generate

    return take


_two: Final = _number(2, types.int64)
_four: Final = _number(4, types.int64)
_eight: Final = _number(8, types.uint64)


@intrinsic
def _copy(
    typing_context: object, out: Any, at: object, source: Any, start: object
) -> tuple[object, Callable[..., Any]]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(ir.IntType(8), PIECE)
        to = _pointer(context, builder, signature.args[0], arguments[0], arguments[1], kind)
        from_ = _pointer(context, builder, signature.args[2], arguments[2], arguments[3], kind)
        builder.store(builder.load(from_, align=1), to, align=1)
        return context.get_dummy_value()

    return types.void(out, types.int64, source, types.int64), generate


_OPTIONS: Final[Any] = {"forceinline": True, "_nrt": False, "nogil": True}  # see `compiled`


@overload(two, jit_options=_OPTIONS)
def _(data, at):  # type: ignore[no-untyped-def]
    return (lambda data, at: _two(data, at)) if _is_octets(data) else None


@overload(four, jit_options=_OPTIONS)
def _(data, at):  # type: ignore[no-untyped-def]
    return (lambda data, at: _four(data, at)) if _is_octets(data) else None


@overload(eight, jit_options=_OPTIONS)
def _(data, at):  # type: ignore[no-untyped-def]
    return (lambda data, at: _eight(data, at)) if _is_octets(data) else None


@overload(copy, jit_options=_OPTIONS)
def _(out, at, source, start):  # type: ignore[no-untyped-def]
    if _is_octets(out) and _is_octets(source):
        return lambda out, at, source, start: _copy(out, at, source, start)  # type: ignore[call-arg]
    return None

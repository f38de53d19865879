"""Rows of lanes, worked on as one vector each: the instructions that routing kernels are made of.

A row is ``width`` neighbouring numbers of an array, one for each destination of a batch. What numba makes of a loop
over them varies by an order of magnitude with how the loop is written; these operations are put into the kernel as
vector instructions of LLVM, which turns them into what the machine at hand has. No C compiler is needed.

An operation is a function that emits instructions::

    def least(lanes: Lanes, into: Row, other: Row) -> None:
        a, b = into.load(U8), other.load(U8)
        into.store(lanes.select(lanes.less(b, a), b, a))

    take_least = operation(256, least)      # in a kernel: take_least(key, 256 * u, key, 256 * v)

A parameter annotated ``Row`` stands for two in the call: an array, and the place in it where the row begins. The others
are plain numbers. Numbers are unsigned throughout.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

U8: Final = ir.IntType(8)
U16: Final = ir.IntType(16)
U32: Final = ir.IntType(32)
U64: Final = ir.IntType(64)
F32: Final = ir.FloatType()
F64: Final = ir.DoubleType()

# Rows begin at multiples of this many bytes where `aligned` made the array, and rows are as long as a multiple of it.
ALIGNED_BYTES: Final = 64
_ASSUMED: Final = 16


def aligned(count: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array of zeros that begins at a multiple of :data:`ALIGNED_BYTES`."""
    size = count * np.dtype(dtype).itemsize
    held = np.zeros(size + ALIGNED_BYTES, np.uint8)
    first = -held.ctypes.data % ALIGNED_BYTES
    return held[first : first + size].view(dtype)


class Row:
    """A row in memory: where a vector is loaded from and stored to."""

    def __init__(self, lanes: Lanes, pointer: Any) -> None:  # noqa: ANN401 - llvmlite has no types
        self.lanes, self.pointer = lanes, pointer

    def load(self, kind: Any) -> Any:  # noqa: ANN401
        """Return the row's numbers, of one of the kinds above, which has to be the array's."""
        vector = ir.PointerType(self.lanes.vector(kind))
        loaded = self.lanes.builder.load(self.lanes.builder.bitcast(self.pointer, vector))
        loaded.align = _ASSUMED
        return loaded

    def store(self, value: Any) -> None:  # noqa: ANN401
        """Write a vector over the row."""
        vector = ir.PointerType(value.type)
        self.lanes.builder.store(value, self.lanes.builder.bitcast(self.pointer, vector)).align = _ASSUMED


class Lanes:
    """What can be said to vectors of ``width`` lanes; whatever is missing, ``builder`` (llvmlite's) has."""

    def __init__(self, builder: Any, width: int) -> None:  # noqa: ANN401
        self.builder, self.width = builder, width

    def vector(self, kind: Any) -> Any:  # noqa: ANN401
        """Return the type of a vector of numbers of a kind."""
        return ir.VectorType(kind, self.width)

    def constant(self, kind: Any, value: float) -> Any:  # noqa: ANN401
        """Return a vector whose lanes are all one known number."""
        return ir.Constant(self.vector(kind), [value] * self.width)

    def every(self, kind: Any, number: Any) -> Any:  # noqa: ANN401
        """Return a vector whose lanes are all a number of the call, made narrower (or a fraction) as the kind wants."""
        if isinstance(kind, ir.IntType) and isinstance(number.type, ir.IntType):
            if number.type.width > kind.width:
                number = self.builder.trunc(number, kind)
            elif number.type.width < kind.width:
                number = self.builder.zext(number, kind)
        elif number.type != kind:
            number = self.builder.fptrunc(number, kind) if kind == F32 else self.builder.fpext(number, kind)
        nothing = ir.Constant(self.vector(kind), ir.Undefined)
        first = self.builder.insert_element(nothing, number, ir.Constant(U32, 0))
        return self.builder.shuffle_vector(
            first, nothing, ir.Constant(ir.VectorType(U32, self.width), [0] * self.width)
        )

    def less(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return where a < b."""
        return self.builder.icmp_unsigned("<", a, b)

    def equal(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return where a = b."""
        return self.builder.icmp_unsigned("==", a, b)

    def unequal(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return where a ≠ b."""
        return self.builder.icmp_unsigned("!=", a, b)

    def select(self, where: Any, then: Any, otherwise: Any) -> Any:  # noqa: ANN401
        """Return ``then`` where a condition holds, else ``otherwise``."""
        return self.builder.select(where, then, otherwise)

    def least(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return the lesser of each pair."""
        return self.select(self.less(b, a), b, a)

    def both(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return the bits, or conditions, that both have."""
        return self.builder.and_(a, b)

    def either(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return the bits, or conditions, that either has."""
        return self.builder.or_(a, b)

    def add(self, a: Any, b: Any) -> Any:  # noqa: ANN401
        """Return the sums of whole numbers."""
        return self.builder.add(a, b)

    def bits(self, where: Any) -> Any:  # noqa: ANN401
        """Return a condition as one whole number, lane 0 in its lowest bit: of 64 lanes, what kernels can loop over."""
        return self.builder.bitcast(where, ir.IntType(self.width))

    def any(self, where: Any) -> Any:  # noqa: ANN401
        """Return 1 if a condition holds in any lane, else 0, as an unsigned byte."""
        bits = self.bits(where)
        return self.builder.zext(self.builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0)), U8)


def operation(width: int, emit: Callable[..., Any], result: Any = types.void) -> Any:  # noqa: ANN401
    """Return a function for kernels that does to rows of ``width`` lanes what ``emit`` emits.

    ``emit`` takes a :class:`Lanes` and its parameters as rows and numbers, and returns the result's value, if any.
    """
    parameters = list(inspect.signature(emit).parameters.values())[1:]
    names = ["context"]
    for parameter in parameters:
        names += [parameter.name, f"{parameter.name}_at"] if parameter.annotation == "Row" else [parameter.name]

    def typed(_context: Any, *operands: Any) -> Any:  # noqa: ANN401
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
            lanes, taken, given = Lanes(builder, width), [], iter(zip(signature.args, values, strict=True))
            for kind, value in given:
                if isinstance(kind, types.Array):
                    _, place = next(given)
                    first = context.make_array(kind)(context, builder, value).data
                    taken.append(Row(lanes, builder.gep(first, [place])))
                else:
                    taken.append(value)
            returned = emit(lanes, *taken)
            return context.get_dummy_value() if result is types.void else returned

        return result(*operands), generate

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    typed.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    typed.__name__ = emit.__name__
    return intrinsic(typed)


def _lowest_bit(lanes: Lanes, word: Any) -> Any:  # noqa: ANN401
    return lanes.builder.cttz(word, ir.Constant(ir.IntType(1), 1))


# The place of the lowest bit that is set in a word of 64 bits, which is not 0.
lowest_bit = operation(64, _lowest_bit, types.uint64)

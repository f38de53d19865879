"""How a route is chosen, as vector instructions: 256 destinations at once, a byte each (``planes`` has the sweeps).

One byte orders class and length of a route: learned from a customer d, from a peer 64 + d, from a provider 128 + d,
none 255; so that to choose is to take the least. The functions emit instructions, for ``vectors.operation``. In them,
``numbers`` are numbers of rows, and ``plane`` is the place of row 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba.core import cgutils

from crossline.internet.routing.vectors import U8, U64, Lanes, Row, operation

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH: Final = 256
NONE: Final = 255
PEER: Final = 64
PROVIDER: Final = 128
# A byte has six bits for the length, and a route via a neighbour is one longer than the neighbour's.
LONGEST: Final = 61


def for_each(lanes: Lanes, numbers: Row, count: Any, body: Callable[[Any], None]) -> None:  # noqa: ANN401
    """Emit ``body`` as a loop over ``count`` rows; it is given where each begins, in lanes."""
    builder = lanes.builder
    with cgutils.for_range(builder, count) as loop:
        number = builder.load(builder.gep(numbers.pointer, [loop.index]))
        body(builder.mul(builder.zext(number, U64), ir.Constant(U64, lanes.width)))


def at(lanes: Lanes, plane: Row, place: Any) -> Any:  # noqa: ANN401
    """Load the row of bytes that begins so many lanes after another."""
    return Row(lanes, lanes.builder.gep(plane.pointer, [place])).load(U8)


def held(lanes: Lanes, value: Any) -> Any:  # noqa: ANN401
    """Return a variable for a vector, which stays in registers through loops."""
    return cgutils.alloca_once_value(lanes.builder, value)  # type: ignore[no-untyped-call]  # numba has few types


def longer(lanes: Lanes, route: Any, by: int) -> Any:  # noqa: ANN401
    """Return routes with so much added, none (255) staying none."""
    return lanes.add(lanes.least(route, lanes.constant(U8, NONE - by)), lanes.constant(U8, by))


def length_of(lanes: Lanes, route: Any) -> Any:  # noqa: ANN401
    """Return the lengths of routes, 255 for none."""
    none = lanes.constant(U8, NONE)
    return lanes.select(lanes.equal(route, none), none, lanes.both(route, lanes.constant(U8, 63)))


def take_least(lanes: Lanes, best: Any, numbers: Row, count: Any, plane: Row, by: int) -> None:  # noqa: ANN401, PLR0913, PLR0917
    """Emit: make ``best``, a variable, the least of itself and rows of a plane, each made longer."""

    def body(place: Any) -> None:  # noqa: ANN401
        route = at(lanes, plane, place)
        taken = longer(lanes, route, by) if by else route
        lanes.builder.store(lanes.least(lanes.builder.load(best), taken), best)

    for_each(lanes, numbers, count, body)


def take_unrefused(  # noqa: PLR0913, PLR0917
    lanes: Lanes, best: Any, mark: Any, numbers: Row, count: Any, plane: Row, marks: Row, refuse: Any, by: int  # noqa: ANN401
) -> None:  # fmt: skip
    """Emit the same for routes with marks, none of those that are refused; ``mark``, a variable if any, goes along."""
    builder, none = lanes.builder, lanes.constant(U8, NONE)
    refused = lanes.every(U8, refuse)

    def body(place: Any) -> None:  # noqa: ANN401
        carried, route = at(lanes, marks, place), at(lanes, plane, place)
        taken = longer(lanes, route, by) if by else route
        bad = lanes.unequal(lanes.both(carried, refused), lanes.constant(U8, 0))
        taken = lanes.select(bad, none, taken)
        old = builder.load(best)
        better = lanes.less(taken, old)
        builder.store(lanes.select(better, taken, old), best)
        if mark is not None:
            builder.store(lanes.select(better, carried, builder.load(mark)), mark)

    for_each(lanes, numbers, count, body)


def _copied(lanes: Lanes, into: Row, of: Row) -> None:  # noqa: ARG001 - an operation's first parameter
    into.store(of.load(U8))


copy = operation(WIDTH, _copied)

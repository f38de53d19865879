"""Batches of destinations, worked on by several threads, each with buffers of its own."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Say = Callable[[str, float], None]

_Buffers = TypeVar("_Buffers")
_Result = TypeVar("_Result")


def workers(batches: int, threads: int | None) -> int:
    """Return how many threads work on so many batches: where it is left open, as many as there are processors."""
    return max(1, min(threads or os.cpu_count() or 1, batches))


def each(  # noqa: PLR0913, PLR0917 - work, what it needs, and whom to tell
    batches: int, threads: int | None, make: Callable[[], _Buffers], work: Callable[[int, _Buffers], _Result],
    what: str, say: Say | None,
) -> Iterator[_Result]:  # fmt: skip
    """Yield what ``work`` returns for each batch, in their order, so that sums come out the same however many threads.

    ``work`` takes a batch's number and buffers that no other thread uses meanwhile. ``threads`` as of
    :func:`workers`. ``say`` is told, from the calling thread, how far it is.
    """
    at_once = workers(batches, threads)
    free: SimpleQueue[_Buffers] = SimpleQueue()
    for _ in range(at_once):
        free.put(make())

    def one(batch: int) -> _Result:
        held = free.get()
        try:
            return work(batch, held)
        finally:
            free.put(held)

    with ThreadPoolExecutor(at_once) as pool:
        for number, result in enumerate(pool.map(one, range(batches))):
            if say is not None:
                say(what, number / batches)
            yield result

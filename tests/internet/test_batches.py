"""Batches: each is worked on once, with buffers of its own, and results come in order."""

from __future__ import annotations

import threading

import pytest

from crossline.internet.routing import batches


def test_results_come_in_order_and_buffers_are_never_shared() -> None:
    """Whatever thread takes which batch, results are in the batches' order, and no two use the same buffers at once."""
    held: set[int] = set()
    lock, told = threading.Lock(), []

    def work(batch: int, buffer: list[int]) -> int:
        with lock:
            assert id(buffer) not in held
            held.add(id(buffer))
        buffer.append(batch)
        with lock:
            held.remove(id(buffer))
        return batch * batch

    found = list(batches.each(50, 4, list, work, "squares", lambda what, part: told.append((what, part))))
    assert found == [k * k for k in range(50)]
    assert told == [("squares", k / 50) for k in range(50)]
    assert list(batches.each(0, None, list, work, "nothing", None)) == []


def test_what_goes_wrong_in_a_batch_reaches_the_caller() -> None:
    """An error in a thread is raised where results are taken, and ends the work."""

    def work(batch: int, _buffer: list[int]) -> int:
        return 1 // (batch - 3)

    with pytest.raises(ZeroDivisionError):
        list(batches.each(10, 2, list, work, "dividing", None))

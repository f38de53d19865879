"""Bytes as kernels take them, and numbers in the order that zip and dex files have, the least significant first."""

from __future__ import annotations

import mmap

import numpy as np

from crossline.compiled import Array, inlined, signed

Held = bytes | bytearray | mmap.mmap


def view(data: Held) -> Array:
    """Return the bytes as an array that cannot be written to: kernels are compiled for one kind of array, not two."""
    array = np.frombuffer(data, np.uint8)
    array.flags.writeable = False
    return array


@inlined
def two(data: Array, at: int) -> int:
    """Return the 16-bit number at ``at``; the caller has checked that it is there."""
    return signed(data[at]) | signed(data[at + 1]) << 8


@inlined
def four(data: Array, at: int) -> int:
    """Return the 32-bit number at ``at``; the caller has checked that it is there."""
    return signed(data[at]) | signed(data[at + 1]) << 8 | signed(data[at + 2]) << 16 | signed(data[at + 3]) << 24

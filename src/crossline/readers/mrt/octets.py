"""Numbers out of bytes, in network order. The caller has checked that the bytes are there."""

# ruff: noqa: C901 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

import numpy as np

from crossline.compiled import Array, inlined
from crossline.readers.mrt.memory import four


@inlined
def leading(data: Array, at: int, octets: int, bits: int, version: int) -> tuple[np.uint64, np.uint64]:
    """Return the prefix of ``bits`` bits that is written in ``octets`` octets at ``at``, as (high, low).

    Bits beyond the prefix's length say nothing (RFC 4271, 4.3) and are cleared.
    """
    high = np.uint64(0)
    low = np.uint64(0)
    if version == 4:
        if octets >= 4:
            low = np.uint64(four(data, at))
        else:
            for place in range(octets):
                low |= np.uint64(data[at + place]) << np.uint64(24 - 8 * place)
        if bits <= 0:
            low = np.uint64(0)
        elif bits < 32:
            low = (low >> np.uint64(32 - bits)) << np.uint64(32 - bits)
        return high, low
    for place in range(min(octets, 8)):
        high |= np.uint64(data[at + place]) << np.uint64(56 - 8 * place)
    for place in range(8, min(octets, 16)):
        low |= np.uint64(data[at + place]) << np.uint64(120 - 8 * place)
    if bits <= 0:
        high = np.uint64(0)
    elif bits < 64:
        high = (high >> np.uint64(64 - bits)) << np.uint64(64 - bits)
    if bits <= 64:
        low = np.uint64(0)
    elif bits < 128:
        low = (low >> np.uint64(128 - bits)) << np.uint64(128 - bits)
    return high, low

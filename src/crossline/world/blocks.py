"""Which of some blocks of addresses each address lies in: the longest prefix wins (RFC 4632, 5.1)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.inet.parse import FOUR, NONE, parse

if TYPE_CHECKING:
    from collections.abc import Sequence


class Blocks:
    """Blocks of both families, looked up by column: one pass for each length that some prefix has."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        """Take prefixes in any order; raises ValueError for one that is none. Of equal ones the first counts."""
        rows: dict[tuple[int, int], dict[tuple[int, int], int]] = {}
        for number, prefix in enumerate(prefixes):
            block = ipaddress.ip_network(prefix)
            value = int(block.network_address)
            of_length = rows.setdefault((block.version, block.prefixlen), {})
            of_length.setdefault((value >> 64, value & 0xFFFFFFFFFFFFFFFF), number)
        self._rows = dict(sorted(rows.items(), key=lambda item: -item[0][1]))

    def find(self, addresses: pl.Series) -> npt.NDArray[np.int64]:
        """Return the number of the prefix of each address, -1 where there is none or the text is no address."""
        family, high, low = parse(addresses)
        result = np.full(len(family), -1, np.int64)
        for (version, length), blocks in self._rows.items():
            here = np.flatnonzero(
                (family == FOUR if version == 4 else (family != FOUR) & (family != NONE)) & (result < 0)
            )
            if not len(here):
                continue
            upper, lower = _masks(32 if version == 4 else 128, length)
            asked = pl.DataFrame({"high": high[here] & upper, "low": low[here] & lower})
            known = pl.DataFrame(
                [(*key, number) for key, number in blocks.items()],
                schema={"high": pl.UInt64, "low": pl.UInt64, "number": pl.Int64},
                orient="row",
            )
            found = asked.join(known, on=["high", "low"], how="left", maintain_order="left")["number"]
            result[here] = found.fill_null(-1).to_numpy()
        return result


def _masks(bits: int, length: int) -> tuple[np.uint64, np.uint64]:
    mask = ((1 << length) - 1) << (bits - length)
    return np.uint64(mask >> 64), np.uint64(mask & 0xFFFFFFFFFFFFFFFF)

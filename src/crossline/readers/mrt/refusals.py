"""What can be wrong with a piece of a file, as codes that kernels note and sentences that people read."""

# ruff: noqa: PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from crossline.compiled import Array, kernel
from crossline.readers.mrt.columns import REJECTS, REJECTS_LEFT
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CUT_HEADER: Final = 1
CUT_RECORD: Final = 2
NO_HEADER: Final = 3
DATE: Final = 4
TYPE: Final = 5
SHORT: Final = 6
NO_PEERS: Final = 7
PEER: Final = 8
PREFIX_LENGTH: Final = 9
ENTRIES_CUT: Final = 10
TRAILING: Final = 11
ATTRIBUTES: Final = 12
PEERS_CUT: Final = 13
FAMILY: Final = 14
NO_MARKER: Final = 15
MESSAGE_LENGTH: Final = 16
MESSAGE_TYPE: Final = 17
WITHDRAWN_CUT: Final = 18
ATTRIBUTES_CUT: Final = 19
PREFIX_CUT: Final = 20
ADDRESS_FAMILY: Final = 21
MP_CUT: Final = 22
LAST_MERGED: Final = 3  # of the codes that `refuse` is told to merge; the others keep a place for each piece


@kernel
def refuse(counters: Array, rejects: Array, at: int, code: int, first: int, second: int, count: int) -> None:
    """Note that ``count`` pieces at ``at`` were not understood. Beyond the room for rejects only a count is kept."""
    kept = counters[REJECTS]
    if kept > 0 and (code in (TYPE, FAMILY)):
        # What this reader does not read comes in great numbers, and one place is enough to find it.
        for row in range(max(0, kept - LAST_MERGED), kept):
            if rejects[row, 1] == code and rejects[row, 2] == first and rejects[row, 3] == second:
                rejects[row, 4] += count
                return
    if kept >= len(rejects):
        counters[REJECTS_LEFT] += count
        return
    rejects[kept, 0] = at
    rejects[kept, 1] = code
    rejects[kept, 2] = first
    rejects[kept, 3] = second
    rejects[kept, 4] = count
    counters[REJECTS] = kept + 1


def _when(seconds: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%d}"


_SENTENCES: Final[dict[int, Callable[[int, int], str]]] = {
    CUT_HEADER: lambda have, _: f"the file ends within a record's header, {have} of 12 bytes in",
    CUT_RECORD: lambda missing, size: f"the file ends within a record of {size:,} bytes: {missing:,} are missing",
    NO_HEADER: lambda kind, size: (
        f"this is no record's header (type {kind}, length {size:,}); the rest of the file is not read"
    ),
    DATE: lambda time, _: f"the record is dated {_when(time)}, which no BGP table can be (1990 to 2200)",
    TYPE: lambda kind, subtype: f"records of type {kind}, subtype {subtype} are not read",
    SHORT: lambda size, need: f"the record has {size:,} bytes, too few for its type, which takes {need}",
    NO_PEERS: lambda _, __: "no peer index table stands before this table record, so its peers have no names",
    PEER: lambda peer, listed: f"the entry names peer {peer} of a peer index table of {listed}",
    PREFIX_LENGTH: lambda bits, limit: f"the prefix has a length of {bits} bits, above {limit}",
    ENTRIES_CUT: lambda lost, _: f"the record ends before its entries do: {lost:,} entries at its end are left out",
    TRAILING: lambda size, _: f"{size:,} bytes follow the last entry of the record",
    ATTRIBUTES: lambda _, __: "the attributes of the entry overrun it; the route is kept, with no path",
    PEERS_CUT: lambda lost, _: f"the peer index table ends early: {lost:,} peers at its end are left out",
    FAMILY: lambda afi, safi: f"routes of address family {afi}, subsequent family {safi}, are not read",
    NO_MARKER: lambda _, __: "no BGP message stands in the record: its marker is not all ones",
    MESSAGE_LENGTH: lambda said, have: f"the BGP message says it has {said:,} bytes, and the record holds {have:,}",
    MESSAGE_TYPE: lambda kind, _: f"BGP knows no message of type {kind}",
    WITHDRAWN_CUT: lambda said, have: f"the withdrawn routes take {said:,} bytes of a message with {have:,}",
    ATTRIBUTES_CUT: lambda said, have: f"the attributes take {said:,} bytes of a message with {have:,}",
    PREFIX_CUT: lambda need, have: f"a prefix takes {need} bytes where {have} are left; those after it are left out",
    ADDRESS_FAMILY: lambda afi, _: f"the peer's address is of family {afi}, neither IPv4 (1) nor IPv6 (2)",
    MP_CUT: lambda size, _: f"an attribute of {size:,} bytes is too short for the routes it announces or withdraws",
}


def worded(counters: Array, rejects: Array, limit: int) -> Iterator[Reject]:
    """Yield the rejects that kernels noted; the last one stands for those beyond the limit, if there are any."""
    last = 0
    for at, code, first, second, count in rejects[: int(counters[REJECTS])].tolist():
        last = max(last, at)
        yield Reject(f"byte {at}", _SENTENCES[code](first, second), count)
    if left := int(counters[REJECTS_LEFT]):
        yield Reject(f"byte {last}", f"more of the like from here on; limit rejects of {limit:,}", left)

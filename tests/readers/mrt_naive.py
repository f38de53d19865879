"""A second decoder of MRT, written from the RFCs and not from the reader: one record at a time, plain objects.

It makes of bytes what docs/readers/mrt.md says that the reader makes of them: routes by id, each with its peer,
prefix, date, place, ties and extents.
"""

# ruff: noqa: C901, D401, PLR0911, PLR0912, PLR0917 - one function a record, named by what it writes or reads

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

ASSIGNED = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 32, 33, 48, 49}
MOST = 16 * 1024 * 1024

Segments = tuple[tuple[int, tuple[int, ...]], ...]


class ShortError(Exception):
    """Fewer bytes than a field takes."""


@dataclass
class Bytes:
    """Bytes that are taken from the front."""

    data: bytes

    def take(self, count: int) -> bytes:
        """Take that many, or raise."""
        if count > len(self.data):
            raise ShortError
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, octets: int) -> int:
        """Take a number in network order."""
        return int.from_bytes(self.take(octets))


@dataclass(frozen=True)
class Path:
    """AS_PATH as segments; ``whole`` is false where it goes on but cannot be read."""

    segments: Segments
    whole: bool


@dataclass(frozen=True)
class Route:
    """What stands for one (peer, prefix, path identifier)."""

    path: Path | None
    time: int
    place: int


Peer = tuple[str, int]
Key = tuple[Peer, str, int | None]


@dataclass
class Decoder:
    """The state that records change."""

    routes: dict[Key, Route] = field(default_factory=dict)
    sessions: dict[Peer, tuple[int, int]] = field(default_factory=dict)
    index: list[Peer] = field(default_factory=list)

    def name(self, peer: Peer, time: int, place: int) -> Peer:
        """Note that the file names this peer."""
        self.sessions.setdefault(peer, (time, place))
        return peer


def segments_of(value: bytes, width: int) -> Path:
    """Read segments until the end or until one is malformed (RFC 4271 4.3, RFC 7606 7.2)."""
    rest, found = Bytes(value), []
    while rest.data:
        try:
            kind, count = rest.number(1), rest.number(1)
            members = tuple(rest.number(width) for _ in range(count))
        except ShortError:
            return Path(tuple(found), whole=False)
        if count == 0 or kind not in (1, 2, 3, 4):
            return Path(tuple(found), whole=False)
        found.append((kind, members))
    return Path(tuple(found), whole=True)


def merge(path: Path, path4: Path) -> Path:
    """RFC 6793, 4.2.3, on units: a member of a sequence is one, a set is one, a confederation's segment is none."""
    if not path.whole or not path4.whole:
        return path
    proper = tuple((kind, members) for kind, members in path4.segments if kind in (1, 2))

    def size(segments: Segments) -> int:
        return sum(len(members) if kind == 2 else 1 for kind, members in segments if kind in (1, 2))

    lead = size(path.segments) - size(proper)
    if lead < 0:
        return path
    units: list[tuple[int, tuple[int, ...]]] = []
    for kind, members in path.segments:
        units += [(2, (member,)) for member in members] if kind == 2 else [(kind, members)]
    taken = []
    for kind, members in units:
        if kind in (1, 2):
            if lead == 0:
                break
            lead -= 1
        taken.append((kind, members))
    return Path(tuple(taken) + proper, whole=True)


def attributes_of(value: bytes, width: int, *, table: bool) -> tuple[dict[int, bytes], Path | None]:
    """Return the first attribute of each code, and the path. In a table of wide numbers AS_PATH is all that counts."""
    rest, found = Bytes(value), {}
    while rest.data:
        try:
            flags, code = rest.number(1), rest.number(1)
            content = rest.take(rest.number(2 if flags & 0x10 else 1))
        except ShortError:
            break
        found.setdefault(code, content)
        if table and width == 4 and code == 2:
            break
    if 2 not in found:
        return found, None
    path = segments_of(found[2], width)
    if width == 2 and 17 in found:
        aggregator = found.get(7, b"")
        others = len(aggregator) == 6 and aggregator[:2] != b"\x5b\xa0"  # 23456
        if not (18 in found and others):
            path = merge(path, segments_of(found[17], 4))
    return found, path


def prefix_of(rest: Bytes, version: int, *, several: bool) -> tuple[str, int | None]:
    """Take a prefix, and its path identifier before it."""
    path_id = rest.number(4) if several else None
    length = rest.number(1)
    octets = rest.take((length + 7) // 8)
    return canonical(octets, length, version), path_id


def canonical(octets: bytes, length: int, version: int) -> str:
    """Text of a prefix; raises ValueError for a length that cannot be."""
    width = 4 if version == 4 else 16
    if length > 8 * width:
        raise ValueError
    number = int.from_bytes(octets[:width].ljust(width, b"\0"))
    number = number >> (8 * width - length) << (8 * width - length)
    first = ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)
    return f"{first}/{length}"


def address_of(octets: bytes) -> str:
    """Text of an address."""
    return str(ipaddress.ip_address(octets))


def table_dump(state: Decoder, subtype: int, body: bytes, time: int, place: int) -> None:
    """TABLE_DUMP: view and sequence number, then entries (RFC 6396 has one, old collectors many)."""
    width = 4 if subtype == 1 else 16
    if len(body) < 4 + 2 * width + 10:
        return
    rest = Bytes(body[4:])
    while rest.data:
        try:
            first, length = rest.take(width), rest.number(1)
            rest.take(5)
            peer = address_of(rest.take(width)), rest.number(2)
            attrs = rest.take(rest.number(2))
        except ShortError:
            return
        try:
            prefix = canonical(first, length, 4 if width == 4 else 6)
        except ValueError:
            continue
        state.name(peer, time, place)
        put(state, peer, prefix, None, Route(attributes_of(attrs, 2, table=True)[1], time, place))


def put(state: Decoder, peer: Peer, prefix: str, path_id: int | None, route: Route) -> None:
    """Let a route stand in the place of the one before it."""
    state.routes.pop((peer, prefix, path_id), None)
    state.routes[peer, prefix, path_id] = route


def peer_index_table(state: Decoder, body: bytes, time: int, place: int) -> None:
    """RFC 6396, 4.3.1."""
    rest = Bytes(body)
    try:
        if len(body) < 8:
            return
        rest.take(4)
        rest.take(rest.number(2))
        count = rest.number(2)
    except ShortError:
        return
    state.index = []
    for _ in range(count):
        try:
            kind = rest.number(1)
            rest.take(4)
            octets, asn = rest.take(16 if kind & 1 else 4), rest.number(4 if kind & 2 else 2)
        except ShortError:
            return
        state.index.append(state.name((address_of(octets), asn), time, place))


def table_dump_v2(state: Decoder, subtype: int, body: bytes, time: int, place: int) -> None:
    """RFC 6396, 4.3; RFC 8050, 4."""
    if subtype == 1:
        return peer_index_table(state, body, time, place)
    rest = Bytes(body)
    try:
        rest.take(4)
        if subtype == 6:
            afi, safi = rest.number(2), rest.number(1)
            if safi != 1 or afi not in (1, 2):
                return None
            version = 4 if afi == 1 else 6
        elif subtype in (2, 8, 4, 10):
            version = 4 if subtype in (2, 8) else 6
        else:
            return None
        if not state.index:
            return None
        prefix, _ = prefix_of(rest, version, several=False)
        entries = rest.number(2)
    except (ShortError, ValueError):
        return None
    for _ in range(entries):
        try:
            number = rest.number(2)
            rest.take(4)
            path_id = rest.number(4) if subtype in (8, 10) else None
            attrs = rest.take(rest.number(2))
        except ShortError:
            return None
        if number < len(state.index):
            route = Route(attributes_of(attrs, 4, table=True)[1], time, place)
            put(state, state.index[number], prefix, path_id, route)
    return None


def update(state: Decoder, peer: Peer, body: bytes, width: int, several: bool, time: int, place: int) -> None:
    """RFC 4271, 4.3; RFC 4760."""
    rest = Bytes(body)
    try:
        withdrawn = rest.take(rest.number(2))
        attrs = rest.take(rest.number(2))
    except ShortError:
        return
    found, path = attributes_of(attrs, width, table=False)

    def each(data: bytes, version: int, route: Route | None) -> None:
        field = Bytes(data)
        while field.data:
            try:
                prefix, path_id = prefix_of(field, version, several=several)
            except (ShortError, ValueError):
                return
            state.routes.pop((peer, prefix, path_id), None)
            if route:
                put(state, peer, prefix, path_id, route)

    each(withdrawn, 4, None)
    if len(gone := found.get(15, b"")) >= 3 and gone[2] == 1 and gone[:2] in (b"\0\1", b"\0\2"):
        each(gone[3:], 4 if gone[1] == 1 else 6, None)
    route = Route(path, time, place)
    come = found.get(14, b"")
    if len(come) >= 5 and come[2] == 1 and come[:2] in (b"\0\1", b"\0\2") and 5 + come[3] <= len(come):
        each(come[5 + come[3] :], 4 if come[1] == 1 else 6, route)
    each(rest.data, 4, route)


def end_session(state: Decoder, peer: Peer) -> None:
    """All that the peer announced is gone."""
    for key in [key for key in state.routes if key[0] == peer]:
        del state.routes[key]


def bgp4mp(state: Decoder, subtype: int, body: bytes, time: int, place: int) -> None:
    """RFC 6396, 4.4; RFC 8050, 3."""
    if subtype not in (0, 1, 4, 5, 6, 7, 8, 9, 10, 11):
        return
    width = 4 if subtype in (4, 5, 7, 9, 11) else 2
    rest = Bytes(body)
    try:
        asn = rest.number(width)
        rest.take(width + 2)
        octets = {1: 4, 2: 16}[rest.number(2)]
        peer = address_of(rest.take(octets)), asn
        rest.take(octets)
        if subtype in (0, 5):
            rest.take(4)
        else:
            head = rest.take(19)
    except (ShortError, KeyError):
        return
    state.name(peer, time, place)
    if subtype in (0, 5):
        end_session(state, peer)
    elif head[:16] == b"\xff" * 16 and struct.unpack(">H", head[16:18])[0] == 19 + len(rest.data):
        if head[18] == 3:
            end_session(state, peer)
        elif head[18] == 2 and subtype not in (6, 7, 10, 11):
            update(state, peer, rest.data, width, subtype >= 8, time, place)


def retired(state: Decoder, subtype: int, body: bytes, time: int, place: int) -> None:
    """The retired type BGP: RFC 6396, B.2.1."""
    if subtype not in (1, 3, 5, 6, 7) or len(body) < (10 if subtype == 3 else 12):
        return
    peer = state.name((address_of(body[2:6]), int.from_bytes(body[:2])), time, place)
    if subtype == 1:
        update(state, peer, body[12:], 2, False, time, place)
    elif subtype in (3, 6):
        end_session(state, peer)


def packed_size(data: bytes, start: int, size: int, width: int) -> int:
    """The true length of a TABLE_DUMP body: four more than stated if only so its entries come out even."""
    fixed, place = 2 * width + 10, 4
    while place < size:
        if place + fixed > size + 4 or start + place + fixed > len(data):
            return size
        place += fixed + struct.unpack_from(">H", data, start + place + fixed - 2)[0]
    return size + 4 if place == size + 4 else size


def decode(data: bytes) -> Decoder:
    """Decode a whole file."""
    state, place = Decoder(), 0
    while place + 12 <= len(data):
        time, kind, subtype, size = struct.unpack_from(">IHHI", data, place)
        start = place + 12
        if size > MOST:
            break
        if kind not in ASSIGNED:
            after = start + size
            if after + 12 <= len(data):
                _, next_kind, _, next_size = struct.unpack_from(">IHHI", data, after)
                if next_kind not in ASSIGNED or next_size > MOST:
                    break
            elif after != len(data):
                break
        if kind == 12 and subtype in (1, 2):
            size = packed_size(data, start, size, 4 if subtype == 1 else 16)
        if start + size > len(data):
            break
        body = data[start : start + size]
        if time >= 631_152_000:
            if kind == 5:
                retired(state, subtype, body, time, place)
            elif kind == 12 and subtype in (1, 2):
                table_dump(state, subtype, body, time, place)
            elif kind == 13:
                table_dump_v2(state, subtype, body, time, place)
            elif kind == 16:
                bgp4mp(state, subtype, body, time, place)
            elif kind == 17 and len(body) >= 4:
                bgp4mp(state, subtype, body[4:], time, place)
        place = start + size
    return state


def roles(path: Path | None) -> tuple[dict[str, list[tuple[int, int]]], dict[str, str]]:
    """Return the ties of each role as (seq, AS number), and the extent of each role."""
    ties: dict[str, list[tuple[int, int]]] = {"neighbour": [], "transit": [], "origin": []}
    if path is None:
        return ties, dict.fromkeys(ties, "none")
    proper = [(kind, members) for kind, members in path.segments if kind in (1, 2)]
    sets = any(kind == 1 for kind, _ in proper)
    confederations = len(proper) < len(path.segments)
    line: list[int] = []
    fresh = True
    for kind, members in proper:
        if kind == 1:
            fresh = True
            continue
        for member in members:
            if fresh or line[-1] != member:
                line.append(member)
            fresh = False
    first_is_set, last_is_set = bool(proper) and proper[0][0] == 1, bool(proper) and proper[-1][0] == 1
    if line and not first_is_set:
        ties["neighbour"] = [(0, line[0])]
    if line and path.whole and not last_is_set:
        ties["origin"] = [(len(line) - 1, line[-1])]
    ties["transit"] = list(enumerate(line if last_is_set else line[:-1]))
    extents = {
        "neighbour": "all" if ties["neighbour"] else "none",
        "transit": "some" if sets or confederations or not path.whole else "all",
        "origin": "all" if ties["origin"] else "none",
    }
    return ties, extents


@dataclass(frozen=True)
class Asset:
    """A route in the words of the tables."""

    prefix: str
    peer_address: str | None
    observed_at: date
    locator: str
    ties: dict[str, list[tuple[int, int]]]
    extents: dict[str, str]


def day(time: int) -> date:
    """The date of a moment, in UTC."""
    return datetime.fromtimestamp(time, UTC).date()


def assets(state: Decoder) -> dict[str, Asset]:
    """Return the routes that stand, by id."""
    at: dict[str, set[int]] = {}
    for address, asn in state.sessions:
        at.setdefault(address, set()).add(asn)
    found = {}
    for ((address, asn), prefix, path_id), route in state.routes.items():
        peer = f"{address}|AS{asn}" if len(at[address]) > 1 else address
        own = asn == 0 and address in ("0.0.0.0", "::")  # noqa: S104 - the placeholder, not a socket
        ties, extents = roles(route.path)
        found[f"route:{peer}|{prefix}" + ("" if path_id is None else f"|{path_id}")] = Asset(
            prefix, None if own else address, day(route.time), f"byte {route.place}", ties, extents
        )
    return found


def sessions(state: Decoder) -> dict[str, tuple[str, date, str]]:
    """Return the sessions by id: AS number, date, place."""
    return {
        f"session:{address}|AS{asn}": (str(asn), day(time), f"byte {place}")
        for (address, asn), (time, place) in state.sessions.items()
        if not (asn == 0 and address in ("0.0.0.0", "::"))  # noqa: S104 - the placeholder, not a socket
    }

"""Read a graph of ASes: CAIDA's as-rel, serial 1 (``a|b|relation``) and 2 (``a|b|relation|method``), or a world's.

The relation is -1 where a is the provider of b, and 0 where both are peers; the method is how the link was seen,
several parted by commas (https://publicdata.caida.org/datasets/as-relationships/README.txt). A link of serial 2 whose
methods lack ``bgp`` stands in no table of routes: it is doubtful. ``mlp`` is inferred from what route servers are told.

Files are plain, gzip, bzip2 or xz. A file that is damaged, or ends early, is not used: half a graph has other routes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.compiled import Array, inner, kernel, signed
from crossline.internet.graph.hierarchy import NO_CYCLE, cycles, shortest_cycle
from crossline.internet.graph.topology import Topology, TopologyError
from crossline.tables import Limits, Reject
from crossline.text import plural, visible
from crossline.traces.content import Content
from crossline.world import SNAPSHOT_AFTER_DAYS, SNAPSHOT_BEFORE_DAYS, editions
from crossline.world.sources import caida_as_rel, rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from crossline.internet.graph.topology import Mask
    from crossline.world import World

Numbers = npt.NDArray[np.int64]
Say: TypeAlias = "Callable[[str, float], None]"
# The graph of September 2025 has ten million bytes.
LIMITS: Final = Limits(bytes_in=256 << 20, bytes_out=256 << 20)
NO_GRAPH: Final = (
    "the world has no AS graph: give --topology FILE, or `crossline world pull --output DIR --source caida_as_rel "
    "--accept caida_as_rel` fetches CAIDA's, under its Acceptable Use Agreement, and `crossline world build --from DIR "
    "--output WORLD` puts it into a world for --world; examples/small-internet has a made-up one"
)

_COMMENTS: Final = 4096  # lines that are kept: CAIDA names a table of routes on each, under two hundred
_COMMENT_BYTES: Final = 1 << 20
_REJECTS: Final = 200
_AROUND: Final = 10  # ASes of a cycle that are named
_LOW: Final = 1 << 20  # AS numbers below are found in a table, the few above by searching
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"
_CLIQUE: Final = re.compile(rb"^# ?(?:input|inferred) clique:([\d \t]*)", re.MULTILINE)
_EXCHANGES: Final = re.compile(rb"^# ?IXP ASes:([\d \t]*)", re.MULTILINE)
_TITLE: Final = re.compile(rb"^# ?title:([^\r\n]*)", re.MULTILINE)
_CAIDA: Final = re.compile(rb"^# ?source:topology\|", re.MULTILINE)
_HASH, _MINUS, _COMMA, _ZERO, _NINE, _BAR, _NEWLINE, _RETURN = 35, 45, 44, 48, 57, 124, 10, 13
_MOST: Final = 0xFFFFFFFF  # RFC 6793
_NO_METHOD, _IN_ROUTES, _NOT_IN_ROUTES = 0, 1, 2
_REASONS: Final = (
    "",
    "not a link `a|b|-1` or `a|b|0`",
    "AS 0 is no network (RFC 7607)",
    "an AS number above 4294967295 (RFC 6793)",
    "a relation other than -1 and 0",
    "an AS linked to itself",
)


@dataclass(frozen=True)
class _Links:
    """Links as they are written: ends as AS numbers, and in which line or row each stands."""

    a: npt.NDArray[np.uint32]
    b: npt.NDArray[np.uint32]
    transit: Mask  # a is the provider of b; else they are peers
    doubtful: Mask
    place: Numbers
    word: str  # what places are called
    rejects: list[tuple[int, str]]  # the first of those that are no links
    rejected: int
    serial: int | None = None


@inner
def _number(data: Array, at: int, end: int) -> int:
    """Return the number that is written at ``at`` in up to 20 digits and ends there by a bar, or -1."""
    value, first = 0, at
    while at < end and _ZERO <= data[at] <= _NINE and at - first < 20:
        value = min(value * 10 + signed(data[at]) - _ZERO, _MOST + 1)
        at += 1
    return value if at > first and at < end and data[at] == _BAR else -1


@inner
def _after_bar(data: Array, at: int, end: int) -> int:
    """Return the place after the next bar, or ``end``."""
    while at < end and data[at] != _BAR:
        at += 1
    return min(at + 1, end)


@inner
def _method(data: Array, at: int, end: int) -> int:
    """Return whether ``bgp`` is among the methods that are written up to the line's end or a bar."""
    if at >= end or data[at] == _BAR:
        return _NO_METHOD
    while True:
        bgp = at + 3 <= end and data[at] == 98 and data[at + 1] == 103 and data[at + 2] == 112
        if bgp and (at + 3 == end or data[at + 3] in (_COMMA, _BAR)):
            return _IN_ROUTES
        while at < end and data[at] not in (_COMMA, _BAR):
            at += 1
        if at == end or data[at] == _BAR:
            return _NOT_IN_ROUTES
        at += 1


@inner
def _link(data: Array, at: int, end: int, into: Array, k: int) -> int:
    """Read the line from ``at`` to ``end`` as link ``k``; returns 0, or the number of the reason against it."""
    a = _number(data, at, end)
    second = _after_bar(data, at, end)
    b = _number(data, second, end)
    third = _after_bar(data, second, end)
    if a < 0 or b < 0 or third >= end:
        return 1
    if a == 0 or b == 0:
        return 2
    if a > _MOST or b > _MOST:
        return 3
    after = _after_bar(data, third, end)
    width = (after - 1 if data[after - 1] == _BAR else after) - third
    transit = width == 2 and data[third] == _MINUS and data[third + 1] == _ZERO + 1
    if not transit and not (width == 1 and data[third] == _ZERO):
        return 4
    if a == b:
        return 5
    into[0, k], into[1, k], into[2, k] = a, b, transit
    into[3, k] = _method(data, after, end)
    return 0


@kernel
def _parse(data: Array, into: Array, bad: Array, comments: Array, counts: Array) -> None:
    """Read all lines.

    ``into``: (5, lines) both ends, transit, method, line. ``bad``: (2, n) line, reason. ``comments``: (2, n) where each
    begins and ends. ``counts``: links, lines that are none, comments, links with a method.
    """
    at, line = 0, 0
    if len(data) >= 3 and data[0] == 0xEF and data[1] == 0xBB and data[2] == 0xBF:
        at = 3  # a mark of UTF-8
    while at < len(data):
        line += 1
        stop = at
        while stop < len(data) and data[stop] != _NEWLINE:
            stop += 1
        end = stop - 1 if stop > at and data[stop - 1] == _RETURN else stop
        if end > at and data[at] == _HASH:
            if counts[2] < comments.shape[1]:
                comments[0, counts[2]], comments[1, counts[2]] = at, end
                counts[2] += 1
        elif end > at:
            why = _link(data, at, end, into, counts[0])
            if why == 0:
                into[4, counts[0]] = line
                counts[3] += into[3, counts[0]] != _NO_METHOD
                counts[0] += 1
            else:
                if counts[1] < bad.shape[1]:
                    bad[0, counts[1]], bad[1, counts[1]] = line, why
                counts[1] += 1
        at = stop + 1


def read(path: Path, say: Say | None = None, *, drop_cycles: bool = False) -> Topology:
    """Read an as-rel file.

    Lines that are no links, and those that contradict an earlier one, become rejects with their number. The edition is
    the day in ``editions.csv`` beside the file, in its name, or in its comments. Raises TopologyError for a file that
    cannot be used, and for links that make an AS its own provider, unless ``drop_cycles`` leaves those out.
    """
    if say:
        say(f"reading {visible(path.name)}", 0.0)
    data = _bytes(path)
    if say:
        say("ordering links", 0.7)
    try:
        return parse(data, visible(path.name), editions.stated(path), drop_cycles=drop_cycles)
    except editions.UndatedError as error:
        found = parse(data, visible(path.name), drop_cycles=drop_cycles)
        return replace(found, notes=(f"The graph's date is not taken from {editions.NAME}: {error}.", *found.notes))


def parse(data: bytes, name: str, edition: date | None = None, *, drop_cycles: bool = False) -> Topology:
    """Read the text of an as-rel file; see :func:`read`. ``name`` stands in messages, and may hold the date."""
    links, comments = _links(data)
    if not len(links.a):
        told = f"; the first of {plural(links.rejected, 'line')} is line {links.rejects[0][0]}" if links.rejects else ""
        raise TopologyError(f"{name}: no line is a link `a|b|-1` or `a|b|0`, as in CAIDA's as-rel files{told}")
    edition = edition or editions.from_name(name) or caida_as_rel.day(comments)
    notes = [] if edition else ["The graph's date is not known: neither the file's name nor its comments have it."]
    stated = _TITLE.search(comments)
    if stated:
        title = visible(stated[1].decode("utf-8", "replace").strip())
    elif _CAIDA.search(comments):
        title = f"CAIDA AS relationships, serial {links.serial}, {edition or 'undated'}"
    else:
        title = f"AS graph in {name}"
    return _topology(
        links, name, drop_cycles, edition=edition, source=name, title=title, notes=notes,
        clique=_listed(_CLIQUE, comments), exchanges=_listed(_EXCHANGES, comments),
    )  # fmt: skip


def chosen(  # noqa: PLR0913 - the last two are named
    path: Path | None, world: Callable[[], World], as_of: date, say: Say | None = None,
    *, drop_cycles: bool = False, without_doubtful: bool = False,
) -> Topology:  # fmt: skip
    """Return the graph of a file, or where none is given the world's, which is opened only then."""
    found = read(path, say, drop_cycles=drop_cycles) if path else of_world(world(), as_of, say, drop_cycles=drop_cycles)
    return found.without_doubtful() if without_doubtful else found


def of_world(world: World, as_of: date, say: Say | None = None, *, drop_cycles: bool = False) -> Topology:
    """Return the newest graph of a world that is not later than a day, or else the earliest.

    Raises TopologyError where the world has none, or one whose links make an AS its own provider.
    """
    if say:
        say("reading the world's AS graph", 0.0)
    table = world.table("adjacency")
    held = table.select("seen", "source").unique().drop_nulls("seen").sort("seen", "source")
    if not len(held):
        raise TopologyError(NO_GRAPH)
    until = held.filter(pl.col("seen") <= as_of)
    chosen = until.filter(pl.col("seen") == until["seen"][-1]) if len(until) else held
    seen, source = chosen.row(0)
    rows = table.with_row_index("row", offset=1).filter((pl.col("seen") == seen) & (pl.col("source") == source))
    sound = (pl.col("a") > 0) & (pl.col("b") > 0) & (pl.col("a") != pl.col("b")) & pl.col("relation").is_in([-1, 0])
    sound = sound.fill_null(value=False)
    bad = rows.filter(~sound)["row"]
    rows = rows.filter(sound)
    by = pl.col("method").str.split(",")
    links = _Links(
        rows["a"].to_numpy(), rows["b"].to_numpy(), (rows["relation"] == -1).to_numpy(),
        rows.select((~by.list.contains("bgp")).fill_null(value=False)).to_series().to_numpy(),
        rows["row"].cast(pl.Int64).to_numpy(), "row",
        [(row, _REASONS[1]) for row in bad[:_REJECTS].to_list()], len(bad),
    )  # fmt: skip
    about = world.table("source").filter(pl.col("id") == source)["title"].to_list()
    notes = []
    late = (as_of - seen).days
    if late > SNAPSHOT_AFTER_DAYS or late < -SNAPSHOT_BEFORE_DAYS:
        apart = "three years" if late > 0 else "a year"
        notes.append(f"The graph is of {seen}, and the question of {as_of}: more than {apart} apart.")
    title = f"{visible(about[0] if about else source)}, {seen}"
    return _topology(
        links, title, drop_cycles, edition=seen, source=source, title=title, notes=notes, clique=(), exchanges=()
    )


def _bytes(path: Path) -> bytes:
    """Return the content of a file, decompressed; raises TopologyError where there is none or not all of it."""
    shown = visible(str(path), 300)
    if path.is_dir():
        there = sorted(visible(entry.name) for entry in path.iterdir() if "as-rel" in entry.name and entry.is_file())
        named = f"name one of the files in it: {', '.join(there[-5:])}" if there else "name an as-rel file"
        raise TopologyError(f"{shown}: a folder; {named}")
    if not path.is_file():
        raise TopologyError(
            f"{shown}: {'not a regular file' if path.exists() else 'no such file'}; name an as-rel file"
        )
    content = Content(path, LIMITS)
    data = b"".join(content.pieces())
    if content.trouble:
        stopped = content.trouble[0]
        raise TopologyError(
            f"{shown}: {stopped.locator}: {stopped.reason}; part of a graph has other routes: fetch it whole"
        )
    if data.startswith(_ZSTANDARD):
        raise TopologyError(f"{shown}: packed with Zstandard, which is not read here: unpack it first (zstd -d)")
    return data


def _links(data: bytes) -> tuple[_Links, bytes]:
    """Return the links of a file, and its comments, a line each."""
    lines = data.count(b"\n") + 1
    into = np.empty((5, lines), np.uint32)
    bad, comments = np.empty((2, _REJECTS), np.int64), np.empty((2, _COMMENTS), np.int64)
    counts = np.zeros(4, np.int64)
    _parse(np.frombuffer(data, np.uint8), into, bad, comments, counts)
    count, wrong, remarks, methods = counts.tolist()
    spoken = b"\n".join(data[a : min(b, a + _COMMENT_BYTES)] for a, b in comments[:, :remarks].T.tolist())
    return _Links(
        into[0, :count], into[1, :count], into[2, :count] == 1, into[3, :count] == _NOT_IN_ROUTES,
        into[4, :count].astype(np.int64), "line",
        [(line, _REASONS[why]) for line, why in bad[:, : min(wrong, _REJECTS)].T.tolist()], wrong,
        2 if methods else 1,
    ), spoken  # fmt: skip


def _listed(form: re.Pattern[bytes], comments: bytes) -> tuple[int, ...]:
    """Return the AS numbers of a comment."""
    found = form.search(comments)
    return (
        tuple(sorted({int(word) for word in found[1].split() if len(word) < 11 and int(word) <= _MOST}))
        if found
        else ()
    )


def _numbered(links: _Links) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return all AS numbers, ascending, and the positions of both ends of each link."""
    seen = np.zeros(_LOW, np.bool_)
    high = [end[end >= _LOW] for end in (links.a, links.b)]
    for end in (links.a, links.b):
        seen[end[end < _LOW]] = True
    low = np.flatnonzero(seen).astype(np.uint32)
    above = np.unique(np.concatenate(high))
    place = (np.cumsum(seen, dtype=np.int64) - 1).astype(np.int32)

    def position(end: npt.NDArray[np.uint32], beyond: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
        found = place[np.minimum(end, _LOW - 1)]
        found[end >= _LOW] = len(low) + np.searchsorted(above, beyond)
        return found

    return np.concatenate([low, above]), position(links.a, high[0]), position(links.b, high[1])


def _stated_once(
    a: npt.NDArray[np.int32], b: npt.NDArray[np.int32], links: _Links, size: int
) -> tuple[Mask, Mask, Numbers, int]:
    """Return which links stay, which of all are doubtful, which contradict an earlier one, and how many repeat one.

    A link that is stated several times is doubtful if it is so each time.
    """
    pair = np.minimum(a, b).astype(np.int64) * size + np.maximum(a, b)
    ordered = np.sort(pair)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.ones(len(a), np.bool_), links.doubtful, np.zeros(0, np.int64), 0
    order = np.argsort(pair, kind="stable")
    begins = np.concatenate([[True], pair[order[1:]] != pair[order[:-1]]])
    first = np.empty(len(a), np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    # 0: peers; 1 and 2: the lower or the higher number is the provider
    relation = np.where(links.transit, np.where(a < b, 1, 2), 0)
    again = first != np.arange(len(a))
    against = again & (relation != relation[first])
    doubtful = links.doubtful.copy()
    np.logical_and.at(doubtful, first[~against], links.doubtful[~against])
    return ~again, doubtful, np.flatnonzero(against), int((again & ~against).sum())


def _topology(  # noqa: PLR0913 - one caller for files, one for worlds
    links: _Links, name: str, drop_cycles: bool, *, edition: date | None, source: str, title: str, notes: list[str],
    clique: tuple[int, ...], exchanges: tuple[int, ...],
) -> Topology:  # fmt: skip
    asn, a, b = _numbered(links)
    kept, doubtful, against, repeated = _stated_once(a, b, links, len(asn))
    other = "its two ASes are linked by another relation earlier: the first counts"
    places = links.rejects + [(int(place), other) for place in links.place[against[:_REJECTS]]]
    rejects: list[Reject] = list(
        rejected([(f"{links.word} {at}", why) for at, why in sorted(places)], links.rejected + len(against))
    )
    if repeated:
        notes.append(f"{plural(repeated, 'link')} stated more than once.")
    transit, peers = kept & links.transit, kept & ~links.transit
    provider, customer = a[transit], b[transit]
    in_cycle = np.zeros(len(provider), np.bool_)
    component = cycles(provider, customer, len(asn))
    if component.max(initial=NO_CYCLE) > NO_CYCLE:
        in_cycle = (component[provider] > NO_CYCLE) & (component[provider] == component[customer])
        around = _around(asn, shortest_cycle(provider, customer, component))
        count = plural(int(in_cycle.sum()), "provider-customer link")
        told = f"{count} in cycles, so that an AS is its own provider: {around}"
        if not drop_cycles:
            raise TopologyError(f"{name}: {told}; --without-cycles leaves such links out")
        notes.append(f"Left out: {told}.")
    x, y = a[peers], b[peers]
    return Topology(
        asn=asn,
        provider=provider[~in_cycle], customer=customer[~in_cycle],
        peer_a=np.minimum(x, y), peer_b=np.maximum(x, y),
        transit_doubtful=doubtful[transit][~in_cycle], peer_doubtful=doubtful[peers],
        edition=edition, source=source, title=title, clique=clique, exchanges=exchanges,
        rejects=tuple(rejects), notes=tuple(notes),
    )  # fmt: skip


def _around(asn: npt.NDArray[np.uint32], cycle: list[int]) -> str:
    """Name the ASes of a cycle, the first ten of a long one."""
    names = [f"AS{asn[at]}" for at in cycle]
    middle = [f"({len(names) - _AROUND} more)"] if len(names) > _AROUND else []
    return " -> ".join([*names[:_AROUND], *middle, names[0]])

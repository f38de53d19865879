"""Hosts that bytes name: in the strings of dex files, in string pools of resources, in native code, in scripts.

Two forms are found. After ``scheme://``, where the scheme is one of a network protocol, what stands up to the next
``/ ? # :`` or blank is a host (RFC 3986, 3.2), and it is told whether the root zone has its last label; user names and
passwords before an ``@`` are stepped over and never kept. Of a text to be filled in (``https://%s.example.com``) what
is fixed at its end is taken, form ``template``. And a string that is nothing but a name in small letters, with or
without a port or a path behind it, is a host of form ``bare``, but only under a top-level domain of :data:`BARE`: class
names, keys and file names have the same shape. One whose labels have one or two letters each (``ko.tr``) is rather a
key, and a host only with a path or a port behind it. Of 51 that 58 real packages have, all are names of hosts or
domains; but a name of an account or of a maker may have that form too, and whoever needs certainty leaves ``bare`` out.

A host that is named is not one that is contacted: a string may be a comment, a name space or dead code.
"""

# ruff: noqa: C901, PLR0912, PLR1714, SIM905
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be;
# lists of words stand as texts, to be read.
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.compiled import Array, inner, kernel, signed
from crossline.identifiers import domain
from crossline.inet import parse
from crossline.packages import octets, root_zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.packages.dex import Dex

HOSTS: Final = pl.Schema(
    {
        "host": pl.String(),  # a domain in canonical form, or an IPv4 address
        "kind": pl.String(),  # domain | address
        "form": pl.String(),  # url | template | bare
        "namespace": pl.Boolean(),  # see NAMESPACES
        "top_level": pl.Boolean(),  # whether it ends with a top-level domain of the root zone; an address does
        "place": pl.Int64(),  # where it stands first: the number of a string, or a byte
        "count": pl.UInt32(),
    }
)
MOST: Final = 1 << 20  # places that name hosts, in one dex file or one batch of files; more are left out

_FILE: Final = pl.Schema({"file": pl.String()})
_BATCH: Final = 8 << 20  # bytes of files that are looked at together
_ANYWHERE: Final = np.empty(0, np.int64)

# Name spaces of XML and the like, which nobody contacts: hosts of identifiers that are written as URLs.
NAMESPACES: Final = frozenset(
    "schemas.android.com www.w3.org ns.adobe.com schemas.xmlsoap.org schemas.microsoft.com schemas.openxmlformats.org "
    "xmlpull.org xml.org purl.org json-schema.org iptc.org ns.useplus.org xml.apache.org java.sun.com "
    "xmlns.jcp.org relaxng.org".split()
)
# Top-level domains under which a bare name is taken for a host: the old generic ones, and states' own that are
# neither a common ending of files (py, sh, so, rs, md, pl, cc, ps, ai, mk, la, st, tv) nor a word that ends keys
# (id, is, in, it, no, to, me, my, at, be, by, do, as, us, am, so, re, tm, tk). Each is one of IANA's root zone.
BARE: Final = frozenset(
    "com net org edu gov mil biz cloud eu cn ru de uk fr jp kr br au ca nl se fi dk pt es gr cz hu ro bg ua tr ir il "
    "sa ae qa sg hk tw mo th vn ph kz uz ch li lu ie za ng ke mx ar cl co pe nz su".split()
)
# First labels of names that are turned round, and of keys, not of hosts.
_REVERSED: Final = frozenset(
    "com org net io de android androidx java javax kotlin kotlinx dalvik sun jdk junit eu fr uk ru cn edu gov me co "
    "ro sys persist debug dev libcore gsm wifi http https log os".split()
)
_SCHEMES: Final = np.array(
    sorted(
        int.from_bytes(name.encode(), "big")
        for name in (
            "http https ws wss ftp ftps sftp mqtt mqtts rtmp rtmps rtsp amqp amqps xmpp grpc grpcs tcp tls ssl udp"
        ).split()
    ),
    np.int64,
)
_URL, _TEMPLATE, _BARE, _ADDRESS = range(4)
_FORMS: Final = ("url", "template", "bare")
_START, _END, _FORM, _COLUMNS = range(4)
_LONGEST: Final = 253


def _kinds() -> Array:
    """Return of each byte what it is: 1 part of a host, 2 the end of what a host is part of, 0 neither."""
    kinds = np.zeros(256, np.uint8)
    kinds[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")] = 1
    kinds[list(range(33)) + list(b"\"'<>\\^`|,;()") + [127]] = 2
    return kinds


_KINDS: Final = _kinds()


@inner
def _host(data: Array, start: int, end: int) -> int:
    """Say whether a domain name, in whatever case, stands there: 1 if so, 2 for four numbers, 0 for neither.

    Labels of 1 to 63 letters, digits, hyphens and underscores, no hyphen at their ends; the last one of letters, or an
    A-label: what :mod:`crossline.identifiers.domain` takes.
    """
    if end - start > _LONGEST:
        return 0
    labels = 0
    first = start
    letters = digits = 0
    for place in range(start, end + 1):
        byte = signed(data[place]) if place < end else 46
        if byte == 46:
            if place == first or place - first > 63 or data[first] == 45 or data[place - 1] == 45:
                return 0
            labels += 1
            if place < end:
                first = place + 1
                letters = 0
        elif 48 <= byte <= 57:
            digits += 1
        elif byte != 45 and byte != 95:
            letters += 1
    if labels < 2:
        return 0
    if labels == 4 and digits + 3 == end - start:
        return 2
    size = end - first
    coded = size > 4 and data[first] | 32 == 120 and data[first + 1] | 32 == 110 and data[first + 2] == 45
    return 1 if size >= 2 and (letters == size or coded) else 0


@inner
def _scheme(data: Array, colon: int, schemes: Array) -> bool:
    """Say whether the letters before a colon are a scheme of a network protocol, or end with a long one.

    In a pool of strings the length before a string may look like a letter of it.
    """
    value = 0
    for size in range(1, min(7, colon) + 1):
        byte = signed(data[colon - size])
        value |= (byte | 32) << 8 * (size - 1)
        if not (97 <= byte | 32 <= 122 and byte >= 65):
            return False
        for scheme in schemes:
            if scheme == value:
                before = signed(data[colon - size - 1]) if size < colon else 0
                if size >= 4 or not (97 <= before | 32 <= 122 and before >= 65):
                    return True
    return False


@inner
def _authority(data: Array, at: int, end: int, kinds: Array, row: Array) -> int:
    """Read what stands behind ``://``; write a row if it names a host; return where to go on, and mind ``row``."""
    start = at
    stop = at
    while stop < end and stop - at < 1024:
        byte = signed(data[stop])
        if kinds[byte] == 2 or byte == 47 or byte == 63 or byte == 35:
            break
        if byte == 64:
            start = stop + 1
        stop += 1
    row[_FORM] = -1
    last = start
    while last < stop and kinds[data[last]] == 1:
        last += 1
    if last < stop and data[last] != 58 and not (last > start and _host(data, start, last)):
        # The fixed end of a text that is filled in, up to a port.
        last = stop
        for place in range(start, stop):
            if data[place] == 58:
                last = place
        place = last
        while place > start and kinds[data[place - 1]] == 1:
            place -= 1
        while place < last and data[place] != 46:  # the label that is filled in
            place += 1
        start = place + 1
        if start < last and _host(data, start, last) == 1:
            row[_START], row[_END], row[_FORM] = start, last, _TEMPLATE
        return stop if row[_FORM] >= 0 else at
    while last > start and data[last - 1] == 46:
        last -= 1
    what = _host(data, start, last) if start < last else 0
    if what:
        row[_START], row[_END], row[_FORM] = start, last, _URL if what == 1 else _ADDRESS
    return stop if what else at


@inner
def _bare(data: Array, start: int, end: int, kinds: Array, row: Array) -> None:
    """Write a row if a whole string is a name in small letters, with or without a port or a path."""
    row[_FORM] = -1
    last = first = start
    dots = longest = 0
    while last < end and kinds[data[last]] == 1:
        byte = data[last]
        if byte == 95 or 65 <= byte <= 90 or last - start > _LONGEST:
            return
        if byte == 46:
            dots += 1
            first = last + 1
        last += 1
        longest = max(longest, last - first)
    if dots == 0 or last - start < 4 or (last < end and data[last] != 47 and data[last] != 58):
        return
    if longest <= 2 and last == end:
        return
    if last < end and data[last] == 58 and not (last + 1 < end and 48 <= data[last + 1] <= 57):
        return
    if _host(data, start, last) == 1:
        row[_START], row[_END], row[_FORM] = start, last, _BARE


@kernel
def _scan(data: Array, starts: Array, kinds: Array, schemes: Array, rows: Array) -> int:
    """Write a row for each place that names a host; return how many, at most as many as there is room for.

    ``starts``, in order, are where strings begin; a string ends with a zero, or where the next begins. Without any,
    strings are what lies between bytes that no host can have.
    """
    count = 0
    at = 0
    next_ = 0
    stops = len(starts)
    while at < len(data) and count < len(rows):
        # One stretch: up to a byte that ends one, or to the next string's begin.
        while next_ < stops and starts[next_] <= at:
            next_ += 1
        limit = starts[next_] if next_ < stops else len(data)
        if stops and (next_ == 0 or starts[next_ - 1] != at):
            at = limit  # nothing that the table of strings leads to
            continue
        end = at
        if stops:
            while end < limit and data[end] != 0:
                end += 1
        else:
            while end < limit and kinds[data[end]] != 2:
                end += 1
        row = rows[count]
        row[_FORM] = -1
        found = False
        place = at
        while place + 3 < end:
            if data[place] == 58 and data[place + 1] == 47 and data[place + 2] == 47:
                found = True
                if _scheme(data, place, schemes):
                    place = _authority(data, place + 3, end, kinds, row)
                    if row[_FORM] >= 0:
                        count += 1
                        if count == len(rows):
                            return count
                        row = rows[count]
                    continue
            place += 1
        if not found and end - at >= 4:
            _bare(data, at, end, kinds, row)
            if row[_FORM] >= 0:
                count += 1
        at = end + 1 if end < limit else limit
    return count


@kernel
def _names(data: Array, rows: Array, out: Array) -> int:
    """Write the names in small letters, each with a zero behind it; return the end."""
    to = 0
    for row in rows:
        for place in range(row[_START], row[_END]):
            byte = data[place]
            out[to] = byte | 32 if 65 <= byte <= 90 else byte
            to += 1
        out[to] = 0
        to += 1
    return to


def ready() -> None:
    """Have the kernels there, so that a process that is forked need not load them."""
    rows = np.zeros((1, _COLUMNS), np.int64)
    count = _scan(octets.view(b"\0"), _ANYWHERE, _KINDS, _SCHEMES, rows)
    _names(octets.view(b"\0"), rows[:count], np.zeros(1, np.uint8))


def in_dex(data: bytes | bytearray, dex: Dex) -> pl.DataFrame:
    """Return the hosts (:data:`HOSTS`) that strings of a dex file name; ``place`` is the number of a string.

    Nothing outside the table of strings is looked at.
    """
    return in_strings(data, dex.places)


def in_strings(data: bytes | bytearray, places: Array) -> pl.DataFrame:
    """Return the hosts (:data:`HOSTS`) that strings name, each from its place to a zero or to the next one's place.

    ``places`` may be in any order, -1 for what lies nowhere; ``place`` of a host is the number of a string.
    """
    order = np.argsort(places, kind="stable")
    starts = places[order]
    inside = starts >= 0
    starts, numbers = starts[inside], order[inside]
    if not len(starts):  # bytes would be looked at anywhere
        return pl.DataFrame(schema=HOSTS)
    frame = _found(octets.view(data), starts)
    if frame.height:
        number = numbers[np.searchsorted(starts, frame["place"].to_numpy(), "right") - 1]
        frame = frame.with_columns(place=pl.Series(number, dtype=pl.Int64))
    return _counted(frame, [])


def in_bytes(data: bytes | bytearray) -> pl.DataFrame:
    """Return the hosts (:data:`HOSTS`) that any bytes name, as ASCII and as UTF-16; ``place`` is a byte."""
    return in_files([("", data)]).drop("file")


def in_files(files: Iterable[tuple[str, bytes | bytearray]]) -> pl.DataFrame:
    """Return the hosts that several files name, those of each by themselves: ``file`` and :data:`HOSTS`.

    Small files are looked at together: a package has a thousand of them, and each look costs more than its bytes.
    """
    frames, names, batch, size = [pl.DataFrame(schema=_FILE | HOSTS)], [], [], 0
    for name, data in files:
        names.append(name)
        batch.append(data)
        size += len(data)
        if size >= _BATCH:
            frames.append(_together(names, batch))
            names, batch, size = [], [], 0
    return pl.concat([*frames, _together(names, batch)]) if batch else pl.concat(frames)


def _together(names: list[str], batch: list[bytes | bytearray]) -> pl.DataFrame:
    """Look at files laid one behind the other, with zeros between them, each at an even place."""
    ends = np.cumsum([len(data) + 2 + len(data) % 2 for data in batch])
    starts = np.concatenate([[0], ends[:-1]])
    data = b"".join(part for data in batch for part in (data, b"\0" * (2 + len(data) % 2)))
    whole = octets.view(data)
    frames = [_found(whole, _ANYWHERE)]
    if data.find(b".\0") >= 0:  # else there is no name in UTF-16
        for phase in (0, 1):
            low, high = whole[phase::2], whole[phase + 1 :: 2]
            narrow = np.where(high == 0, low[: len(high)], np.uint8(0))
            narrow.flags.writeable = False
            frames.append(_found(narrow, _ANYWHERE).with_columns(pl.col("place") * 2 + phase))
    frame = pl.concat(frames)
    file = np.searchsorted(starts, frame["place"].to_numpy(), "right") - 1
    frame = frame.with_columns(
        file=pl.Series(names, dtype=pl.String).gather(file),
        place=pl.col("place") - pl.Series(starts[file], dtype=pl.Int64),
    )
    return _counted(frame, ["file"])


def _found(view: Array, starts: Array) -> pl.DataFrame:
    """Return a row for each place that names a host; ``place`` is a byte."""
    room, count = 1024, 1024
    rows = np.empty((0, _COLUMNS), np.int64)
    while count == room <= MOST:
        room *= 8
        rows = np.zeros((room, _COLUMNS), np.int64)
        count = _scan(view, starts, _KINDS, _SCHEMES, rows)
    rows = rows[:count]
    if not count:
        return pl.DataFrame(schema=HOSTS)
    out = np.empty(int((rows[:, _END] - rows[:, _START] + 1).sum()), np.uint8)
    used = _names(view, rows, out)
    raw = pl.DataFrame(
        {
            "host": pl.Series([out[: used - 1].tobytes().decode("ascii")]).str.split("\0").explode(),
            "code": rows[:, _FORM],
            "place": rows[:, _START],
        }
    )
    frame = raw.filter((pl.col("code") != _BARE) | _is_bare(pl.col("host")))
    forms = pl.col("code").replace_strict({_URL: "url", _TEMPLATE: "template", _BARE: "bare", _ADDRESS: "url"})
    frame = frame.select(
        "host",
        pl.when(pl.col("code") == _ADDRESS).then(pl.lit("address")).otherwise(pl.lit("domain")).alias("kind"),
        forms.cast(pl.String).alias("form"),
        pl.col("host").is_in(list(NAMESPACES)).alias("namespace"),
        ((pl.col("code") == _ADDRESS) | root_zone.holds(pl.col("host"))).alias("top_level"),
        pl.col("place").cast(pl.Int64),
        pl.lit(1, pl.UInt32).alias("count"),
    )
    return _valid(frame)


def _is_bare(host: pl.Expr) -> pl.Expr:
    """Say which names are taken for hosts where nothing but their shape speaks for it."""
    return host.str.extract(r"\.([a-z0-9-]+)$").is_in(list(BARE)) & ~host.str.extract(r"^([a-z0-9-]+)\.").is_in(
        list(_REVERSED)
    )


def _valid(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out A-labels that are none, and numbers that are no address: both are few."""
    numbers = frame.filter(pl.col("kind") == "address")["host"].unique()
    family, _, _ = parse.parse(numbers)
    coded = frame.filter(pl.col("host").str.contains("xn--", literal=True))["host"].unique()
    wrong = [*numbers.filter(pl.Series(family == parse.NONE)), *(host for host in coded if not _is_canonical(host))]
    return frame.filter(~pl.col("host").is_in(wrong)) if wrong else frame


def _is_canonical(host: str) -> bool:
    try:
        return domain.parse(host) == host
    except ValueError:
        return False


def _counted(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return each host and form once, with the first place and how many there are."""
    return (
        frame.group_by(*by, "host", "kind", "form", "namespace", "top_level", maintain_order=True)
        .agg(pl.col("place").min(), pl.col("count").sum())
        .select(*by, *HOSTS)
        .sort(*by, "host", "form")
    )

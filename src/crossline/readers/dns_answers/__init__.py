"""What names led to when a program asked the DNS: massdns, dnsx, zdns, dig, and lines as in a zone's master file.

Crossline asks nobody itself. Records of the types A, AAAA and CNAME (RFC 1035, 3.4.1 and 3.3.1; RFC 3596, 2.1) become
rows of a batch with the column ``fragment``, which crossline.links.host_addresses joins to the hosts of apps and takes
out. Only what answers a question is read: what a server adds beside it, as its own word on other names, is not.
docs/readers/dns_answers.md says how such files are made.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.readers.dns_answers import lines, records
from crossline.readers.dns_answers.said import NAME, RECORD
from crossline.tables import ASSET, EXTENTS, IDENTIFIER, TIE, TIE_REQUIRED, Batch, Limits, Note, Reject
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.readers.dns_answers.said import Block

ABOUT = "answers of the DNS: massdns (-o J, S, F), dnsx -json, zdns, dig, and lines as in a zone's master file"
LIMITS = (
    "Addresses and aliases alone are read (A, AAAA, CNAME); of other records it is said how many there are.",
    "`dig +short` and dnsx without -json do not say enough; massdns's binary output and `dig +yaml` are not read.",
    "A line of more than 8 MiB, and what stands past 4 GiB of a file, is not read; nor is a compressed file.",
    "Of dnsx with -omit-raw, and of zdns's lookups, the addresses are taken for those of the name that was asked for.",
    "Of a master file, brackets over several lines (but of SOA), $INCLUDE and $GENERATE are not read.",
)
JAILED = True  # a parser of JSON over lines from strangers, whose memory only a child process can bound

FRAGMENT: Final = ("fragment", "answer")  # the type of a record, and what it leads to; the name is the asset's
BYTES_MOST: Final = 4 << 30
BLOCK_BYTES: Final = 32 << 20  # read at a time
LINE_BYTES: Final = 8 << 20
RECORDS_MOST: Final = 50_000_000
_STATUS: Final = rb'"status(?:_code)?"\s*:\s*"[A-Z][A-Z0-9_]{2,30}"|"error"\s*:\s*"[A-Z]{3,}'
_HELD: Final = rb'"(?:answers|ipv[46]_addresses)"\s*:\s*\[|"class"\s*:\s*"IN"'
_LOOK: Final = 200  # lines at the head of a file of text
_HEADERS: Final = ("; <<>> DiG ", lines.HEADER, lines.SERVER)


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its first lines
    """Return whether the first line is an answer in JSON, or the first that is no remark a record of the DNS."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return _in_json(start.split(b"\n", 1)[0])
    text = start.decode("utf-8", "replace").split("\n")[:_LOOK]
    said = [line.strip() for line in text if line.strip()]
    if any(line.startswith(_HEADERS) for line in said[:20]):
        return True
    first = next((line for line in said if not line.startswith((";", "$"))), "")
    found = _RECORD.match(first)
    # Below an origin a name may be one word; else it must be one that the reader takes.
    below = any(line.upper().startswith("$ORIGIN") for line in said)
    named = found and (below or re.match(NAME, found["name"].lower().removesuffix(".")))
    return bool(named or _SOA.match(first) or _ASKED.match(first))


# The same form as in polars, whose words for groups and flags differ.
_RECORD: Final = re.compile(
    RECORD.replace("(?<", "(?P<").replace("(?P<value>\\S+)$", "(?P<value>[0-9a-fA-F:.]*[.:][0-9a-fA-F:.]*|\\S+\\.)$")
)
_ASKED: Final = re.compile(lines.ASKED.replace("(?<", "(?P<"))
_SOA: Final = re.compile(r"^\S+\s+(?:[0-9]\S*\s+)?(?:IN\s+)(?:SOA|NS|MX)\s+\S+", re.IGNORECASE)


def _in_json(line: bytes) -> bool:
    """Return whether a line in JSON has the keys of massdns, dnsx or zdns."""
    if re.match(rb'\{\s*"host"\s*:', line):
        return bool(re.search(rb'"status_code"\s*:|"resolver"\s*:\s*\[|"timestamp"\s*:', line))
    if not re.search(rb'"name"\s*:\s*"', line[: 1 << 16]):
        return False
    modules = "|".join(records.MODULES).encode()
    if re.search(rb'"results"\s*:\s*\{\s*"(?:' + modules + rb')"\s*:\s*\{', line):
        return True
    return bool(re.search(_HELD, line) and re.search(_STATUS, line))


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the records, a batch for each part of the file, and what was not understood."""
    told = _Told(limits)
    try:
        yield from told.file(path)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    yield from told.notes()


class _Told:
    """What was read so far, and counts of it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.deadline = time.monotonic() + limits.seconds
        self.kept = self.others = self.empty = self.strangers = 0
        self.refused: Counter[str] = Counter()  # by reason, past those told one by one
        self.told = 0
        self.statuses: Counter[str] = Counter()
        self.days: list[date] = []

    def file(self, path: Path) -> Iterator[Batch | Reject]:
        """Yield what the lines of a file hold."""
        most = min(self.limits.bytes_in, BYTES_MOST)
        if path.stat().st_size > most:
            yield Reject("file", f"larger than {most:,} bytes: what stands past them is not read")
        carried, number, json = lines.Carried(), 1, None
        with path.open("rb") as opened:
            for part, torn in _parts(opened, most):
                if torn:
                    yield Reject(f"line {number}", f"longer than {LINE_BYTES:,} bytes")
                    number += 1
                    continue
                text = part.decode("utf-8", "replace").removeprefix("\ufeff" if number == 1 else "")
                column = pl.Series("line", [text]).str.split("\n").explode()
                frame = pl.DataFrame({"line": column}).with_row_index("number", offset=number)
                frame = frame.with_columns(pl.col("number").cast(pl.UInt64))
                if json is None:
                    json = text.lstrip().startswith("{")
                yield from self.block(records.block(frame) if json else lines.block(frame, carried))
                number += part.count(b"\n")
                if self.kept >= min(self.limits.rows, RECORDS_MOST) or time.monotonic() > self.deadline:
                    yield Reject(f"line {number} and after", "past a limit of records or of time; not read")
                    return

    def block(self, found: Block) -> Iterator[Batch | Reject]:
        """Yield the records of a block, and its lines that were not understood."""
        self.kept += found.records.height
        self.others += found.others
        self.strangers += found.strangers
        self.empty += found.empty
        self.statuses.update(found.statuses)
        self.days += [
            day for day in (found.records["date"].min(), found.records["date"].max()) if isinstance(day, date)
        ]
        room = max(self.limits.rejects - self.told, 0)
        for line, reason in found.wrong.head(room).iter_rows():
            yield Reject(f"line {line}", reason)
        self.told += min(room, found.wrong.height)
        rest = found.wrong.slice(room)
        for reason, count in rest.group_by("reason").len().sort("reason").iter_rows():
            self.refused[reason] += count
        if found.records.height:
            yield _batch(found.records)

    def notes(self) -> Iterator[Reject | Note]:
        """Say what was counted."""
        for reason, count in self.refused.items():
            yield Reject("after these", reason, count)
        if self.kept:
            first, last = (min(self.days), max(self.days)) if self.days else (None, None)
            when = f"of {first}" if first == last else f"of {first} to {last}"
            when = when if first else "of no stated day"
            yield Note(f"{plural(self.kept, 'record')} of addresses and aliases, {when}")
        else:
            yield Note("no record of an address or an alias stands in it")
        bad = {word: count for word, count in sorted(self.statuses.items()) if word != "NOERROR"}
        if bad:
            said = ", ".join(f"{word} {count:,}" for word, count in list(bad.items())[:8])
            yield Note(f"{plural(sum(bad.values()), 'question')} without an answer: {said}")
        if self.empty:
            yield Note(f"{plural(self.empty, 'question')} answered without an address or an alias")
        if self.strangers:
            yield Note(f"{plural(self.strangers, 'record')} of names that were not asked for: not read")
        if self.others:
            yield Note(f"{plural(self.others, 'record')} of other types, which lead to no address: not read")


def _parts(opened: object, most: int) -> Iterator[tuple[bytes, bool]]:
    """Yield whole lines, some megabytes at a time, and for a line that is too long that it was torn off.

    Between answers of dig where there are some, so that what belongs together is seen together.
    """
    rest, left, skipping = b"", most, False
    while left > 0:
        fresh = opened.read(min(BLOCK_BYTES, left))  # type: ignore[attr-defined]  # an open file
        left -= len(fresh)
        if not fresh:
            break
        if skipping:
            _, found, fresh = fresh.partition(b"\n")
            skipping = not found
        held = rest + fresh
        cut = max(held.rfind(b"\n;; ->>HEADER<<-"), held.rfind(b"\n;; Server: ")) + 1
        # An answer begins some lines before its header.
        cut = cut if cut > len(held) // 2 else held.rfind(b"\n") + 1
        part, rest = held[:cut], held[cut:]
        if part:
            yield part, False
        if len(rest) > LINE_BYTES and b"\n" not in rest:
            yield b"", True
            rest, skipping = b"", True
    if rest:
        yield rest, False


def _batch(found: pl.DataFrame) -> Batch:
    assets = found.select(
        pl.format("dns:{}", "name").alias("asset"),
        "name",
        pl.col("date").alias("observed_at"),
        pl.format("line {}", "number").alias("locator"),
        pl.lit(0, pl.UInt32).alias("bundle"),
        pl.col("type").alias("fragment"),
        pl.col("value").alias("answer"),
    )
    empty = pl.DataFrame(schema={name: TIE[name] for name in TIE_REQUIRED})
    assets = assets.select(*ASSET, *FRAGMENT)
    return Batch("service", assets, pl.DataFrame(schema=IDENTIFIER), empty, pl.DataFrame(schema=EXTENTS))

"""A file to tables of the objects in it, a window at a time, so that memory holds the tables and one window.

Three forms are told apart by their first bytes: an export, ``[{"model", "pk", "fields"}, …]``; a page of the API,
``{"count", "next", "previous", "results": […]}``; and the bare list of a page's results.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.readers.netbox import columns, walking
from crossline.readers.netbox.columns import OFFSET, PARENT, Shape, Walked, integer
from crossline.readers.netbox.models import EXPORT, PAGES, PASSED_OVER
from crossline.readers.netbox.refusals import Refusals

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from crossline.compiled import Array
    from crossline.tables import Limits

WINDOW: Final = 32 << 20  # bytes; no element is longer
AT_ONCE: Final = 1 << 17  # elements
_MEMBERS: Final = 1000  # of a page, beside its results
_MARK: Final = b"\xef\xbb\xbf"

_ENTRY: Final = Shape((integer("pk", loose=True),), places=("model", "fields"))
_MODELS: Final = columns.Words(EXPORT)
_RESULT: Final = Shape(places=("url",))
_URL: Final = re.compile(rb'"([^"]{0,900}?/api/)((?:dcim|ipam|circuits|tenancy|virtualization)/[a-z-]{1,40})/')
_URL_BYTES: Final = 1000


@dataclass
class Tables:
    """What a file holds: ``rows[model]`` are frames, ``lists[model, path]`` those of lists within, with ``parent``.

    ``parent`` is the row of the list's object in ``rows[model]``. ``seen`` counts the objects of every model that is
    known here, and ``strange`` the others.
    """

    form: str = ""  # export or page
    rows: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    lists: dict[tuple[str, str], list[pl.DataFrame]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    strange: int = 0
    refused: Refusals = field(default_factory=Refusals)
    count: int | None = None  # how many objects NetBox has of the page's sort
    instance: str = ""  # where the API lives
    ended: str | None = None  # a limit that was met

    def table(self, model: str) -> pl.DataFrame | None:
        """Return the objects of a model, None where the file has none."""
        return pl.concat(self.rows[model], rechunk=True) if model in self.rows else None

    def items(self, model: str, path: str) -> pl.DataFrame | None:
        """Return the items of a list of each object of a model, None where there are none."""
        return pl.concat(self.lists[model, path], rechunk=True) if (model, path) in self.lists else None

    def height(self, model: str) -> int:
        """Return how many objects of the model were read."""
        return sum(part.height for part in self.rows.get(model, ()))


class Bytes:
    """A window on a file, moved over it from its start to its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        """Open the window at the start."""
        self.file = file
        self.data: Array = np.zeros(min(size + 1, WINDOW), np.uint8)
        self.shift = self.have = self.at = 0
        self.over = False
        self.more()

    def more(self) -> bool:
        """Move what is not walked yet to the front and read on; return whether anything came."""
        rest = self.have - self.at
        if self.at:
            self.data[:rest] = self.data[self.at : self.have].copy()
        self.shift += self.at
        self.at, self.have = 0, rest
        before = rest
        while not self.over and self.have < len(self.data):
            got = self.file.readinto(memoryview(self.data)[self.have :])  # type: ignore[attr-defined, arg-type]  # a raw file has it; an array is a buffer
            self.over = not got
            self.have += got or 0
        return self.have > before

    @property
    def place(self) -> int:
        """Return the offset of what comes next."""
        return self.shift + self.at

    def peek(self) -> int:
        """Return the next byte that is no white space, -1 at the end."""
        while True:
            self.at = walking.blank(self.data, self.at, self.have)
            if self.at < self.have:
                return int(self.data[self.at])
            if not self.more():
                return -1

    def value(self) -> bytes | None:
        """Return the value that comes next and step over it; None where it is not whole or no JSON."""
        while True:
            past = walking.skip(self.data, self.at, self.have)
            if past > 0:
                found = self.data[self.at : past].tobytes()
                self.at = past
                return found
            if past != walking.MORE or not self.more():
                return None


def read(path: Path, limits: Limits) -> Tables:
    """Return what the file holds; raises OSError."""
    made = Tables()
    size = path.stat().st_size
    if size > limits.bytes_in:
        made.ended = f"larger than the limit of {limits.bytes_in} bytes"
        return made
    with path.open("rb", buffering=0) as file:
        source = Bytes(file, size)
        if source.data[:3].tobytes() == _MARK:
            source.at = 3
        _File(source, made, limits).read()
    return made


class _File:
    """One file on its way to tables."""

    def __init__(self, source: Bytes, made: Tables, limits: Limits) -> None:
        self.source, self.made, self.limits = source, made, limits
        self.deadline = time.monotonic() + limits.seconds
        self.rows = 0

    def read(self) -> None:
        """Read the whole file."""
        opened = self.source.peek()
        if opened == 0x5B:
            self.source.at += 1
            whole = self.elements()
        elif opened == 0x7B:
            self.made.form = "page"
            self.source.at += 1
            whole = self.page()
        else:
            self.stop("is no JSON of NetBox: neither a list nor a page")
            return
        if whole and self.source.peek() != -1:
            self.stop("what stands after the end of the document was not read")

    def stop(self, why: str) -> bool:
        """Say where and why reading ends."""
        self.made.refused.say(why, self.source.place)
        return False

    def broken(self) -> bool:
        """Say that what comes next is not whole."""
        if self.source.over:
            return self.stop("the file ends in the midst of this; what stood before it was read")
        return self.stop(f"is no JSON, or longer than {WINDOW >> 20} MiB; the rest of the file was not read")

    def page(self) -> bool:
        """Read the members of a page, its results among them; return whether it was whole."""
        for _ in range(_MEMBERS):
            c = self.source.peek()
            if c == 0x7D:
                self.source.at += 1
                return True
            if c == 0x2C:
                self.source.at += 1
                c = self.source.peek()
            name = self.source.value() if c == 0x22 else None
            if name is None or self.source.peek() != 0x3A:
                return self.broken()
            self.source.at += 1
            c = self.source.peek()
            if name == b'"results"' and c == 0x5B:
                self.source.at += 1
                if not self.elements():
                    return False
                continue
            value = self.source.value() if c != -1 else None
            if value is None:
                return self.broken()
            if name == b'"count"' and re.fullmatch(rb"[0-9]{1,15}", value):
                self.made.count = int(value)
            if name in {b'"next"', b'"previous"'} and not self.made.instance:
                self.address(value)
        return self.stop(f"more than {_MEMBERS} members of a page")

    def address(self, value: bytes) -> None:
        """Take from the address of another page what sort of objects this one has."""
        found = _URL.match(value[:_URL_BYTES])
        if found:
            self.made.instance = found[1].decode("utf-8", "replace")
            self.made.seen.setdefault(found[2].decode(), 0)

    def elements(self) -> bool:
        """Read the elements of a list to its end; return whether it was whole."""
        stack, kind, start, size = columns.room(AT_ONCE, _ENTRY)
        state = np.zeros(3, np.int64)
        while True:
            source = self.source
            shape = _RESULT if self.made.form == "page" else _ENTRY
            width = len(shape.nodes)
            count = walking.elements(
                source.data, source.at, source.have, shape.paths, stack,
                kind[:, :width], start[:, :width], size[:, :width], state,
            )  # fmt: skip
            if count and not self.made.form:
                # The first element says which form it is: an export's has a model, the API's has not.
                self.made.form = "export" if kind[0, shape.nodes["model"]] == walking.TEXT else "page"
                if self.made.form == "page":
                    state[:] = 0
                    continue
            if count:
                walked = Walked(
                    source.data, source.shift, kind[:count, :width], start[:count, :width], size[:count, :width]
                )
                self.sort(walked)
            source.at = int(state[2])
            self.rows += count
            if time.monotonic() > self.deadline or self.rows > self.limits.rows:
                which = f"{self.limits.seconds:g} seconds" if self.rows <= self.limits.rows else f"{self.rows} objects"
                self.made.ended = f"past the limit of {which}; the rest was not read"
                return False
            why = int(state[1])
            if why == walking.CLOSED:
                return True
            if why == walking.BROKEN:
                return self.stop("is no JSON; the rest of the file was not read")
            if why == walking.STARVED and not source.more():
                return self.broken()

    def sort(self, walked: Walked) -> None:
        """Send each object to the shape of its model."""
        objects = walked.kind[:, 0] == walking.OBJECT
        if not objects.all():
            self.made.refused.add("is no object", walked.start[~objects, 0] + walked.shift)
            walked = walked.rows(np.flatnonzero(objects))
        if self.made.form == "export":
            self.sort_export(walked)
        else:
            self.sort_page(walked)

    def sort_export(self, walked: Walked) -> None:
        """Read what is wanted of each model of an export."""
        node = _ENTRY.nodes["fields"]
        number = _MODELS.numbers(walked, _ENTRY.nodes["model"])
        self.made.refused.add("an entry without a model", walked.start[number == -2, 0] + walked.shift)
        self.made.strange += int((number == -1).sum())
        for which in np.unique(number[number >= 0]):
            model = _MODELS.words[which]
            own = walked.rows(np.flatnonzero(number == which))
            self.made.seen[model] = self.made.seen.get(model, 0) + len(own.kind)
            held = own.kind[:, node] == walking.OBJECT
            if not held.all():
                self.made.refused.add(f"{model}: an entry without fields", own.start[~held, 0] + own.shift)
                own = own.rows(np.flatnonzero(held))
            entry = columns.frame(own, _ENTRY, self.saying(model), own.start[:, 0] + own.shift)
            known = entry.select(OFFSET, pl.col("pk").alias("id"))
            self.keep(model, EXPORT[model], columns.inside(own, node, EXPORT[model]), known)

    def sort_page(self, walked: Walked) -> None:
        """Read what is wanted of each endpoint; a page has one, but its results say so themselves."""
        number, names = self.endpoints(walked)
        self.made.refused.add("has no url that says what NetBox calls it", walked.start[number < 0, 0] + walked.shift)
        for which, model in enumerate(names):
            own = walked.rows(np.flatnonzero(number == which))
            if not len(own.kind):
                continue
            self.made.seen[model] = self.made.seen.get(model, 0) + len(own.kind)
            if model not in PAGES:
                if model not in PASSED_OVER:
                    self.made.strange += len(own.kind)
                continue
            shape = PAGES[model]
            offsets = pl.DataFrame({OFFSET: own.start[:, 0] + own.shift})
            self.keep(model, shape, columns.inside(own, 0, shape), offsets)

    def endpoints(self, walked: Walked) -> tuple[Array, list[str]]:
        """Return the number of each result's endpoint, -1 where it has none, and the endpoints' names."""
        node = _RESULT.nodes["url"]
        first = columns.alike(walked, node)
        fallback = next(iter(self.made.seen), None)  # from the address of another page
        numbers: dict[str, int] = {}
        of_first: dict[int, int] = {}
        for row in np.unique(first):
            start, size = int(walked.start[row, node]), int(walked.size[row, node])
            is_text = walked.kind[row, node] == walking.TEXT
            said = _URL.match(walked.data[start : start + min(size, _URL_BYTES)].tobytes()) if is_text else None
            name = said[2].decode() if said else (fallback if not is_text else None)
            if said and not self.made.instance:
                self.made.instance = said[1].decode("utf-8", "replace")
            of_first[int(row)] = numbers.setdefault(name, len(numbers)) if name else -1
        rows = np.array(list(of_first), np.int64)
        return np.array(list(of_first.values()), np.int64)[np.searchsorted(rows, first)], list(numbers)

    def keep(self, model: str, shape: Shape, chosen: Walked, known: pl.DataFrame) -> None:
        """Make columns of what was walked and keep them; ``known`` has the offset, and the id of an export's entry."""
        whole = chosen.kind[:, 0] == walking.OBJECT
        self.made.refused.add(f"{model}: is no JSON inside", known[OFFSET].to_numpy()[~whole])
        if not whole.all():
            chosen, known = chosen.rows(np.flatnonzero(whole)), known.filter(pl.Series(whole))
        offsets = known[OFFSET].to_numpy()
        made = columns.frame(chosen, shape, self.saying(model), offsets).drop(OFFSET)
        made = pl.concat([known, made], how="horizontal")
        before = self.made.height(model)
        self.made.rows.setdefault(model, []).append(made)
        for path, inner in shape.lists.items():
            listed, parent, odd = columns.items(chosen, shape.nodes[path], inner)
            if odd:
                self.made.refused.say(f"{model}: {path} is no list", int(known[OFFSET][0]), odd)
            frame = columns.frame(listed, inner, self.saying(f"{model}: {path}"), offsets[parent])
            frame = frame.with_columns(pl.Series(PARENT, parent + before, dtype=pl.Int64))
            self.made.lists.setdefault((model, path), []).append(frame)

    def saying(self, model: str) -> columns.Say:
        """Return how a value of the wrong type is told of."""

        def say(column: str, why: str, offsets: Array) -> None:
            self.made.refused.add(f"{model}: {column} {why}", offsets)

        return say

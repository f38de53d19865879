"""Libraries that a package holds, told by signatures: the world's table ``signature``, made into a matcher.

A signature speaks of classes, of files of machine code, or of paths in a package, and is exact or a regular expression
(RE2's syntax, https://github.com/google/re2/wiki/Syntax). Exact ones are a join. Expressions are one automaton
(``RE2::Set``), which reads all names, a line each, in one pass; so the time hardly grows with their number. It reads
them in pieces, and says what is in each; then the first name is looked for in the first piece alone.

A name is ``com/facebook/ads/AdView``, and an expression is found anywhere in it, but never across two names: no
expression matches a line break, ``^`` and ``$`` are the ends of a name, and a name that holds a line break, which no
class can have, is counted and not compared. Thousands of expressions of the form ``(?:^|/)com/acme/``, which is how to
say that a part of the name begins there, make an automaton of very many states, because each of them begins at two
places; they are looked for as ``/com/acme/`` in names with a slash before them, which is the same.

RE2 needs time in proportion to the text whatever the expression, and states a bound on memory. An automaton that does
not fit is split in halves; a match that runs out of memory is told from one that finds nothing by an expression that
is always found, and the halves are asked. What cannot be used is counted with a reason in :attr:`Signatures.refused`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import re2

from crossline.identifiers import library
from crossline.text import visible, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MEMORY_BYTES: Final = 64 << 20  # of one automaton, its states included (RE2's max_mem)
PATTERN_MOST: Final = 20_000  # characters; the longest of those known have some 1,000
SIGNATURES_MOST: Final = 200_000
PIECE_BYTES: Final = 1 << 16  # of names, at least
OF: Final = ("class", "native", "file")
FORMS: Final = ("exact", "regex")
LIBRARIES: Final = pl.Schema(
    {"library": pl.String(), "of": pl.String(), "name": pl.String(), "file": pl.String(), "source": pl.String()}
)
_COLUMNS: Final = ("library", "of", "form", "pattern", "source")

_ROOT: Final = "(?:^|/)"
_PLAIN: Final = r"(?:[^|()\[\]{}^$*+?\\]|\\[^A-Za-z0-9])+"  # characters, dots and escaped characters
_ROOTED: Final = re.compile(rf"{re.escape(_ROOT)}{_PLAIN}(?:\|{re.escape(_ROOT)}{_PLAIN})*")
# What speaks of a text's own ends, which are not those of a name where names are lines of one text, and \C, any byte.
_OF_WHOLE_TEXTS: Final = re.compile(r"(?:[^\\]|\\\\|\\[^\\AzC])*(?:\\[AzC]|\(\?[A-Za-z]*-[A-Za-z]*m)")
_LINES: Final = b"(?m)"  # ^ and $ are the ends of a line

BY_NAME: Final = "by the name of the file alone"

INCOMPLETE: Final = "a cell is empty"
UNKNOWN_FORM: Final = f"not of {', '.join(OF)}, or neither {' nor '.join(FORMS)}"
TOO_LONG: Final = f"longer than {PATTERN_MOST:,} characters"
TOO_MANY: Final = f"limit of {SIGNATURES_MOST:,} signatures"
WHOLE_TEXTS: Final = r"\A, \z, \C or (?-m), where ^ and $ are the ends of a name"
NO_RE2: Final = "no expression that RE2 takes"
TOO_LARGE: Final = "an expression that needs more memory than an automaton may have"
HOLLOW: Final = "an expression that is found in every name"


@dataclass(frozen=True)
class Names:
    """What is looked through: names as UTF-8, one a line, and where they lie: one file for all, or one for each.

    ``broken`` counts names that hold a line break and are left out.
    """

    text: bytes
    files: str | Sequence[str]
    broken: int = 0

    @classmethod
    def of(cls, names: Iterable[str], files: str | Sequence[str]) -> Names:
        """Return these names, without those that hold a line break."""
        told = list(names)
        whole = [place for place, name in enumerate(told) if "\n" not in name]
        kept = files if isinstance(files, str) else [files[place] for place in whole]
        text = "\n".join(told[place] for place in whole).encode("utf-8", "replace")
        return cls(text, kept, len(told) - len(whole)) if whole else cls(b"", (), len(told))

    def line(self, number: int) -> tuple[str, str]:
        """Return a name and where it lies."""
        name = self.text.split(b"\n", number + 1)[number].decode("utf-8", "replace")
        return name, self.files if isinstance(self.files, str) else self.files[number]


_Place = tuple[Names, int, bytes]  # names, the number of a line of them, and some lines from there on


@dataclass
class _Block:
    """Expressions in one automaton, by their rows in the table. One more, the last, is found in every text."""

    rows: list[int]
    patterns: list[bytes]
    automaton: Any
    halves: list[_Block] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """What signatures show.

    ``libraries`` (:data:`LIBRARIES`) has a row for each library, in order of its name in canonical form: by the first
    signature of the table that shows it, one of classes if any does, the first name in which it does, and where that
    lies. ``misnamed`` counts libraries that signatures show and whose name no identifier can have; ``broken`` counts
    names that hold a line break.
    """

    libraries: pl.DataFrame
    misnamed: int = 0
    broken: int = 0


@dataclass(frozen=True)
class Signatures:
    """Signatures, made to be looked for: ``count`` of them, of ``sources``; ``refused`` has why others cannot be.

    ``rows`` have library, of, form, pattern, source, and whether a pattern is *rooted*, that is, looked for in names
    with a slash before them. Those in ``unfit`` are not looked for. ``exact`` has the rows of each name that is one.
    """

    rows: Sequence[tuple[str, str, str, str, str, bool]]
    unfit: frozenset[int]
    refused: Mapping[str, int]
    memory_bytes: int
    blocks: Mapping[tuple[str, bool], list[_Block]] = field(repr=False)
    exact: Mapping[str, Mapping[bytes, list[int]]] = field(repr=False)

    @property
    def count(self) -> int:
        """How many signatures are looked for."""
        return len(self.rows) - len(self.unfit)

    @cached_property
    def sources(self) -> list[str]:
        """The sources of these signatures, sorted."""
        return sorted({row[4] for number, row in enumerate(self.rows) if number not in self.unfit})

    def find(self, names: Mapping[str, Sequence[Names]]) -> Found:
        """Return the libraries that signatures show in the names of each of :data:`OF`; any may be there twice."""
        first: dict[int, _Place] = {}  # of each row that is found
        for of, held in names.items():
            for one in held:
                if one.text:
                    self._look(of, one, first)
        of_class = [row[1] == "class" for row in self.rows]  # what code is called tells more than a file's name
        rows = sorted(first.keys() - self.unfit, key=lambda row: (not of_class[row], row))
        told: dict[str, int] = {}
        misnamed = set()
        for row in rows:
            name = self.rows[row][0]
            try:
                told.setdefault(library.parse(name), row)
            except ValueError:
                misnamed.add(name)
        shown = []
        for name, row in sorted(told.items()):
            _, of, form, pattern, source, _ = self.rows[row]
            one, start, text = first[row]
            number = start + (_exactly if form == "exact" else _line)(pattern.encode(), text)
            shown.append((name, of, *one.line(number), source))
        broken = sum(one.broken for held in names.values() for one in held)
        return Found(pl.DataFrame(shown, schema=LIBRARIES, orient="row"), len(misnamed), broken)

    def _look(self, of: str, names: Names, first: dict[int, _Place]) -> None:
        """Note of each row that is found here, and was not before, in which lines."""
        exact = self.exact.get(of)
        if exact:
            for name in filter(exact.__contains__, names.text.split(b"\n")):
                for row in exact[name]:
                    first.setdefault(row, (names, 0, names.text))
        for rooted in (False, True):
            blocks = self.blocks.get((of, rooted))
            for start, text in _pieces(names.text, rooted=rooted) if blocks else ():
                for row in _matching(blocks or [], text, self.memory_bytes):
                    first.setdefault(row, (names, start, text))


def compiled(table: pl.DataFrame, memory_bytes: int = MEMORY_BYTES) -> Signatures:
    """Make a matcher of the world's table ``signature``; never raises on what its cells say."""
    refused: Counter[str] = Counter()
    rows: list[tuple[str, str, str, str, str, bool]] = []
    groups: dict[tuple[str, str, bool], list[int]] = {}
    # No expressions of polars: a jail's server does this, and after the threads that they start it could not be forked.
    for number, row in enumerate(zip(*(table[name].to_list() for name in _COLUMNS), strict=True)):
        why = _unfit(number, row)
        if why:
            refused[why] += 1
            continue
        name, of, form, pattern, source = row
        rooted = form == "regex" and _ROOTED.fullmatch(pattern) is not None
        groups.setdefault((of, form, rooted), []).append(len(rows))
        rows.append((name, of, form, pattern.replace(_ROOT, "/") if rooted else pattern, source, rooted))
    unfit: dict[int, str] = {}
    blocks: dict[tuple[str, bool], list[_Block]] = {}
    exact: dict[str, dict[bytes, list[int]]] = {}
    for (of, form, rooted), numbers in groups.items():
        if form == "exact":
            for number in numbers:
                exact.setdefault(of, {}).setdefault(rows[number][3].encode(), []).append(number)
            continue
        made = _blocks(numbers, [rows[number][3].encode() for number in numbers], memory_bytes, unfit)
        blocks[of, rooted] = made
        unfit |= dict.fromkeys(_matching(made, b"", memory_bytes), HOLLOW)
    refused.update(unfit.values())
    return Signatures(tuple(rows), frozenset(unfit), dict(sorted(refused.items())), memory_bytes, blocks, exact)


def _unfit(number: int, row: tuple[str | None, ...]) -> str | None:
    """Say why a row of the table cannot be looked for, or return None."""
    _, of, form, pattern, _ = row
    if None in row or not pattern:
        return INCOMPLETE
    if of not in OF or form not in FORMS:
        return UNKNOWN_FORM
    if len(pattern) > PATTERN_MOST:
        return TOO_LONG
    if number >= SIGNATURES_MOST:
        return TOO_MANY
    return WHOLE_TEXTS if form == "regex" and _OF_WHOLE_TEXTS.match(pattern) else None


def _blocks(rows: list[int], patterns: list[bytes], memory_bytes: int, refused: dict[int, str]) -> list[_Block]:
    """Put expressions into as few automata as their memory allows; those that fit none are refused."""
    automaton = re2.Set.SearchSet(_options(memory_bytes))
    kept_rows, kept = [], []
    for row, pattern in zip(rows, patterns, strict=True):
        try:
            automaton.Add(_LINES + pattern)
        except re2.error:
            refused[row] = NO_RE2
        else:
            kept_rows.append(row)
            kept.append(pattern)
    if not kept:
        return []
    automaton.Add(b"")
    try:
        automaton.Compile()
    except re2.error:
        if len(kept) == 1:
            refused[kept_rows[0]] = TOO_LARGE
            return []
        return _halves(kept_rows, kept, memory_bytes, refused)
    return [_Block(kept_rows, kept, automaton)]


def _halves(rows: list[int], patterns: list[bytes], memory_bytes: int, refused: dict[int, str]) -> list[_Block]:
    middle = len(rows) // 2
    return [
        *_blocks(rows[:middle], patterns[:middle], memory_bytes, refused),
        *_blocks(rows[middle:], patterns[middle:], memory_bytes, refused),
    ]


def _matching(blocks: Sequence[_Block], text: bytes, memory_bytes: int) -> Iterator[int]:
    """Yield the rows of the expressions that are found in a text."""
    for block in blocks:
        hits = [] if block.halves else block.automaton.Match(text) or []
        if len(block.rows) in hits:
            yield from (block.rows[hit] for hit in hits if hit < len(block.rows))
        elif len(block.rows) > 1:
            block.halves = block.halves or _halves(block.rows, block.patterns, memory_bytes, {})
            yield from _matching(block.halves, text, memory_bytes)
        elif _alone(block.patterns[0]).search(text):  # which needs no automaton where one has no room
            yield block.rows[0]


def _options(memory_bytes: int) -> Any:  # noqa: ANN401 - the library has no types
    options = re2.Options()
    options.max_mem = memory_bytes
    options.never_nl = True
    options.never_capture = True
    options.log_errors = False
    return options


def _alone(pattern: bytes) -> Any:  # noqa: ANN401 - the library has no types
    return re2.compile(_LINES + pattern, _options(MEMORY_BYTES))


def _pieces(text: bytes, *, rooted: bool) -> Iterator[tuple[int, bytes]]:
    """Yield lines, with a slash before each where expressions begin with one, and how many came before."""
    start = lines = 0
    while start <= len(text):
        end = text.find(b"\n", start + PIECE_BYTES)
        piece = text[start:] if end < 0 else text[start:end]
        yield lines, b"/" + piece.replace(b"\n", b"\n/") if rooted else piece
        lines += piece.count(b"\n") + 1
        start = len(text) + 1 if end < 0 else end + 1


def _exactly(name: bytes, text: bytes) -> int:
    """Return the number of the first line that is a name; one is."""
    return text.split(b"\n").index(name)


def _line(pattern: bytes, text: bytes) -> int:
    """Return the number of the first line in which an expression is found; it is found in one."""
    return text.count(b"\n", 0, _alone(pattern).search(text).start())


def locators(libraries: pl.DataFrame) -> pl.Series:
    """Return where each library was seen, and by whose signature: ``classes.dex class a/B, signature of SOURCE``.

    Names of files and classes are the package's to choose, so each is one word (:func:`crossline.text.word`).
    """
    shown = (
        (f"{word(file, 300)} class {word(name, 300)}" if of == "class" else f"{word(file, 300)}, {BY_NAME}")
        + f", signature of {visible(source)}"
        for of, name, file, source in libraries.select("of", "name", "file", "source").iter_rows()
    )
    return pl.Series("locator", list(shown), pl.String)

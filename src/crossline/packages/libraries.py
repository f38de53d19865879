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
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import re2

from crossline.identifiers import library
from crossline.text import visible, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MEMORY_BYTES: Final = 64 << 20  # of one automaton, its states included (RE2's max_mem)
PATTERN_MOST: Final = 20_000  # characters; the longest of those known have some 1,000
SIGNATURES_MOST: Final = 200_000
PIECE_BYTES: Final = 1 << 16  # of names, at least
OF: Final = ("class", "native", "file")
FORMS: Final = ("exact", "regex")
NAMES: Final = pl.Schema({"name": pl.String(), "file": pl.String()})  # what is looked through: a name, where it lies
LIBRARIES: Final = pl.Schema(
    {"library": pl.String(), "of": pl.String(), "name": pl.String(), "file": pl.String(), "source": pl.String()}
)
_COLUMNS: Final = ("library", "of", "form", "pattern", "source")

_ROOT: Final = "(?:^|/)"
_PLAIN: Final = r"(?:[^|()\[\]{}^$*+?\\]|\\[^A-Za-z0-9])+"  # characters, dots and escaped characters
_ROOTED: Final = rf"^{re.escape(_ROOT)}{_PLAIN}(?:\|{re.escape(_ROOT)}{_PLAIN})*$"
# What speaks of a text's own ends, which are not those of a name where names are lines of one text, and \C, any byte.
_OF_WHOLE_TEXTS: Final = r"^(?:[^\\]|\\\\|\\[^\\AzC])*(?:\\[AzC]|\(\?[A-Za-z]*-[A-Za-z]*m)"
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

    ``table`` has library, of, form, pattern, source, and whether a pattern is ``rooted``, that is, looked for in names
    with a slash before them. Of its rows those in ``unfit`` are not looked for.
    """

    table: pl.DataFrame
    unfit: frozenset[int]
    refused: Mapping[str, int]
    memory_bytes: int
    blocks: Mapping[tuple[str, bool], list[_Block]] = field(repr=False)
    exact: Mapping[str, pl.DataFrame] = field(repr=False)  # row, pattern

    @property
    def count(self) -> int:
        """How many signatures are looked for."""
        return self.table.height - len(self.unfit)

    @property
    def sources(self) -> list[str]:
        """The sources of these signatures, sorted."""
        fit = self.table.with_row_index("row").filter(~pl.col("row").is_in(list(self.unfit)))
        return list(fit["source"].unique().sort())

    def find(self, names: Mapping[str, pl.DataFrame]) -> Found:
        """Return the libraries that signatures show in ``names``: a table of :data:`NAMES` for each of :data:`OF`.

        A name may stand in a table several times.
        """
        whole = {of: _whole(frame) for of, frame in names.items()}
        broken = sum(frame.height - whole[of].height for of, frame in names.items())
        whole = {of: frame for of, frame in whole.items() if frame.height}
        first: dict[
            int, tuple[int, bytes]
        ] = {}  # of each row that is found, where: a number of names, and those behind
        for of, signed in self.exact.items():
            if of in whole:
                found = signed.join(whole[of], left_on="pattern", right_on="name", how="semi")["row"]
                first |= dict.fromkeys(found, (0, b""))
        for (of, rooted), blocks in self.blocks.items():
            for start, text in _pieces(whole[of]["name"], rooted=rooted) if of in whole else ():
                for row in _matching(blocks, text, self.memory_bytes):
                    first.setdefault(row, (start, text))
        of_class = self.table["of"] == "class"  # what code is called tells more than what a file is called
        rows = sorted(first.keys() - self.unfit, key=lambda row: (not of_class[row], row))
        told: dict[str, tuple[int, str, str, str, str]] = {}
        misnamed = set()
        matched = self.table[pl.Series(rows, dtype=pl.UInt32)].select(_COLUMNS)
        for row, (name, *signed_by) in zip(rows, matched.iter_rows(), strict=True):
            try:
                told.setdefault(library.parse(name), (row, *signed_by))
            except ValueError:
                misnamed.add(name)
        shown = []
        for name, (row, of, form, pattern, source) in sorted(told.items()):
            frame = whole[of]
            start, text = first[row]
            exact = frame["name"].index_of(pattern) if form == "exact" else None
            place = start + _line(pattern.encode(), text) if exact is None else exact
            shown.append((name, of, frame["name"][place], frame["file"][place], source))
        return Found(pl.DataFrame(shown, schema=LIBRARIES, orient="row"), len(misnamed), broken)


def compiled(table: pl.DataFrame, memory_bytes: int = MEMORY_BYTES) -> Signatures:
    """Make a matcher of the world's table ``signature``; never raises on what its cells say."""
    rows = table.select(_COLUMNS)
    why = (
        pl.when(pl.any_horizontal(pl.col(_COLUMNS).is_null()) | (pl.col("pattern") == ""))
        .then(pl.lit(INCOMPLETE))
        .when(~pl.col("of").is_in(OF) | ~pl.col("form").is_in(FORMS))
        .then(pl.lit(UNKNOWN_FORM))
        .when(pl.col("pattern").str.len_chars() > PATTERN_MOST)
        .then(pl.lit(TOO_LONG))
        .when(pl.int_range(pl.len()) >= SIGNATURES_MOST)
        .then(pl.lit(TOO_MANY))
        .when((pl.col("form") == "regex") & pl.col("pattern").str.contains(_OF_WHOLE_TEXTS))
        .then(pl.lit(WHOLE_TEXTS))
    )
    rows = rows.with_columns(why.alias("why"))
    refused = Counter(rows["why"].drop_nulls())
    rooted = (pl.col("form") == "regex") & pl.col("pattern").str.contains(_ROOTED)
    plain = pl.col("pattern").str.replace_all(_ROOT, "/", literal=True)
    rows = rows.filter(pl.col("why").is_null()).drop("why").with_columns(rooted=rooted)
    rows = rows.with_columns(pl.when("rooted").then(plain).otherwise("pattern").alias("pattern"))
    unfit: dict[int, str] = {}
    blocks: dict[tuple[str, bool], list[_Block]] = {}
    exact: dict[str, pl.DataFrame] = {}
    numbered = rows.with_row_index("row").select("row", "of", "form", "rooted", "pattern")
    for (of, form, slashed), part in numbered.group_by("of", "form", "rooted", maintain_order=True):
        if form == "exact":
            exact[str(of)] = part.select("row", "pattern")
            continue
        patterns = [pattern.encode() for pattern in part["pattern"]]
        made = _blocks(list(part["row"]), patterns, memory_bytes, unfit)
        blocks[str(of), bool(slashed)] = made
        unfit |= dict.fromkeys(_matching(made, b"", memory_bytes), HOLLOW)
    refused.update(unfit.values())
    return Signatures(rows, frozenset(unfit), dict(sorted(refused.items())), memory_bytes, blocks, exact)


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


def _whole(names: pl.DataFrame) -> pl.DataFrame:
    """Leave out names that hold a line break."""
    broken = names["name"].str.contains("\n", literal=True)
    return names.filter(~broken) if broken.any() else names


def _pieces(names: pl.Series, *, rooted: bool) -> Iterator[tuple[int, bytes]]:
    """Yield names as lines, with a slash before each where expressions begin with one, and how many came before."""
    before = "/" if rooted else ""
    text = (before + str(names.str.join(f"\n{before}").item())).encode()
    start = lines = 0
    while start <= len(text):
        end = text.find(b"\n", start + PIECE_BYTES)
        piece = text[start:] if end < 0 else text[start:end]
        yield lines, piece
        lines += piece.count(b"\n") + 1
        start = len(text) + 1 if end < 0 else end + 1


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

"""Terms over rows: rows are assets or bundles, and inside a quantifier pairs of a row and a tie.

Comparisons of columns are polars expressions; connectives are vector instructions on Kleene codes; quantifiers
are reduced by a compiled loop that also says which tie decided.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.evaluate.links import Ints, LinkIndex, expand, first_links, reduce_links
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.regimes import terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.estate import Estate, Holdings
    from crossline.evaluate.answers import Answers
    from crossline.evaluate.binding import Compiled

_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """Rows to evaluate a term over. ``asset`` is null where rows are bundles, and columns cannot be asked for."""

    bundle: Ints
    asset: Ints | None
    ties: tuple[Ints, ...] = ()  # for each quantifier that we are inside of, the tie of each row
    one_to_one: bool = False  # whether row r is bundle first + r, so that nothing needs to be gathered

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.bundle)


@dataclass(frozen=True)
class Decision:
    """A leaf's code for each asset and, for a quantifier, what it ranged over.

    Link i, to the tie ``tie[i]``, was answered with ``table[index[i]]``; the links of asset a are those of row
    ``row[a]`` (or a itself, where ``row`` is None), from ``start[first + row]`` on.
    """

    code: Codes
    reduced: Codes | None = None  # the code of each row; that of each asset is ``code``
    row: Ints | None = None
    table: Codes | None = None
    index: npt.NDArray[np.int32] | None = None
    start: Ints | None = None
    first: int = 0
    tie: Ints | None = None
    every: bool = False

    def ties(self, assets: Ints) -> Ints:
        """Return the tie that decides each of some assets, -1 where none does."""
        if self.table is None or self.index is None or self.start is None or self.tie is None or self.reduced is None:
            return np.full(len(assets), -1, np.int64)
        rows = assets if self.row is None else self.row[assets]
        place = np.empty(len(rows), np.int64)
        first_links(
            self.table, self.index, self.start, self.first, self.every, self.reduced, rows.astype(np.int64), place
        )
        found = place >= 0
        place[found] = self.tie[place[found]]
        return place


def whole_frame(holdings: Holdings) -> Frame:
    """Return the frame whose rows are all assets of a kind."""
    bundle = holdings.assets["bundle"].to_numpy().astype(np.int64)
    straight = len(bundle) == holdings.last - holdings.first and bool((np.diff(bundle) == 1).all())
    return Frame(bundle, np.arange(len(bundle)), one_to_one=straight)


class Evaluator:
    """Evaluates the terms of one rule over one kind's assets."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a rule is judged by
        self, estate: Estate, holdings: Holdings, whole: Frame, links: LinkIndex, answers: Answers,
        compiled: Compiled, memo: dict[object, Decision],
    ) -> None:  # fmt: skip
        self.estate = estate
        self.holdings = holdings
        self.whole = whole  # the frame whose rows are the kind's assets
        self.links = links
        self.keys = links.keys
        self.answers = answers
        self.compiled = compiled
        self.memo = memo  # decisions that rules share, where they ask the same

    # -- whole assets ----------------------------------------------------------------------------------------

    def decide(self, leaf: terms.Leaf) -> Decision:
        """Decide a leaf for every asset of the kind."""
        memo = (leaf, self.holdings.kind.name, *self._asked(leaf))
        if memo not in self.memo:
            if isinstance(leaf, terms.Quantifier) and not terms.columns(leaf):
                self.memo[memo] = self._over_bundles(leaf)
            elif isinstance(leaf, terms.Quantifier):
                self.memo[memo] = self._quantified(leaf, self.whole)
            else:
                self.memo[memo] = Decision(self.codes(leaf, self.whole))
        return self.memo[memo]

    def _asked(self, leaf: terms.Leaf) -> tuple[object, ...]:
        """Return what a leaf depends on beside its own words: the regime and its parameters, if it asks of parties."""
        if not isinstance(leaf, terms.Quantifier):
            return ()
        binding = self.compiled.binding
        return (binding.regime.id, *sorted((k, repr(v)) for k, v in binding.parameters(self.compiled.rule).items()))

    def _over_bundles(self, leaf: terms.Quantifier) -> Decision:
        """Decide a quantifier that asks for no column once for each bundle, and carry that to the assets."""
        bundle = np.arange(self.holdings.first, self.holdings.last)
        over = self._quantified(leaf, Frame(bundle, None), contiguous=True)
        if self.whole.one_to_one:
            return over
        row = self.whole.bundle - self.holdings.first
        return replace(over, code=over.code[row], row=row)

    # -- terms over any frame ----------------------------------------------------------------------------------

    def codes(self, term: terms.Term, frame: Frame) -> Codes:  # noqa: PLR0911 - one return a sort of term
        """Return the Kleene code of a term for every row."""
        if isinstance(term, terms.Fixed):
            code = UNKNOWN if term.value is None else TRUE if term.value else FALSE
            return np.full(len(frame), code, np.uint8)
        if isinstance(term, terms.Not):
            return (TRUE - self.codes(term.operand, frame)).astype(np.uint8)
        if isinstance(term, terms.And):
            return _folded(np.minimum, [self.codes(operand, frame) for operand in term.operands])
        if isinstance(term, terms.Or):
            return _folded(np.maximum, [self.codes(operand, frame) for operand in term.operands])
        if isinstance(term, terms.Choice):
            return chosen(*(self.codes(part, frame) for part in terms.children(term)))
        if isinstance(term, terms.Predicate):
            return self._predicate(term, frame)
        if isinstance(term, terms.Quantifier):
            return self._quantified(term, frame).code
        if isinstance(term, terms.Stated):
            cells = self.scalar(term.scalar, frame)
            assert cells is not None  # noqa: S101 - the checker takes no constant
            empty = np.where(self.misread(term.scalar, frame), UNKNOWN, FALSE)
            return np.where(cells.is_not_null().to_numpy(), TRUE, empty).astype(np.uint8)
        return self._compared(term, frame)

    def _compared(self, term: terms.Compare | terms.Within | terms.Truth, frame: Frame) -> Codes:
        series = {f"s{i}": self.scalar(s, frame) for i, s in enumerate(dict.fromkeys(terms.scalars(term)))}
        names = dict(zip(dict.fromkeys(terms.scalars(term)), series, strict=True))
        table = pl.DataFrame([s.alias(n) for n, s in series.items() if isinstance(s, pl.Series)])

        def expression(scalar: terms.Scalar) -> pl.Expr:
            if isinstance(scalar, terms.Constant):
                return _literal(scalar)
            return pl.col(names[scalar])

        if isinstance(term, terms.Truth):
            result = expression(term.scalar)
        elif isinstance(term, terms.Compare):
            result = _COMPARE[term.operator](expression(term.left), expression(term.right))
        else:
            item, texts = expression(term.item), expression(term.texts)
            if isinstance(term.texts, terms.Constant):
                values = term.texts.value
                known = pl.Series(values, dtype=pl.String) if isinstance(values, tuple) else None
                result = pl.lit(None, pl.Boolean) if known is None else item.is_in(known.implode())
            else:
                # An absent item is unknown even in an empty list; polars would say that it is not there.
                result = pl.when(item.is_not_null() & texts.is_not_null()).then(texts.list.contains(item))
        return _as_codes(table.select(result.alias("result"))["result"], len(frame))

    def scalar(self, scalar: terms.Scalar, frame: Frame) -> pl.Series | None:
        """Return a scalar's value for every row, or None for a constant."""
        if isinstance(scalar, terms.Column):
            assert frame.asset is not None  # noqa: S101 - frames of bundles are made only for terms without columns
            column = self.holdings.assets[scalar.name]
            whole = len(frame.asset) == column.len() and not frame.ties
            return column if whole else column.gather(frame.asset)
        if isinstance(scalar, terms.TieField):
            return self._field(scalar.name, frame.ties[scalar.variable])
        return None

    def misread(self, scalar: terms.Scalar, frame: Frame) -> npt.NDArray[np.bool_]:
        """Return for which rows a cell holds something that was not understood, so that no value is known."""
        if isinstance(scalar, terms.Column) and frame.asset is not None:
            return self.holdings.misread(scalar.name)[frame.asset]
        return np.zeros(len(frame), np.bool_)

    def _field(self, name: str, tie: Ints) -> pl.Series:
        ties = self.estate.ties
        if name == "share":
            least, most = (ties.column(column).gather(tie) for column in ("share_min", "share_max"))
            return pl.select(pl.when(least == most).then(least)).to_series()
        if name in ("type", "value", "identifier"):
            frame = self.estate.identifiers
            named = frame["type"] + ":" + frame["value"] if name == "identifier" else frame[name]
            return named.gather(ties.identifier[tie])
        if name == "state":
            return self.answers.states.gather(self.keys[tie])
        column = ties.column(name).gather(tie)
        if name == "registered":
            # What the file says of this tie goes before what a registry says of its number.
            return (
                pl.DataFrame(
                    [column.alias("own"), self.answers.resolution.registered.gather(self.keys[tie]).alias("registry")]
                )
                .select(pl.coalesce("own", "registry"))
                .to_series()
            )
        return column

    def _predicate(self, term: terms.Predicate, frame: Frame) -> Codes:
        if term.name == "placed_in":
            place = self._field("place", frame.ties[term.variable])
            if term.subject is None:
                return np.full(len(frame), UNKNOWN, np.uint8)
            codes = self.answers.codes_of(term.subject, self.compiled.binding)
            return _as_codes(place.is_in(sorted(codes)), len(frame))
        if term.name == "traversed":
            return self.answers.traversed(self.estate, self.keys)[frame.ties[term.variable]]
        binding, rule, key = self.compiled.binding, self.compiled.rule, self.keys[frame.ties[term.variable]]
        if term.date is None or isinstance(term.date, terms.Constant):
            return self.answers.codes(term, binding, rule, constant_date(term.date))[key]
        days = self.scalar(term.date, frame)
        result = np.full(len(frame), UNKNOWN, np.uint8)
        if days is not None:
            # One column of answers for each distinct date; there are far fewer dates than rows.
            for (day,), rows in pl.DataFrame({"day": days}).with_row_index().drop_nulls().group_by("day"):
                at = rows["index"].to_numpy()
                result[at] = self.answers.codes(term, binding, rule, day)[key[at]]
        return result

    def _quantified(self, term: terms.Quantifier, frame: Frame, *, contiguous: bool = False) -> Decision:
        links, body, code = self.links.links(term.paths), term.body, np.empty(len(frame), np.uint8)
        if (
            contiguous
            and isinstance(body, terms.Predicate)
            and body.variable == term.depth
            and body.name not in {"placed_in", "traversed"}
            and isinstance(body.date, terms.Constant | None)
        ):
            table = self.answers.codes(body, self.compiled.binding, self.compiled.rule, constant_date(body.date))
            index, first = self.links.keys_of(term.paths), self.holdings.first
            reduce_links(table, index, links.start, first, len(frame), links.whole, term.every, code)
            return Decision(code, code, None, table, index, links.start, first, links.tie, term.every)
        tie, start = expand(links, frame.bundle)
        row = np.repeat(np.arange(len(frame)), np.diff(start))
        inner = Frame(
            frame.bundle[row],
            None if frame.asset is None else frame.asset[row],
            (*(outer[row] for outer in frame.ties), tie),
        )
        table, index = self.codes(body, inner), np.arange(len(tie), dtype=np.int32)
        reduce_links(table, index, start, 0, len(frame), links.whole[frame.bundle], term.every, code)
        return Decision(code, code, None, table, index, start, 0, tie, term.every)


def constant_date(scalar: terms.Scalar | None) -> date | None:
    """Return the date that a constant holds, or None."""
    if isinstance(scalar, terms.Constant) and isinstance(scalar.value, str):
        return date.fromisoformat(scalar.value)
    return None


def chosen(condition: Codes, then: Codes, otherwise: Codes) -> Codes:
    """Choose between two codes by a third; an unknown condition makes the choice unknown."""
    return np.where(condition == UNKNOWN, UNKNOWN, np.where(condition == TRUE, then, otherwise)).astype(np.uint8)


def _folded(combine: Callable[[Codes, Codes], Codes], parts: list[Codes]) -> Codes:
    result = parts[0]
    for part in parts[1:]:
        result = combine(result, part)
    return result


def _literal(constant: terms.Constant) -> pl.Expr:
    if constant.type == "date" and isinstance(constant.value, str):
        return pl.lit(date.fromisoformat(constant.value))
    dtype = {
        "text": pl.String(),
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
    }
    return pl.lit(constant.value, dtype.get(constant.type))


def _as_codes(series: pl.Series, rows: int) -> Codes:
    """Turn a column of true, false and null into codes; a single value speaks for every row."""
    numbers = (series.cast(pl.UInt8) * TRUE).fill_null(UNKNOWN).to_numpy()
    return np.full(rows, numbers[0], np.uint8) if len(numbers) != rows else numbers.astype(np.uint8, copy=False)

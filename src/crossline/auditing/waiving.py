"""Waivers at work: which assets each selects under a rule, and what it turned.

A waiver that names identifiers or parties waives ties: the asset is judged again without them, and what violates then
still does. So it never covers another tie than the ones it names, and waivers for several ties of one asset add up.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import regimes
from crossline.auditing.findings import evidence_ids
from crossline.evaluate.binding import compile_expression
from crossline.evaluate.frames import Evaluator
from crossline.evaluate.judge import UNDECIDED, VIOLATION, Judgement, judge, skeleton, waive
from crossline.evaluate.links import LinkIndex, Links
from crossline.kleene import TRUE
from crossline.regimes import terms
from crossline.regimes.syntax import ExpressionError
from crossline.world.chains import Step
from crossline.yamlform import hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.regimes.model import Rule
    from crossline.regimes.terms import TiePath
    from crossline.waivers import Waiver, Waivers

Mask = npt.NDArray[np.bool_]
Wheres = dict[tuple[str, str], terms.Term]


class Waiving:
    """The waivers of a file, for the rules of one audit. Raises YamlError for a rule or a column that is not there."""

    def __init__(self, given: Waivers, session: Session, bindings: Sequence[Binding]) -> None:
        self.given = given
        self.session = session
        self.bindings = {binding.regime.id: binding for binding in bindings}
        self.as_of = bindings[0].as_of
        self.used: dict[tuple[str, str, str], int] = {}  # regime, rule, waiver: judgements turned
        self.asked = [item for item in given.items if self._exists(item)]
        self.holding = [item for item in self.asked if item.holds(self.as_of)]
        self._wheres: dict[str, Wheres] = {item.id: self._compiled(item) for item in self.asked if item.where}

    # -- what is asked -------------------------------------------------------------------------------------

    def _exists(self, item: Waiver) -> bool:
        """Return whether a waiver's regime is asked for; raises YamlError if the regime has no such rule."""
        binding = self.bindings.get(item.regime)
        if binding is None and item.regime not in regimes.names():
            return False
        rules = (binding.regime if binding else regimes.load(item.regime)).rules
        known = [rule.id for rule in rules]
        if item.rule not in ("*", *known):
            message = f"{item.regime} has no rule {item.rule!r}{hint(item.rule, known)}"
            raise self.given.document.error((*item.route, "rule"), message)
        return binding is not None

    def _rules(self, item: Waiver) -> Iterator[tuple[Binding, Rule]]:
        binding = self.bindings[item.regime]
        yield from ((binding, rule) for rule in binding.regime.rules if item.speaks_of(item.regime, rule.id))

    def _compiled(self, item: Waiver) -> Wheres:
        """Compile ``where`` for each rule of the waiver whose kind has what it names; there has to be one."""
        found: Wheres = {}
        wrong: ExpressionError | None = None
        for binding, rule in self._rules(item):
            try:
                found[binding.regime.id, rule.id] = compile_expression(binding, rule, item.where or "")
            except ExpressionError as error:
                wrong = wrong or error
        if wrong is not None and not found:
            message = f"column {wrong.column} of the expression: {wrong.message}"
            raise self.given.document.error((*item.route, "where"), message)
        return found

    # -- what is turned ------------------------------------------------------------------------------------

    def __call__(self, judgement: Judgement) -> Judgement:
        """Return a judgement with what is waived exempt."""
        rule, regime = judgement.compiled.rule.id, judgement.compiled.binding.regime.id
        items = [item for item in self.holding if item.speaks_of(regime, rule)]
        evaluator = judgement.evaluator
        open_ = np.flatnonzero((judgement.verdict == VIOLATION) | (judgement.verdict == UNDECIDED))
        if not items or evaluator is None or not len(open_):
            return judgement
        selecting = _Selecting(self, judgement, evaluator, open_)
        ground = np.full(len(judgement.verdict), -1, np.int32)
        grounds: list[tuple[Waiver, ...]] = []
        for item in items:
            if not item.keys:
                rows = open_[selecting.mask(item)]
                ground[rows[ground[rows] < 0]] = len(grounds)
                grounds.append((item,))
        by_tie = [item for item in items if item.keys]
        for rows, among in selecting.without(by_tie, ground) if by_tie else ():
            ground[rows] = len(grounds)
            grounds.append(among)
        counts = np.bincount(ground[ground >= 0], minlength=len(grounds))
        for among, count in zip(grounds, counts, strict=True):
            for item in among:
                place = (regime, rule, item.id)
                self.used[place] = self.used.get(place, 0) + int(count)
        return waive(judgement, ground, tuple(tuple(map(self._told, among)) for among in grounds))

    def _told(self, item: Waiver) -> Step:
        reason = item.reason.rstrip(".")
        return Step(f"waived by {item.approver} until {item.expires}: {reason} ({item.selector})", self.given.source)

    # -- what is told --------------------------------------------------------------------------------------

    def count(self, item: Waiver) -> int:
        """Return how many judgements a waiver turned."""
        return sum(count for (_, _, name), count in self.used.items() if name == item.id)

    def header(self) -> list[dict[str, object]]:
        """Return what a report says of each waiver."""
        return [
            {
                "id": item.id,
                "rule": f"{item.regime}/{item.rule}",
                "selector": item.selector,
                "reason": item.reason,
                "approver": item.approver,
                "expires": item.expires.isoformat(),
                "expired": item.expired(self.as_of),
                "used": self.count(item),
            }
            for item in self.given.items
        ]

    def notes(self) -> list[str]:
        """Return what the reader of a report should know of waivers that turned nothing."""
        return [
            f"{self.given.path}: the waiver {item.id} {why}." for item in self.given.items if (why := self._idle(item))
        ]

    def _idle(self, item: Waiver) -> str | None:
        if item not in self.asked:
            return f"is about {item.regime}/{item.rule}, and {item.regime} is not among the regimes asked for"
        if item.expired(self.as_of):
            return f"expired on {item.expires} and turns nothing"
        if not item.holds(self.as_of):
            return f"does not hold before {item.since}"
        numbers = self.session.answers.graph.number
        strange = [value for kind, value in item.keys if kind == "party" and value not in numbers]
        if strange:
            return f"names {', '.join(strange)}, of whom this world knows nothing"
        return None if self.count(item) else "is unused: nothing that it selects is a violation or unknown"


class _Selecting:
    """Which of the open rows (violations and unknowns) of one judgement each waiver selects."""

    def __init__(
        self, waiving: Waiving, judgement: Judgement, evaluator: Evaluator, rows: npt.NDArray[np.int64]
    ) -> None:
        self.waiving = waiving
        self.judgement = judgement
        self.evaluator = evaluator
        self.rows = rows
        self.assets = evaluator.holdings.assets.select("asset", "name", "file", "bundle")[rows]

    def mask(self, item: Waiver) -> Mask:
        """Return which rows a waiver selects by all but identifiers and parties."""
        every = pl.lit(value=True)
        if item.asset:
            form = f"(?s)^(?:{_pattern(item.asset)})$"
            every &= pl.col("asset").str.contains(form) | pl.col("name").fill_null("").str.contains(form)
        if item.file:
            every &= pl.col("file").str.contains(f"(?s)(?:^|/){_pattern(item.file)}$")
        chosen = self.assets.select(every.alias("chosen"))["chosen"].to_numpy()
        found = np.array(np.broadcast_to(chosen, len(self.rows)), np.bool_)
        if item.where:
            found &= self._where(item)
        if item.evidence_id:
            found &= (self._evidence == item.evidence_id).fill_null(value=False).to_numpy()
        return found

    def _where(self, item: Waiver) -> Mask:
        compiled = self.judgement.compiled
        term = self.waiving._wheres[item.id].get((compiled.binding.regime.id, compiled.rule.id))  # noqa: SLF001 - its other half
        if term is None:
            return np.zeros(len(self.rows), np.bool_)
        decisions = {leaf: self.evaluator.decide(leaf) for leaf in terms.leaves(term)}
        codes = skeleton(term, decisions)
        return np.asarray(codes[self.rows] == TRUE)

    @cached_property
    def _evidence(self) -> pl.Series:
        """The evidence_id of each open row, as a report without waivers has it."""
        found = np.full(len(self.judgement.verdict), "", "U16")
        for verdict in (VIOLATION, UNDECIDED):
            rows = self.judgement.rows(verdict)
            if len(rows):
                found[rows] = evidence_ids(self.judgement, rows).to_numpy()
        return pl.Series(found[self.rows].astype("U16"), dtype=pl.String)

    def without(
        self, items: list[Waiver], ground: npt.NDArray[np.int32]
    ) -> Iterator[tuple[npt.NDArray[np.int64], tuple[Waiver, ...]]]:
        """Yield rows that comply, or that nothing else makes violate, once the waived ties are left out, and by whom.

        Waivers that select an asset by its other selectors add up; each distinct set of them is judged once.
        """
        applies = np.stack([self.mask(item) for item in items], axis=1)
        applies &= (ground[self.rows] < 0)[:, None]
        removed = [self._keys(item) for item in items]
        tied = np.stack([self._tied(mask) for mask in removed], axis=1) & applies
        for pattern, places in _alike(tied):
            among = [number for number in range(len(items)) if pattern[number]]
            fine = self._judged_without(np.logical_or.reduce([removed[number] for number in among]))
            rows = self.rows[places]
            yield rows[fine[rows]], tuple(items[number] for number in among)

    def _keys(self, item: Waiver) -> Mask:
        """Return which identifiers of the estate a waiver names, or that lead to a party it names and nobody else."""
        resolution = self.evaluator.answers.resolution
        frame = resolution.keys.frame
        named = pl.DataFrame(list(item.keys), schema={"type": pl.String, "value": pl.String}, orient="row")
        same = frame.select(pl.struct("type", "value").is_in(named.to_struct().implode())).to_series().to_numpy()
        numbers = self.evaluator.answers.graph.number
        parties = [numbers[value] for kind, value in item.keys if kind == "party" and value in numbers]
        theirs = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.isin(resolution.party, parties))])
        held, count = theirs[resolution.start[1:]] - theirs[resolution.start[:-1]], np.diff(resolution.start)
        return np.asarray(same | ((count > 0) & (held == count)))

    def _tied(self, removed: Mask) -> Mask:
        """Return which rows the rule links to one of the identifiers."""
        links, bundle = self.evaluator.links, self.assets["bundle"].to_numpy().astype(np.int64)
        found = np.zeros(len(self.rows), np.bool_)
        for leaf in self.judgement.decisions:
            for quantifier in terms.quantifiers(leaf):
                through = links.links(quantifier.paths)
                hit = np.concatenate([np.zeros(1, np.int64), np.cumsum(removed[self.evaluator.keys[through.tie]])])
                found |= hit[through.start[bundle + 1]] > hit[through.start[bundle]]
        return found

    def _judged_without(self, removed: Mask) -> Mask:
        """Judge the rule again without ties to some identifiers; return which assets are then let stand.

        What violated must no longer; what was unknown must no longer be that either.
        """
        old = self.evaluator
        links = _Without(old.links, removed)
        again = Evaluator(old.estate, old.holdings, old.whole, links, old.answers, old.compiled, {})
        verdict, before = judge(old.compiled, again, len(self.judgement.verdict)).verdict, self.judgement.verdict
        return np.asarray((verdict != VIOLATION) & ((before == VIOLATION) | (verdict != UNDECIDED)))


class _Without(LinkIndex):
    """Links without the ties to some identifiers."""

    def __init__(self, full: LinkIndex, removed: Mask) -> None:
        super().__init__(full.estate, full.keys)
        self._full, self._removed = full, removed
        self._left: dict[tuple[TiePath, ...], Links] = {}

    def links(self, paths: tuple[TiePath, ...]) -> Links:
        """Return the links of several paths that are left; how much was seen stays as it was."""
        if paths not in self._left:
            full = self._full.links(paths)
            keep = ~self._removed[self.keys[full.tie]]
            kept = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep)])
            self._left[paths] = Links(kept[full.start], full.tie[keep], full.whole, full.reason)
        return self._left[paths]


def _alike(table: Mask) -> Iterator[tuple[Mask, npt.NDArray[np.int64]]]:
    """Yield each distinct row of a table of flags that has one, and where it stands."""
    packed = np.ascontiguousarray(np.packbits(table, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    for place, row in enumerate(first):
        if table[row].any():
            yield table[row], np.flatnonzero(number.ravel() == place)


def _pattern(glob: str) -> str:
    """Return a glob as a regular expression: ``*`` any characters, ``?`` any one, the rest itself."""
    return "".join({"*": ".*", "?": "."}.get(character, pl.escape_regex(character)) for character in glob)

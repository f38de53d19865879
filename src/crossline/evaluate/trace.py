"""Why a verdict is what it is, for one asset: the steps that decide, or what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline import identifiers
from crossline.estate import ROLE_NUMBER
from crossline.evaluate.frames import Evaluator, Frame, constant_date
from crossline.evaluate.judge import Judgement, one, wanted
from crossline.evaluate.reasons import Reasons
from crossline.evaluate.traversal import beside, network_of_keys
from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.regimes import terms
from crossline.text import plural
from crossline.world.chains import Step, percent

if TYPE_CHECKING:
    from datetime import date

    from crossline.evaluate.links import Ints

_ROLE_NAME = {number: role for role, number in ROLE_NUMBER.items()}
OWN = "estate"  # the source of what the estate's own files say; a finding gives file and place
_MANY = 5  # ties told one by one when none of them decides
# How a tie of a role is told where "X is its role" would be no sentence.
_VERBS = {
    "embeds": "it embeds", "contacts": "it names", "publisher": "it is published by", "signer": "it is signed with",
    "distributor": "it is offered by", "landing": "it lands at", "demanded_by": "it was demanded by",
    "device": "it rests on", "part": "it is shown in part by",
}  # fmt: skip
_NOUNS = {"domain": "host", "signer": "certificate"}
_OF_APPS = {"host": "it names a host that stands at"}  # an app's host is no machine that the app itself lies on
# `classes.dex class a/B, signature of SOURCE`: where a library was seen, and by whose signature.
_SIGNED = re.compile(r"(?P<place>.+), signature of (?P<source>\S+)", re.DOTALL)
_MISREAD = ": what is stated was not understood"
_PLACE_MOST = 300  # characters of a place that a step tells


@dataclass
class Trace:
    """The evidence of one verdict."""

    steps: list[Step] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    ties: list[int] = field(default_factory=list)  # the deciding ties, outermost first
    limb: str = ""  # the part of the expression that decided


class Tracer:
    """Explains one rule's verdicts; ``brief``ly where no single tie decides."""

    def __init__(self, judgement: Judgement, *, brief: bool = False) -> None:
        if judgement.evaluator is None:
            raise ValueError("a rule that looked at nothing has nothing to explain")
        self.judgement = judgement
        self.brief = brief
        self.evaluator: Evaluator = judgement.evaluator
        self.compiled = judgement.compiled
        self.reasons = Reasons(self.evaluator.answers, self.compiled.binding, self.compiled.rule)

    def explain(self, row: int) -> Trace:
        """Explain the verdict of the asset at a row."""
        frame = one(self.evaluator, row)
        codes = tuple(int(self.evaluator.codes(term, frame)[0]) for term in self.compiled.terms())
        trace = Trace()
        verdict, waiving = int(self.judgement.verdict[row]), self.judgement.waiving
        if waiving is not None and waiving.ground[row] >= 0:
            # Who let it stand comes first; then what it would be without that.
            trace.steps += waiving.told[waiving.ground[row]]
            verdict = int(waiving.before[row])
        trace.steps += self._seen(row)  # before what decides, which stands last
        for term, want in wanted(self.compiled, (codes[0], codes[1], codes[2], codes[3]), verdict):
            self._walk(term, want, frame, trace)
        trace.steps = list(dict.fromkeys(trace.steps))
        trace.missing = list(dict.fromkeys(trace.missing))
        return trace

    def _seen(self, row: int) -> list[Step]:
        """Say how much of an asset was seen, where its kind counts that; more of it makes no other chain."""
        holdings = self.evaluator.holdings
        columns = [column for column in holdings.kind.columns if column.tells]
        values = [(column.tells, holdings.assets[column.name][row]) for column in columns]
        said = ", ".join(str(tells).format(value) for tells, value in values if value is not None)
        return [Step("how much of it was seen", OWN, f": {said}")] if said and not self.brief else []

    def _walk(  # noqa: C901, PLR0912 - one branch a sort of term
        self, term: terms.Term, want: int, frame: Frame, trace: Trace
    ) -> None:
        if isinstance(term, terms.Not):
            self._walk(term.operand, TRUE - want, frame, trace)
        elif isinstance(term, terms.Choice):
            condition = int(self.evaluator.codes(term.condition, frame)[0])
            self._walk(term.condition, condition, frame, trace)
            if condition != UNKNOWN:
                self._walk(term.then if condition == TRUE else term.otherwise, want, frame, trace)
        elif isinstance(term, terms.And | terms.Or):
            # A conjunction holds by all its parts and fails by one; a disjunction the other way round.
            one_is_enough = want in (UNKNOWN, FALSE if isinstance(term, terms.And) else TRUE)
            for part in term.operands:
                if int(self.evaluator.codes(part, frame)[0]) == want:
                    self._walk(part, want, frame, trace)
                    if one_is_enough:
                        break
        elif isinstance(term, terms.Quantifier):
            self._quantifier(term, want, frame, trace)
        elif isinstance(term, terms.Predicate):
            self._predicate(term, want, frame, trace)
        elif isinstance(term, terms.Fixed):
            if want == UNKNOWN:
                trace.missing.append(term.reason)
        elif isinstance(term, terms.Stated):
            self._stated(term, want, frame, trace)
        else:
            self._compared(term, want, frame, trace)

    def _quantifier(self, term: terms.Quantifier, want: int, frame: Frame, trace: Trace) -> None:
        links = self.evaluator.links.links(term.paths)
        bundle = int(frame.bundle[0])
        ties = links.tie[links.start[bundle] : links.start[bundle + 1]]
        inner = Frame(
            np.repeat(frame.bundle, len(ties)),
            None if frame.asset is None else np.repeat(frame.asset, len(ties)),
            (*(np.repeat(outer, len(ties)) for outer in frame.ties), ties),
        )
        codes = self.evaluator.codes(term.body, inner)
        deciding = np.flatnonzero(codes == want)
        roles = " or ".join(dict.fromkeys(path.roles[-1] for path in term.paths))
        whose = "of it or of its parts" if any(len(path.roles) > 1 for path in term.paths) else "of it"
        single = want in (UNKNOWN, FALSE if term.every else TRUE)
        if single and len(deciding):
            place = int(deciding[0])
            tie = int(ties[place])
            trace.ties.append(tie)
            trace.limb = trace.limb or roles
            trace.steps += [] if self.brief else self._behind(tie, bundle, term.paths)
            trace.steps += self.tie_steps(tie)
            if want != UNKNOWN:
                trace.steps += self.reasons.identity(int(self.evaluator.keys[tie]))
            self._walk(term.body, want, _row(inner, place), trace)
        elif want == UNKNOWN:
            reason = self.evaluator.estate.extents.reasons[int(links.reason[bundle])]
            trace.missing.append(f"every {roles} {whose}: {reason}")
        elif self.brief:
            trace.steps.append(Step(f"all of its ties as {roles} were seen, and none is what the rule asks about", OWN))
            self._words(term, frame, ties, trace)
        else:
            self._every_tie(term, want, inner, roles, trace)

    def _behind(self, tie: int, bundle: int, paths: tuple[terms.TiePath, ...]) -> list[Step]:
        """Name the assets that a rule went through to another one's tie: which measurement, of when, which machine."""
        estate = self.evaluator.estate
        end = int(np.searchsorted(estate.ties.start, tie, side="right")) - 1
        role = _ROLE_NAME[int(estate.ties.role[tie])]
        ways = (self.evaluator.links.way(path, bundle, end) for path in paths if path.roles[-1] == role)
        way = next((way for way in ways if way is not None), [])
        return [self._named(asset, through) for asset, through in way]

    def _named(self, asset: str, bundle: int) -> Step:
        """Name an asset on the way to a tie; where it was read is told, and makes no other chain of it."""
        held = next(h for h in self.evaluator.estate.holdings.values() if h.first <= bundle < h.last)
        row = held.assets.filter((pl.col("bundle") == bundle) & (pl.col("asset") == asset)).row(0, named=True)
        day = f" of {row['observed_at']}" if held.kind.name == "trace" else ""
        place = f" at {row['locator']}" if row["locator"] else ""
        return Step(f"by way of the {held.kind.name} {row['name']}{day}", OWN, f", {row['file']}{place}")

    def _words(self, term: terms.Quantifier, frame: Frame, ties: Ints, trace: Trace) -> None:
        """Say on whose word the ties that lead to nobody are none of a listed party's."""
        keys = self.evaluator.keys[ties]
        alone = np.flatnonzero(np.diff(self.evaluator.answers.resolution.start)[keys] == 0)
        for leaf in terms.leaves(term.body) if len(alone) else ():
            if isinstance(leaf, terms.Predicate) and leaf.variable == term.depth:
                trace.steps += self.reasons.whose_word(leaf, int(keys[alone[0]]), self._day(leaf, frame))

    def _every_tie(self, term: terms.Quantifier, want: int, inner: Frame, roles: str, trace: Trace) -> None:
        """Tell of ties one by one, where it takes all of them to decide."""
        count = len(inner)
        seen = f"all of its {plural(count, 'tie')} as {roles} were seen" if count else f"it is known to have no {roles}"
        trace.steps.append(Step(seen, OWN))
        for place in range(min(count, _MANY)):
            trace.steps += self.tie_steps(int(inner.ties[-1][place]))
            self._walk(term.body, want, _row(inner, place), trace)
        if count > _MANY:
            trace.steps.append(Step(f"and so on for {count - _MANY} more", ""))

    def _predicate(self, term: terms.Predicate, want: int, frame: Frame, trace: Trace) -> None:
        if term.name == "placed_in":
            self._placed(term, want, frame, trace)
            return
        if term.name == "traversed":
            self._traversed(want, int(frame.ties[term.variable][0]), trace)
            return
        key = int(self.evaluator.keys[frame.ties[term.variable][0]])
        when = self._day(term, frame)
        if want != UNKNOWN:
            trace.steps += self.reasons.evidence(term, key, when)
        elif term.date is not None and when is None:
            lost = self.evaluator.misread(term.date, frame)[0]
            trace.missing.append(f"{getattr(term.date, 'name', 'a date')}{_MISREAD if lost else ' is not given'}")
        else:
            trace.steps += self.reasons.identity(key)
            trace.steps += self.reasons.under_reading(term, key, when)
            trace.missing += self.reasons.missing(term, key, when)

    def _traversed(self, want: int, tie: int, trace: Trace) -> None:
        """Say why traffic surely ran through the network of a tie, or what would have to be seen."""
        ties, evaluator = self.evaluator.estate.ties, self.evaluator
        label = evaluator.answers.label(int(evaluator.keys[tie]))
        if want == FALSE:
            trace.steps.append(Step(f"{label} stands for no network", OWN))
        elif want == UNKNOWN:
            trace.missing.append(
                "whether traffic ran through that network: no two consecutive hops surely answered from it"
            )
        elif ties.column("basis")[tie] == "inferred":
            resolution = evaluator.answers.resolution
            network = network_of_keys(resolution, evaluator.answers.graph.size)[evaluator.keys]
            nearby = [] if self.brief else beside(evaluator.estate, network, tie)
            which = f": hops {ties.seq[tie]} and {nearby[0][0]}, the other being {nearby[0][1]}" if nearby else ""
            trace.steps.append(Step(f"two consecutive hops answered from that network{which}", OWN))
        elif ties.column("basis")[tie] == "observed":
            trace.steps.append(Step("the measured destination itself answered from that network", OWN))

    def _placed(self, term: terms.Predicate, want: int, frame: Frame, trace: Trace) -> None:
        field = terms.TieField(term.variable, "place", "text")
        series = self.evaluator.scalar(field, frame)
        value = None if series is None else series[0]
        subject = self._subject(field, frame)
        if want == UNKNOWN:
            trace.missing.append(f"{subject} is not given" if value is None else f"a state to ask {subject} about")
            return
        trace.steps.append(Step(f"{subject} is {value}", OWN))
        if want == TRUE:
            trace.steps += self.reasons.cover(str(value), term.subject or ())

    def _day(self, term: terms.Predicate, frame: Frame) -> date | None:
        if term.date is None or isinstance(term.date, terms.Constant):
            return constant_date(term.date)
        series = self.evaluator.scalar(term.date, frame)
        value: date | None = None if series is None else series[0]
        return value

    def _stated(self, term: terms.Stated, want: int, frame: Frame, trace: Trace) -> None:
        if want in {TRUE, UNKNOWN}:
            self._compared(terms.Truth(term.scalar), want, frame, trace)
        elif not isinstance(term.scalar, terms.Constant):
            trace.steps.append(Step(f"no {self._subject(term.scalar, frame)} is stated", OWN))

    def _compared(
        self, term: terms.Compare | terms.Within | terms.Truth, want: int, frame: Frame, trace: Trace
    ) -> None:
        for scalar in dict.fromkeys(terms.scalars(term)):
            if isinstance(scalar, terms.Constant):
                if scalar.value is None and want == UNKNOWN:
                    trace.missing.append(f"{scalar.label} has no value")
                continue
            series = self.evaluator.scalar(scalar, frame)
            value = None if series is None else series[0]
            subject = self._subject(scalar, frame)
            if value is None and want == UNKNOWN and self.evaluator.misread(scalar, frame)[0]:
                trace.missing.append(f"{subject}{_MISREAD}")
            elif value is None and want == UNKNOWN:
                column = self.evaluator.holdings.kind.column(scalar.name) if isinstance(scalar, terms.Column) else None
                hint = f": {column.hint}" if column and column.hint else ""
                trace.missing.append(f"{subject} is not given{hint}")
            elif value is not None:
                trace.steps.append(Step(f"{subject} is {_said(value)}", OWN))

    def _subject(self, scalar: terms.Column | terms.TieField, frame: Frame) -> str:
        if isinstance(scalar, terms.Column):
            return scalar.name
        role = _ROLE_NAME[int(self.evaluator.estate.ties.role[int(frame.ties[scalar.variable][0])])]
        return f"{scalar.name} of its {role}"

    def tie_steps(self, tie: int) -> list[Step]:
        """Say which tie it is; of an address which network announces it, of a host which domain it is judged by."""
        ties = self.evaluator.estate.ties
        label = self.evaluator.answers.label(int(self.evaluator.keys[tie]))
        role = _ROLE_NAME[int(ties.role[tie])]
        parts = [self._tied(label, role)]
        kind, value = self.evaluator.estate.identifiers.row(int(ties.identifier[tie]))
        announced = []
        if kind == "address" and label != f"address:{value}":
            # Told for many assets at once, which address it was differs between them.
            parts = [self._tied(f"an address of {label}" if self.brief else value, role)]
            announced = [] if self.brief else [self.reasons.announced(value, int(self.evaluator.keys[tie]))]
        if kind == "domain" and label != f"domain:{value}":
            under = f"a host under {label.partition(':')[2]}"
            parts = [self._tied(under if self.brief else f"domain:{value}", role)]
            announced = [] if self.brief else [Step(f"{value} lies under {label}, the nearest name that is known", "")]
        if role == "owner":
            least, most = (ties.column(column)[tie] for column in ("share_min", "share_max"))
            parts += [f"with {percent(least, most)} of it"] if least is not None or most is not None else []
        for column, words in (("place", "in"), ("basis", "")):
            value = ties.column(column)[tie]
            if value is not None:
                parts.append(f"{words} {value}".strip())
        place, source = ("", OWN) if self.brief else self._seen_at(tie)
        return [Step(", ".join(parts), source, place), *announced]

    def _tied(self, label: str, role: str) -> str:
        """Say as what an asset is tied to an identifier, in a sentence."""
        if role in _OF_APPS and self.evaluator.holdings.kind.name == "app":
            return f"{_OF_APPS[role]} {label}"
        if role not in _VERBS:
            return f"{label} is its {role}"
        kind, colon, value = label.partition(":")
        if kind == "asset" and colon:
            named = self.evaluator.estate.names.get(value)
            return f"{_VERBS[role]} {f'{named} ({value})' if named else value}"
        known = bool(colon) and kind in identifiers.names()
        return f"{_VERBS[role]} {f'{_NOUNS.get(kind, kind)} {value}' if known else label}"

    def _seen_at(self, tie: int) -> tuple[str, str]:
        """Say where in its file a tie was read, and by whose signature; the source is that of the signature."""
        place = self.evaluator.estate.ties.column("locator")[tie]
        if not place:
            return "", OWN
        signed = _SIGNED.fullmatch(place)
        titles = dict(self.evaluator.answers.world.table("source").select("id", "title").iter_rows()) if signed else {}
        if signed is None or signed["source"] not in titles:
            return f": {place[:_PLACE_MOST]}", OWN
        source = signed["source"]
        return f": {signed['place'][:_PLACE_MOST]}, by a signature of {titles[source] or source}", source


def _said(value: object) -> str:
    """Write a cell as a regime's author would."""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list | pl.Series) else str(value)


def _row(frame: Frame, place: int) -> Frame:
    cut = slice(place, place + 1)
    return Frame(
        frame.bundle[cut], None if frame.asset is None else frame.asset[cut], tuple(ties[cut] for ties in frame.ties)
    )

"""What is taken out of a map by name: cables, what somebody built or owns, landing points and states."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables import ready
from crossline.cables.network import CablesError
from crossline.estate import ROLE_NUMBER
from crossline.evaluate.answers import Answers
from crossline.evaluate.reasons import Reasons
from crossline.evaluate.trace import OWN
from crossline.identifiers import state as states
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.regimes import terms
from crossline.text import plural
from crossline.world import chains, control

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from crossline.cables.network import CableMap, Mask
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.world import World
    from crossline.world.control import Closure

WHY: Final = pl.Schema({"number": pl.Int64(), "code": pl.UInt8(), "by": pl.String(), "what": pl.String(),
                        "why": pl.String(), "sources": pl.String()})  # fmt: skip
_OPTION: Final = {"builder": "--without-supplier", "owner": "--without-owner"}
_WORD: Final = {"builder": "supplier", "owner": "owner"}
_VERB: Final = {"builder": "built", "owner": "owned"}
_BEGUN: Final = 3  # letters of a name that may be the beginning of a longer one
_ALIKE: Final = 0.75  # how alike a name has to be to be suggested: twice the letters in common, by all letters of both
_SHORT: Final = re.compile(r"\(([^()\s]{2,20})\)")  # an abbreviation that a name has in brackets


@dataclass(frozen=True)
class Removal:
    """What goes: of each cable, (C,), FALSE stays, UNKNOWN in doubt, TRUE goes; and landing points, (P,), that go.

    ``why`` has a row for each reason: number of the cable, code, by (a rule, or an option), what decides, why, sources.
    """

    code: Codes
    points: Mask
    why: pl.DataFrame
    titles: tuple[str, ...]
    notes: tuple[str, ...] = ()
    asked: bool = True  # whether somebody asked for anything to be taken out
    doctrine: str | None = None  # the regime by whose doctrine it was found who controls whom, if that was asked
    near: Mask | None = None  # of what is in doubt, (C,), what some statement points at; None where nobody asked so


def nothing(charted: CableMap) -> Removal:
    """Return a removal of nothing at all."""
    return Removal(np.zeros(charted.cables.height, np.uint8), np.zeros(charted.points.height, np.bool_),
                   pl.DataFrame(schema=WHY), (), asked=False)  # fmt: skip


def together(parts: Sequence[Removal]) -> Removal:
    """Return what goes by any of several removals."""
    return Removal(
        np.maximum.reduce([part.code for part in parts]),
        np.logical_or.reduce([part.points for part in parts]),
        pl.concat([part.why for part in parts]),
        tuple(title for part in parts for title in part.titles),
        tuple(note for part in parts for note in part.notes),
        any(part.asked for part in parts),
        next((part.doctrine for part in parts if part.doctrine), None),
        np.logical_or.reduce(pointed) if (pointed := [part.near for part in parts if part.near is not None]) else None,
    )


def states_by_name(world: World) -> dict[str, str]:
    """Return the codes of states by what the world calls them, in small letters: their names, and ids of parties."""
    rows = world.table("party").filter((pl.col("kind") == "state") & pl.col("domicile").is_not_null())
    return {
        word.casefold(): code for ident, name, code in rows.select("id", "name", "domicile").iter_rows()
        for word in (ident, name) if word
    }  # fmt: skip


def split(
    texts: Sequence[str], known: Mapping[str, object], option: str, what: str, near: Collection[str] | None = None
) -> list[str]:
    """Part lists with commas into known names, which may hold commas themselves; raises CablesError for one unknown.

    ``known`` has names in small letters; of those ``near``, by default of all, some are told that may be meant.
    """
    found: list[str] = []
    for text in texts:
        parts = [part for part in text.split(",") if part.strip()]
        if not parts:
            raise CablesError(f"{option}: names nothing")
        at = 0
        while at < len(parts):
            for end in range(len(parts), at, -1):
                name = ",".join(parts[at:end]).strip()
                if name.casefold() in known:
                    found.append(name)
                    at = end
                    break
            else:
                raise CablesError(
                    f"{option}: {what} {parts[at].strip()!r} is not known{_near(parts[at], near or known)}"
                )
    return found


def _near(name: str, known: Collection[str]) -> str:
    """Say which names are near: those of which one word begins so, and those that differ in few letters."""
    folded = name.strip().casefold()
    begun = re.compile(rf"(?:^|\W){re.escape(folded)}") if len(folded) >= _BEGUN else None
    within = [one for one in known if begun is not None and begun.search(one)]
    alike = difflib.get_close_matches(folded, list(known), n=3, cutoff=_ALIKE)
    close = list(dict.fromkeys([*sorted(within, key=len), *alike]))[:3]
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def of_cables(charted: CableMap, texts: Sequence[str]) -> Removal:
    """Take out cables by id or name; a name that several share means all of them.

    An abbreviation in brackets, ``Asia-America Gateway (AAG) Cable System``, is a name where one cable alone has it.
    """
    known: dict[str, list[int]] = {}
    for number, (cable, name) in enumerate(charted.cables.select("cable", "name").iter_rows()):
        for word in {cable.casefold(), cable.removeprefix("cable:").casefold(), name.casefold()}:
            known.setdefault(word, []).append(number)
    brief: dict[str, list[int]] = {}
    for number, name in enumerate(charted.cables["name"]):
        for word in {word.casefold() for word in _SHORT.findall(name)}:
            brief.setdefault(word, []).append(number)
    known = {word: numbers for word, numbers in brief.items() if len(numbers) == 1} | known
    names = split(texts, known, "--without", "the cable")
    code = np.zeros(charted.cables.height, np.uint8)
    for name in names:
        code[known[name.casefold()]] = TRUE
    said = (TRUE, "--without", "the cable itself", "named in the question", "")
    why = pl.DataFrame([(int(number), *said) for number in np.flatnonzero(code)], schema=WHY, orient="row")
    return Removal(code, np.zeros(charted.points.height, np.bool_), why, (f"without {_listed(names)}",))


def of_landings(charted: CableMap, texts: Sequence[str], named: Mapping[str, str]) -> Removal:
    """Take out landing points, or all those of a state: by its code, or what it is called (``named``).

    A cable goes if less than two landings are left of it. One with more loses these landings; whether it goes on
    between the others no map says, so that it is in doubt.
    """
    known: dict[str, list[int]] = {}
    called: dict[str, list[str]] = {}
    for word, of in named.items():
        called.setdefault(of, []).append(word)
    for number, (point, name, state) in enumerate(charted.points.select("point", "name", "state").iter_rows()):
        words = {point.casefold(), point.removeprefix("landing-point:").casefold(), name.casefold()}
        own = {state.casefold(), f"state:{state}".casefold(), *called.get(state, ())} if state else set()
        for word in words | own:
            known.setdefault(word, []).append(number)
    names = split(texts, known, "--without-landing", "the landing point or state")
    gone = np.zeros(charted.points.height, np.bool_)
    for name in names:
        gone[known[name.casefold()]] = True
    before = np.bincount(charted.cable, minlength=charted.cables.height)
    left = np.bincount(charted.cable[~gone[charted.point]], minlength=charted.cables.height)
    parted = left < before
    code = np.where(parted & (left < 2), TRUE, np.where(parted, UNKNOWN, FALSE)).astype(np.uint8)
    reasons = {TRUE: "less than two landings are left", UNKNOWN: "whether it goes on between the other landings"}
    rows = [
        (int(number), int(code[number]), "--without-landing", "its landing points", reasons[int(code[number])], "")
        for number in np.flatnonzero(code)
    ]
    why = pl.DataFrame(rows, schema=WHY, orient="row")
    return Removal(code, gone, why, (f"without landings at {_listed(names, '; ')}",))


def of_parties(charted: CableMap, session: Session, binding: Binding, role: str, texts: Sequence[str]) -> Removal:
    """Take out what somebody built or owns.

    A name as the map writes it, or as the world knows it, means that name, and every name that leads to the same party;
    a party's id or name means the party and all it certainly holds; a state means all that are controlled from it,
    under the regime's doctrine. Owners are judged by who controls them at the day of the question, a builder by who
    did when the year began in which the cable was ready; what depends on a year that is not stated is in doubt. Where
    the map names nobody, or it is unknown who controls whom it names, a cable is in doubt.
    """
    option, ties = _OPTION[role], _tied(charted, session, role)
    elsewhere = _vendors(session)
    wanted = _meant(session, ties, role, texts, elsewhere)
    names = [name for _, _, name in wanted]
    by_control = any(sort != "name" for sort, _, _ in wanted)
    on = ready.days(charted, session, binding, ties, dated=by_control and role == "builder")
    ties = ties.join(on, on="number", maintain_order="left_right")
    code = np.zeros(charted.cables.height, np.uint8)
    near = np.zeros(charted.cables.height, np.bool_)
    extents = session.estate.extents.whole.get(role)
    whole = near if extents is None else extents[charted.cables["bundle"].to_numpy()] == 1
    code[~whole] = UNKNOWN
    found = np.zeros(len(wanted), np.bool_)
    several = ready.Several(len(wanted))
    sayings: dict[tuple[int, date], tuple[str, str]] = {}
    rows: list[tuple[int, int, str, str | None, str, str]] = []
    for (day,), mine in ties.group_by("day", maintain_order=True):
        answers = _answers(session, day)
        asked = [_asked(answers, binding, *one, elsewhere) for one in wanted]
        keys, numbers = mine["key"].to_numpy(), mine["number"].to_numpy()
        of_key = np.maximum.reduce([one.codes for one in asked])
        once = ~mine["open"].to_numpy()
        found |= [bool((one.codes[keys[once]] == TRUE).any()) for one in asked]
        np.maximum.at(code, numbers[once], of_key[keys[once]])
        for one in asked:
            if one.near is not None:
                points = one.near[keys] | mine["registered"].is_in(one.codes_of).fill_null(value=False).to_numpy()
                near[numbers[points | ~once & (one.codes[keys] == TRUE)]] = True
        then = f" (control as of {day})" if by_control and day != session.answers.as_of else ""
        reasons = Reasons(answers, binding, binding.regime.rules[0])
        answered = mine.with_columns(code=pl.Series(of_key[keys], dtype=pl.UInt8))
        several.add(answered.filter("open"), [one.codes for one in asked])
        said = answered.filter(pl.col("code") > FALSE)
        statements = {
            key: _statements(reasons, key, next(one for one in asked if one.codes[key] == of_key[key]))
            for key in said["key"].unique(maintain_order=True).to_list()
        }
        sayings |= {(key, day): (told + then, sources) for key, (told, sources) in statements.items()}
        rows += [
            (number, one, option, _written(session, key), *sayings[key, day])
            for number, key, one in said.filter(~pl.col("open")).select("number", "key", "code").iter_rows()
        ]
    found |= several.found()
    settled = several.settled()
    np.maximum.at(code, settled["number"].to_numpy(), settled["code"].to_numpy())
    for number, key, day, one, apart in settled.filter(pl.col("code") > FALSE).iter_rows():
        told, sources = sayings[key, day]
        rows.append((number, one, option, _written(session, key), f"{ready.SAID}: {told}" if apart else told, sources))
    word = f"the map names no {_WORD[role]}, or not every one"
    rows += [(int(at), UNKNOWN, option, None, word, "") for at in np.flatnonzero(~whole & (code == UNKNOWN))]
    why = pl.DataFrame(rows, schema=WHY, orient="row").unique(maintain_order=True)
    notes = [
        f"No cable of the map is known to have been {_VERB[role]} by {name}."
        for name, some in zip(names, found, strict=True) if not some
    ]  # fmt: skip
    if by_control and role == "builder":
        notes.append(
            "A builder is judged by who controlled it when the year began in which a cable was ready for service, or "
            f"as of {session.answers.as_of} where that is yet to come; where no year is stated, and it depends on the "
            "year, a cable is in doubt."
        )
    titles = [f"{value} and all controlled from it" if sort == "state" else name for sort, value, name in wanted]
    by_state = any(sort == "state" for sort, _, _ in wanted)
    by_doctrine = by_control and binding.regime.controlled_by is not None
    under = f", by the doctrine of {binding.regime.id}" if by_doctrine else ""
    return Removal(code, np.zeros(charted.points.height, np.bool_), why,
                   (f"without cables {_VERB[role]} by {_listed(titles)}{under}",), tuple(notes),
                   doctrine=binding.regime.id if by_doctrine else None,
                   near=near & (code == UNKNOWN) if by_state else None)  # fmt: skip


def _meant(
    session: Session, ties: pl.DataFrame, role: str, texts: Sequence[str], elsewhere: Mapping[str, Sequence[str]]
) -> list[tuple[str, str, str]]:
    """Return what each name means: a sort (name, party, state), its value, and the name as it was asked for."""
    graph = session.answers.graph
    frame = session.answers.resolution.keys.frame
    used = frame.filter(pl.col("key").is_in(ties["key"].unique().implode()))
    named = states_by_name(session.answers.world)
    parties: dict[str, tuple[str, str]] = {
        name.casefold(): ("party", graph.ids[at]) for at, name in enumerate(graph.names)
    } | {one.casefold(): ("party", one) for one in graph.ids}
    parties = {word: what for word, what in parties.items() if word not in named}
    known = parties | {word: ("state", code) for word, code in named.items()}
    known |= {code.casefold(): ("state", code) for code in states.CODES}
    known |= {f"state:{code}".casefold(): ("state", code) for code in states.CODES}
    known = {word: ("name", word) for word in elsewhere} | known
    own = used["value"].to_list()
    known |= {name: ("name", name) for name in own}
    names = list(dict.fromkeys(split(texts, known, _OPTION[role], f"the {_WORD[role]}", [*own, *parties, *elsewhere])))
    return [(*known[name.casefold()], name) for name in names]


def _written(session: Session, key: int) -> str:
    return session.answers.label(key).partition(":")[2]


def _answers(session: Session, day: date) -> Answers:
    """Return the session's answers, or, for another day, those that control was known by then."""
    own = session.answers
    if day == own.as_of:
        return own
    return Answers(own.world, day, own.resolution.keys, accept_stale=own.accept_stale, written=own.written)


def _vendors(session: Session) -> dict[str, list[str]]:
    """Return the parties that names of makers and owners lead to at the day of the question, by name."""
    day = session.answers.as_of
    rows = session.answers.world.table("identifier").filter(
        (pl.col("type") == "vendor")
        & (pl.col("since").is_null() | (pl.col("since") <= day))
        & (pl.col("until").is_null() | (pl.col("until") > day))
    )
    return dict(
        rows.group_by("value", maintain_order=True).agg(pl.col("party").unique(maintain_order=True)).iter_rows()
    )


def _tied(charted: CableMap, session: Session, role: str) -> pl.DataFrame:
    """Return the ties of a role of every cable: number of the cable, key, value, registered."""
    estate = session.estate
    held, ties = estate.holdings["cable"], estate.ties
    first, last = int(ties.start[held.first]), int(ties.start[held.last])
    bundle = np.repeat(np.arange(held.first, held.last), np.diff(ties.start[held.first : held.last + 1]))
    mine = ties.role[first:last] == ROLE_NUMBER[role]
    frame = pl.DataFrame({
        "bundle": bundle[mine].astype(np.uint32),
        "key": session.keys[first:last][mine],
        "registered": ties.column("registered")[first:last].filter(pl.Series(mine)),
        "value": estate.identifiers["value"].gather(ties.identifier[first:last][mine]),
    })  # fmt: skip
    numbers = charted.cables.select("bundle").with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    return numbers.join(frame, on="bundle", maintain_order="left_right").select("number", "key", "value", "registered")


@dataclass(frozen=True)
class _Asked:
    """What one name means: a code of each key, (K,), and by what it was found, if who controls whom was asked.

    Of a state ``near`` says to which keys, (K,), some statement leads from it, however little it says, and ``codes_of``
    which codes it covers.
    """

    codes: Codes
    predicate: terms.Predicate | None = None
    closure: Closure | None = None
    near: Mask | None = None
    codes_of: tuple[str, ...] = ()


def _asked(  # noqa: PLR0913, PLR0917 - what a name is, and what is known
    answers: Answers, binding: Binding, sort: str, value: str, name: str, elsewhere: Mapping[str, Sequence[str]]
) -> _Asked:
    frame, graph, resolution = answers.resolution.keys.frame, answers.graph, answers.resolution
    if sort == "state":
        if binding.regime.controlled_by is None:
            raise CablesError(f"{binding.regime.id} has no doctrine of control, by which {name} could be asked for")
        predicate = terms.Predicate(0, "controlled_from", value)
        codes = answers.codes(predicate, binding, binding.regime.rules[0])
        covered = answers.codes_of(value, binding)
        # No party has this code if none of those that a key leads to has.
        led = answers.agree(np.where(_pointed(answers, covered), TRUE, FALSE).astype(np.uint8)) != FALSE
        some = led & (np.diff(resolution.start) > 0)
        return _Asked(codes, predicate, None, some & (codes == UNKNOWN), tuple(sorted(covered)))
    group = np.zeros(graph.size, np.uint8)
    own = np.zeros(len(frame), np.bool_)
    closure = None
    if sort == "name":
        own = ((frame["type"] == "vendor") & (frame["value"].str.to_lowercase() == value.lower())).to_numpy()
        for key in np.flatnonzero(own):
            parties = resolution.parties(int(key))
            if len(parties) == 1:
                group[parties] = TRUE
        if not own.any() and len(elsewhere[value]) == 1:
            group[[graph.number[party] for party in elsewhere[value] if party in graph.number]] = TRUE
    else:
        group[[graph.number[value]] if value in graph.number else []] = TRUE
        if binding.regime.controlled_by is not None:
            closure = control.close(graph, binding.regime.doctrines[binding.regime.controlled_by], group)
            group = np.where(closure.codes == TRUE, TRUE, FALSE).astype(np.uint8)
    # A key that leads to nobody known is not the party's by any statement: only a state's reach is open.
    leads = np.diff(resolution.start) > 0
    codes = np.where(leads, answers.agree(group), FALSE).astype(np.uint8)
    codes[own] = TRUE
    return _Asked(codes, None, closure)


def _pointed(answers: Answers, covered: set[str]) -> Mask:
    """Return to which parties a statement leads from states of these codes: of place, or of a share, however small."""
    graph = answers.graph
    inside = pl.col("domicile").is_in(sorted(covered)) | pl.col("seat").is_in(sorted(covered))
    found = np.zeros(graph.size, np.bool_)
    found[graph.places.filter(inside)["number"].to_numpy()] = True
    stated = graph.statements.filter(pl.col("share_max") > 0)
    owner, owned = (stated[column].to_numpy() for column in ("owner_number", "owned_number"))
    count = -1
    while count < (count := int(found.sum())):
        found[owned[found[owner]]] = True
    return found


def _statements(reasons: Reasons, key: int, asked: _Asked) -> tuple[str, str]:
    """Return, in words, whom a key leads to and who controls that, or what is not known of it, and on whose word."""
    resolution, graph = reasons.answers.resolution, reasons.answers.graph
    steps = reasons.identity(key)
    missing: list[str] = []
    parties = [int(party) for party in resolution.parties(key)]
    if asked.predicate is not None and asked.codes[key] == TRUE:
        steps += reasons.evidence(asked.predicate, key)
    elif asked.predicate is not None:
        missing = reasons.missing(asked.predicate, key)
    elif asked.closure is not None:
        for party in parties:
            if asked.closure.base[party] == FALSE:
                steps += chains.held_by(graph, asked.closure, party)[0]
    if not parties:
        missing = [f"whose {reasons.answers.label(key).partition(':')[2]} is, is not known"]
    elif len(parties) > 1 and not missing:
        missing.append(f"it leads to {' or '.join(graph.names[party] for party in parties)}")
    sources = dict.fromkeys(step.source for step in steps if step.source not in ("", OWN))
    words = dict.fromkeys([*(step.statement for step in steps), *missing])
    return "; ".join(words), ", ".join(sources)


def _listed(names: Sequence[str], mark: str = ", ") -> str:
    few = list(dict.fromkeys(names))
    return mark.join(few[:5]) + (f" and {plural(len(few) - 5, 'more', 'more')}" if len(few) > 5 else "")

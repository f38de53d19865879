"""Everything the world says about one thing, each statement with its date and source.

The thing may be an address or prefix, an AS number, a party's id, an identifier (``type:value``, or a value alone),
or a name, or part of one. Statements that answer the same question stand side by side under it, also where they
disagree; nothing is decided here. Text comes from sources that others write: control characters and marks that turn
the direction of writing are shown as U+FFFD.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers
from crossline.inet.text import text4
from crossline.world import addresses, domains, suffixes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.world import World

STATEMENTS_MOST: Final = 200  # of one question
PARTIES_MOST: Final = 20  # that a name may lead to
_ASKED_MOST: Final = 300  # characters of what is asked
_TEXT_MOST: Final = 400
_AS: Final = re.compile(r"AS[\d.]+|\d{1,10}", re.IGNORECASE | re.ASCII)


def printable(text: str, limit: int = _TEXT_MOST) -> str:
    """Return the text without anything that could move a terminal's cursor, or turn the text around."""
    kept = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


@dataclass(frozen=True)
class Statement:
    """One sentence of one source. ``answer`` is what it says; ``dates`` when it holds or was seen."""

    about: str
    answer: str
    dates: str
    certainty: str
    note: str
    source: str
    title: str
    issuer: str
    url: str
    published: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields that say something."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Question:
    """Statements that answer one question about one thing. ``left_out``: how many more there are.

    ``disagree`` is set where the question has one answer at a time and the statements give more than one. Their
    dates may be what sets them apart. Of statements on the parts of a prefix those on one range
    are compared.
    """

    name: str
    about: str
    statements: tuple[Statement, ...]
    disagree: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class Answer:
    """What was asked, how it was understood, and every statement found. ``refused``: why it cannot be asked at all."""

    asked: str
    read_as: str
    questions: tuple[Question, ...] = field(default_factory=tuple)
    refused: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain dicts, lists and strings."""
        return {
            "asked": self.asked,
            "read_as": self.read_as,
            "refused": self.refused,
            "questions": [
                {
                    "question": question.name,
                    "about": question.about,
                    "disagree": question.disagree,
                    "left_out": question.left_out,
                    "statements": [statement.as_dict() for statement in question.statements],
                }
                for question in self.questions
            ],
        }

    def as_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return (question, about, answer, dates, source) rows. They are plain text: escape them before markup."""
        rows = []
        for question in self.questions:
            name = question.name + (" (statements differ)" if question.disagree else "")
            for said in question.statements:
                told = said.answer + (f" ({said.note})" if said.note else "")
                origin = f"{said.title} - {said.issuer}" if said.title else said.source
                rows.append((name, said.about, told, said.dates, origin))
            if question.left_out:
                rows.append((name, question.about, f"… and {question.left_out:,} more", "", ""))
        return rows


# Questions that have one answer at a time.
_SINGLE: Final = ("announced by", "registered country", "registered name", "identity", "domicile", "seat")


class _Reader:
    """Gathers questions about things from the tables of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sources = {row["id"]: row for row in world.table("source").to_dicts()}
        self.found: dict[tuple[str, str], list[Statement]] = {}
        self.left_out: dict[tuple[str, str], int] = {}
        self.values: dict[tuple[str, str, str], str] = {}
        self.disagree: set[tuple[str, str]] = set()

    def say(
        self, question: str, about: str, answer: str, row: dict[str, Any], compared: tuple[str, str] | None = None
    ) -> None:
        """Add a statement, unless the same was said already or the question is full.

        ``compared`` tells whether statements disagree, where that is not the whole answer: the part of the thing that
        the statement is about (empty: all of it), and what it says of that part.
        """
        key = (question, printable(about))
        said = self.found.setdefault(key, [])
        part, value = compared or ("", answer)
        if self.values.setdefault((*key, part), value) != value:
            self.disagree.add(key)
        source = self.sources.get(row.get("source"), {})
        statement = Statement(
            about=key[1],
            answer=printable(answer),
            dates=_dates(row),
            certainty=printable(row.get("certainty") or ""),
            note=printable(row.get("note") or ""),
            source=printable(row.get("source") or ""),
            title=printable(source.get("title") or ""),
            issuer=printable(source.get("issuer") or ""),
            url=printable(source.get("url") or ""),
            published=str(source.get("published") or ""),
        )
        if statement in said:
            return
        if len(said) >= STATEMENTS_MOST:
            self.left_out[key] = self.left_out.get(key, 0) + 1
        else:
            said.append(statement)

    def rows(self, table: str, *where: pl.Expr) -> list[dict[str, Any]]:
        """Return the rows of a table for which all conditions hold, bounded."""
        return self.world.table(table).filter(*where).head(STATEMENTS_MOST * 5).to_dicts()

    def questions(self) -> tuple[Question, ...]:
        """Return what was gathered, in the order it was first asked."""
        return tuple(
            Question(
                name,
                about,
                tuple(said),
                name in _SINGLE and (name, about) in self.disagree,
                self.left_out.get((name, about), 0),
            )
            for (name, about), said in self.found.items()
        )

    def address(self, asked: Any) -> None:  # noqa: ANN401 - any of the four classes of ipaddress
        """Say what announces an address, and where it is registered; then the same of those AS numbers.

        Around an address the narrowest range comes first; in a prefix ranges stand in the order of their addresses.
        """
        numbers: list[int] = []
        told = addresses.statements(self.world, asked)
        whole = not isinstance(asked, ipaddress.IPv4Network | ipaddress.IPv6Network)
        if not whole:
            ends = [name for name in told.columns if name.startswith(("first", "last"))]
            told = told.sort(*ends, maintain_order=True)
        for row in told.head(STATEMENTS_MOST * 5).to_dicts():
            where = _range(row)
            part = "" if whole else where
            if row["asn"] is not None:
                self.say("announced by", str(asked), f"AS{row['asn']} ({where})", row, (part, str(row["asn"])))
                numbers.append(row["asn"])
            if row["registered"] is not None:
                country = row["registered"]
                self.say("registered country", str(asked), f"{country} ({where})", row, (part, country))
        self._peering_lans(asked)
        for number in list(dict.fromkeys(numbers))[:PARTIES_MOST]:
            self.identifier("asn", str(number))

    def _peering_lans(self, asked: Any) -> None:  # noqa: ANN401 - any of the four classes of ipaddress
        """Say on which exchange's peering LAN an address lies, or which LANs a prefix meets (some thousands)."""
        whole = ipaddress.ip_network(asked)
        for row in self.world.table("exchange").to_dicts():
            block = ipaddress.ip_network(row["prefix"])
            if block.version == whole.version and block.overlaps(whole):
                said = f"{row['name']} ({row['prefix']}): every member has an address there"
                self.say("peering LAN", str(asked), said, row)

    def identifier(self, kind: str, value: str) -> None:
        """Say whose an identifier is, what registries call its holder, and all about the parties."""
        about = f"AS{value}" if kind == "asn" else f"{kind}:{value}"
        match = (pl.col("type") == kind, pl.col("value") == value)
        held = self.rows("identifier", *match)
        for row in held:
            self.say("identity", about, row["party"], row)
        for row in self.rows("registration", *match):
            if row["name"] is not None:
                self.say("registered name", about, row["name"], row)
            if row["registered"] is not None:
                self.say("registered country", about, row["registered"], row)
        reason = identifiers.names_no_party(kind, value) if kind in identifiers.names() else None
        if reason:
            self.say("names no party", about, reason, {})
        if kind == "asn":
            self._neighbours(int(value), about)
            self._ranges(int(value), about)
        for party in list(dict.fromkeys(row["party"] for row in held))[:PARTIES_MOST]:
            self.party(party)

    def _neighbours(self, number: int, about: str) -> None:
        """Count providers, customers and peers by source."""
        links = self.world.table("adjacency").filter((pl.col("a") == number) | (pl.col("b") == number))
        side = (
            pl.when(pl.col("relation") == 0)
            .then(pl.lit("peers"))
            .when(pl.col("a") == number)
            .then(pl.lit("customers"))
            .otherwise(pl.lit("providers"))
        )
        for row in links.group_by("source", "seen", side=side).len().sort("seen", "source", "side").to_dicts():
            self.say("neighbours", about, f"{row['len']:,} {row['side']}", row)

    def _ranges(self, number: int, about: str) -> None:
        """Count the ranges it announces by source."""
        size = (pl.col("last").cast(pl.UInt64) - pl.col("first") + 1).sum()
        four = self.world.table("address4").filter(pl.col("asn") == number)
        for row in four.group_by("source", "seen").agg(pl.len(), size=size).sort("seen", "source").to_dicts():
            self.say("announces", about, f"{row['len']:,} IPv4 ranges with {row['size']:,} addresses", row)
        six = self.world.table("address6").filter(pl.col("asn") == number)
        for row in six.group_by("source", "seen").len().sort("seen", "source").to_dicts():
            self.say("announces", about, f"{row['len']:,} IPv6 ranges", row)

    def party(self, party: str) -> None:  # noqa: C901 - a loop for each table
        """Say everything about a party: itself, control one step up and down, lists, coalitions, identifiers."""
        for row in self.rows("party", pl.col("id") == party):
            self.say("name", party, f"{row['name']} ({row['kind']})", row)
            for name in ("domicile", "seat"):
                if row[name]:
                    self.say(name, party, row[name], row)
        for row in self.rows("control", pl.col("owned") == party):
            self.say("controlled by", party, f"{row['owner']}: {_share(row)}", row)
        for row in self.rows("control", pl.col("owner") == party):
            self.say("controls", party, f"{row['owned']}: {_share(row)}", row)
        for row in self.rows("listing", pl.col("party") == party):
            scope = f", scope {row['scope']}" if row["scope"] else ""
            self.say("listing", party, f"{row['list']}: {row['status']}{scope}", row)
        for row in self.rows("membership", pl.col("member") == f"party:{party}"):
            self.say("membership", party, f"{row['coalition']}: {row['status']}, says {row['claimed_by']}", row)
        if party.startswith("state-"):
            for row in self.rows("membership", pl.col("member") == f"state:{party[6:].upper()}"):
                self.say("membership", party, f"{row['coalition']}: {row['status']}, says {row['claimed_by']}", row)
        for row in self.rows("completeness", pl.col("party") == party):
            told = {**row, "seen": row["as_of"]}
            self.say("completeness", party, f"these are said to be all of its identifiers of type {row['type']}", told)
        held = self.world.table("identifier").filter(pl.col("party") == party)
        for row in held.sort("type", pl.col("value").str.to_integer(strict=False), "value").to_dicts():
            self.say("identifiers", party, f"{row['type']}:{row['value']}", row)


def _dates(row: dict[str, Any]) -> str:
    since, until, seen = (row.get(name) for name in ("since", "until", "seen"))
    if since or until:
        return (
            (f"since {since}" if since else "") + (" " if since and until else "") + (f"until {until}" if until else "")
        )
    return f"seen {seen}" if seen else ""


def _share(row: dict[str, Any]) -> str:
    low, high = row["share_min"], row["share_max"]
    if low is None and high is None:
        share = "share not stated"
    elif low == high:
        share = f"{low:g} %"
    else:
        share = f"{0 if low is None else low:g} to {100 if high is None else high:g} %"
        # A share that is said to be above a whole number is stored as the next number after it.
        if low is not None and low != round(low, 9):
            share = f"more than {low:g} %" if high in (None, 100.0) else f"more than {low:g}, up to {high:g} %"
    return f"{share} ({row['kind']})"


def _range(row: dict[str, Any]) -> str:
    if "first" in row:
        return f"{text4(row['first'])} - {text4(row['last'])}"
    first, last = (ipaddress.IPv6Address(row[f"{end}_high"] << 64 | row[f"{end}_low"]) for end in ("first", "last"))
    return f"{first} - {last}"


def lookup(world: World, text: str) -> Answer:
    """Return every statement about what ``text`` names; one that nothing speaks of has no questions."""
    asked = text.strip()[:_ASKED_MOST]
    shown = printable(asked)
    reader = _Reader(world)
    address = _address(asked)
    if address is not None:
        reader.address(address)
        return Answer(shown, "prefix" if "/" in asked else "address", reader.questions())
    if _AS.fullmatch(asked):
        try:
            value = identifiers.load("asn").parse(asked)
        except ValueError as error:
            return Answer(shown, "nothing", refused=printable(str(error)))
        reader.identifier("asn", value)
        return Answer(shown, f"AS number {value}", reader.questions())
    return Answer(shown, *_named(reader, asked))


def _address(asked: str) -> Any:  # noqa: ANN401 - any of the four classes of ipaddress
    """Return the address or prefix, or None; host bits in a prefix are cleared."""
    if "%" in asked or not re.search(r"[.:]", asked):
        return None
    try:
        return ipaddress.ip_network(asked, strict=False) if "/" in asked else ipaddress.ip_address(asked)
    except ValueError:
        return None


def _named(reader: _Reader, asked: str) -> tuple[str, tuple[Question, ...]]:
    """Look for a party's id, then an identifier, then a name."""
    world = reader.world
    if not asked:
        return "nothing", ()
    folded = asked.casefold()
    parties = world.table("party")
    if folded in set(parties["id"].str.to_lowercase()):
        reader.party(folded)
        _by_name(reader, folded)
        return "party", reader.questions()
    kind, colon, rest = asked.partition(":")
    if colon and kind.casefold() in ("party", "state"):
        return _party_or_state(reader, kind.casefold(), rest)
    held = pl.concat([world.table(name).select("type", "value") for name in ("identifier", "registration")])
    found = set()
    if colon:
        typed = kind.casefold()
        found = set(held.filter(pl.col("type") == typed, pl.col("value") == _canonical(typed, rest)).rows())
    found |= set(held.filter(pl.col("value").str.to_lowercase() == folded, pl.col("type") != "asn").rows())
    if found:
        for typed, value in sorted(found)[:PARTIES_MOST]:
            reader.identifier(typed, value)
        return "identifier", reader.questions()
    if (not colon or kind.casefold() == "domain") and _host(reader, rest if colon else asked):
        return "host", reader.questions()
    return _by_name(reader, folded)


def _host(reader: _Reader, asked: str) -> bool:
    """Say of a host that nothing names by which domain above it it is judged, and everything about that."""
    try:
        host = identifiers.load("domain").parse(asked)
    except ValueError:
        return False
    parent = domains.parents(reader.world, pl.Series("host", [host]))[0]
    if parent is not None:
        reader.say("lies under", f"domain:{host}", f"domain:{parent}, the nearest name that is known", {})
        reader.identifier("domain", parent)
        return True
    given = suffixes.above(host)
    if given is None or not reader.rows("registration", pl.col("type") == "domain", pl.col("value") == given):
        return False
    said = f"domain:{given}: names under it are given out to others, so it says nothing of whose this one is"
    reader.say("lies under", f"domain:{host}", said, {})
    return True


def _canonical(kind: str, value: str) -> str:
    """Bring a value into its type's form where there is such a type and the value fits."""
    try:
        return identifiers.parse(f"{kind}:{value}")[1]
    except ValueError:
        return value.strip()


def _party_or_state(reader: _Reader, kind: str, rest: str) -> tuple[str, tuple[Question, ...]]:
    name = rest.strip().casefold()
    reader.party(f"state-{name}" if kind == "state" else name)
    return kind, reader.questions()


def _by_name(reader: _Reader, folded: str) -> tuple[str, tuple[Question, ...]]:
    """Look for the text in names of parties and of registrations: a likeness of names, which proves nothing."""

    def holds(column: str) -> pl.Expr:
        return pl.col(column).str.to_lowercase().str.contains(folded, literal=True)

    world = reader.world
    parties = world.table("party").filter(holds("name") | holds("id"))["id"].unique(maintain_order=True).to_list()
    for party in parties[:PARTIES_MOST]:
        reader.party(party)  # what was said of the party before is not said again
    for party in parties[PARTIES_MOST : PARTIES_MOST + STATEMENTS_MOST]:
        reader.say("parties of such a name, not shown in full", folded, party, {})
    match = world.table("registration").filter(holds("name"))
    order = match.sort(pl.col("value").str.to_integer(strict=False), "value", "seen")
    for row in order.to_dicts():
        thing = f"AS{row['value']}" if row["type"] == "asn" else f"{row['type']}:{row['value']}"
        country = f", registered in {row['registered']}" if row["registered"] else ""
        reader.say("registrations under such a name", folded, f"{thing}: {row['name']}{country}", row)
    return "name", reader.questions()


def lines(answer: Answer) -> Iterable[str]:
    """Return the answer as plain lines of text, for where there is no table."""
    if answer.refused:
        yield answer.refused
        return
    yield f"{answer.asked}: read as {answer.read_as}"
    if not answer.questions:
        yield "  nothing is said of it in this world"
    for question in answer.questions:
        yield f"{question.about} - {question.name}" + (" (statements differ)" if question.disagree else "")
        for said in question.statements:
            dates = f" [{said.dates}]" if said.dates else ""
            yield f"  {said.answer}{dates} - {said.title or said.source or 'the standard'}"
        if question.left_out:
            yield f"  … and {question.left_out:,} more"

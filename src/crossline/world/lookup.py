"""Everything the world says about one thing, each statement with its date and source.

The thing may be an address or prefix, an AS number, a party's id, an identifier (``type:value``, or a value alone),
or a name, or part of one. Statements that answer the same question stand side by side under it, also where they
disagree; nothing is decided here. Text comes from sources that others write: control characters and marks that turn
the direction of writing are shown as U+FFFD.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers
from crossline.inet.text import text4
from crossline.world import addresses, domains, suffixes
from crossline.world.statements import Answer, Question, Statement, printable

if TYPE_CHECKING:
    from crossline.world import World

STATEMENTS_MOST: Final = 200  # of one question
PARTIES_MOST: Final = 20  # that a name may lead to
IDENTIFIERS_MOST: Final = 10  # of one party and type
_ASKED_MOST: Final = 300  # characters of what is asked
_AS: Final = re.compile(r"AS[\d.]+|\d{1,10}", re.IGNORECASE | re.ASCII)


# Questions that have one answer at a time.
_SINGLE: Final = ("announced by", "registered country", "registered name", "identity", "domicile", "seat")


class _Reader:
    """Gathers questions about things from the tables of a world."""

    def __init__(self, world: World, *, every: bool) -> None:
        self.world, self.every = world, every
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
        if len(said) >= STATEMENTS_MOST and not self.every:
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
        holders = domains.of_holders(self.world)
        for row in self.rows("registration", *match, ~holders):
            self.say("libraries that contact it", about, row["name"] or "", row)
        for row in self.rows("registration", *match, holders):
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
        if kind == "library":
            self._signatures(value, about)
        for party in list(dict.fromkeys(row["party"] for row in held))[:PARTIES_MOST]:
            self.party(party)

    def _signatures(self, value: str, about: str) -> None:
        """Count what shows that a library is in an app, by source."""
        shown = self.world.table("signature").filter(pl.col("library") == value)
        for row in shown.group_by("source", "seen", "of").len().sort("seen", "source", "of").to_dicts():
            self.say("signatures", about, f"{row['len']:,} of type {row['of']}", row)

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
        self._identifiers(party)

    def _identifiers(self, party: str) -> None:
        """Say what a party holds, a question for each type; of a type with many the first ones, and how many more."""
        held = self.world.table("identifier").filter(pl.col("party") == party)
        held = held.sort("type", pl.col("value").str.to_integer(strict=False), "value")
        held = held.with_columns(place=pl.col("value").rle_id().over("type"))
        for row in held.filter((pl.col("place") < IDENTIFIERS_MOST) | self.every).to_dicts():
            self.say(f"identifiers, {row['type']}", party, f"{row['type']}:{row['value']}", row)
        if not self.every:
            counts = held.group_by("type").agg(pl.col("value").n_unique())
            for kind, count in counts.filter(pl.col("value") > IDENTIFIERS_MOST).rows():
                self.left_out[f"identifiers, {kind}", printable(party)] = count - IDENTIFIERS_MOST


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


def lookup(world: World, text: str, *, every: bool = False) -> Answer:
    """Return what is said about what ``text`` names; one that nothing speaks of has no questions.

    Long answers are cut, and say by how much; with ``every`` none is.
    """
    asked = text.strip()[:_ASKED_MOST]
    shown = printable(asked)
    reader = _Reader(world, every=every)
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
    held = pl.concat(
        [
            *(world.table(name).select("type", "value") for name in ("identifier", "registration")),
            world.table("signature").select(type=pl.lit("library"), value="library"),
        ]
    )
    found = set()
    if colon:
        typed = kind.casefold()
        same = pl.col("value") == _canonical(typed, rest)
        if typed == "library":  # a name, which each source spells its own way
            same = pl.col("value").str.to_lowercase() == rest.strip().lower()
        found = set(held.filter(pl.col("type") == typed, same).rows())
    found |= set(held.filter(pl.col("value").str.to_lowercase() == folded, pl.col("type") != "asn").rows())
    if found:
        for typed, value in sorted(found)[:PARTIES_MOST]:
            reader.identifier(typed, value)
            if typed == "domain":
                _host(reader, value)
        return "identifier", reader.questions()
    if (not colon or kind.casefold() == "domain") and (read_as := _host(reader, rest if colon else asked)):
        return read_as, reader.questions()
    return _by_name(reader, folded)


def _host(reader: _Reader, asked: str) -> str:
    """Say of a host by which domain above it it is judged, and everything about that; return what it was read as.

    Empty where it is no host, or nothing stands above it.
    """
    try:
        host = identifiers.load("domain").parse(asked)
    except ValueError:
        return ""
    parent = domains.parents(reader.world, pl.Series("host", [host]))[0]
    if parent is not None:
        reader.say("lies under", f"domain:{host}", f"domain:{parent}, the nearest name that is known", {})
        for name in [*domains.nearer(reader.world, host, parent), parent]:
            if name != host:
                reader.identifier("domain", name)
        return "host"
    given = suffixes.above(host)
    if given == host:
        said = "a public suffix: names under it are given out to others, so it says nothing of whose they are"
        reader.say("given out", f"domain:{host}", said, {})
        return "public suffix"
    if given is None or not reader.rows("registration", pl.col("type") == "domain", pl.col("value") == given):
        return ""
    said = f"domain:{given}: names under it are given out to others, so it says nothing of whose this one is"
    reader.say("lies under", f"domain:{host}", said, {})
    return "host"


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

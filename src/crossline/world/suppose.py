"""Suppositions: what if? Rows that are laid over a world for one run, and statements of it that end.

docs/suppose.md describes the file, ``schema/suppose.json`` lets an editor check it. Rows are checked as facts are: the
parties exist, dates are in order, shares lie between 0 and 100, words are those that the world uses. Each has a source
of its own, so that no step of evidence that rests on one can be taken for a fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers, yamlfile
from crossline.world import SCHEMAS, World, resolve
from crossline.world.chains import percent
from crossline.yamlform import Form, hint

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.yamlfile import Route

KEYS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    # table: the keys that a row may have, and those that it needs
    "party": (("id", "name", "kind", "domicile", "seat"), ("id", "kind")),
    "control": (
        ("owner", "owned", "kind", "share", "share_min", "share_max", "since", "until", "note"),
        ("owner", "owned", "kind"),
    ),
    "identifier": (("identifier", "party", "since", "until"), ("identifier", "party")),
    "completeness": (("party", "type", "as_of", "note"), ("party", "type", "as_of")),
    "listing": (("list", "party", "category", "scope", "status", "since", "until", "note"), ("list", "status")),
    "membership": (
        ("coalition", "member", "status", "claimed_by", "since", "until", "note"),
        ("coalition", "member", "status"),
    ),
}
TABLES: Final = tuple(KEYS)
_TOP: Final = (*TABLES, "end", "words")
_PARTY_KINDS: Final = ("company", "state", "agency", "person", "dispersed", "organisation")
_CONTROL_KINDS: Final = ("equity", "voting", "both", "direction")
_SHARE_TOLERANCE: Final = 1e-9
_MOST: Final = 1_000  # rows of one supposition
_CERTAINTY: Final = "supposed"


@dataclass(frozen=True)
class Supposed:
    """A world with a supposition laid over it: the source that its rows name, and what was supposed, in words."""

    world: World
    file: str
    source: str
    rows: int
    statements: tuple[str, ...]
    notes: tuple[str, ...]

    def header(self) -> dict[str, object]:
        """Return what a report says of it."""
        return {"file": self.file, "source": self.source, "rows": self.rows, "statements": list(self.statements)}


class _Laid(Mapping[str, pl.DataFrame]):
    """The tables of a world, some of them replaced; the others stay unread until they are asked for."""

    def __init__(self, under: Mapping[str, pl.DataFrame], over: dict[str, pl.DataFrame]) -> None:
        self._under, self._over = under, over

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._over[name] if name in self._over else self._under[name]

    def __contains__(self, name: object) -> bool:
        return name in self._over or name in self._under

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._under), **self._over})

    def __len__(self) -> int:
        return len(set(self._under) | set(self._over))


def lay(world: World, path: Path) -> Supposed:
    """Lay a file's supposition over a world; raises YamlError with the place of a mistake, or OSError."""
    return _Laying(world, path).laid()


class _Laying:
    """Reads a file against a world."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = str(path)
        self.source = f"supposed ({path.name})"
        self.form = Form(yamlfile.load_document(path))
        self.tables = {name: world.table(name) for name in TABLES}
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.places: dict[str, list[Route]] = {name: [] for name in TABLES}
        self.statements: list[str] = []
        self.notes: list[str] = []

    def laid(self) -> Supposed:
        """Read the whole, and lay it over the world."""
        form = self.form
        top = form.mapping((), form.document.value, _TOP)
        self.words = set(form.texts(("words",), top["words"], str)) if top.get("words") is not None else set()
        for route, item in form.items(("end",), top):
            self._end(route, item)
        for name in TABLES:
            allowed, needed = KEYS[name]
            for route, item in form.items((name,), top):
                part = form.mapping(route, item, allowed, needed)
                if name == "party":
                    self._add(name, route, self._party(route, part))
        self.parties = self._known_parties()
        for name, read in (
            ("control", self._control), ("identifier", self._identifier), ("completeness", self._completeness),
            ("listing", self._listing), ("membership", self._membership),
        ):  # fmt: skip
            for route, item in form.items((name,), top):
                self._add(name, route, read(route, item))  # type: ignore[arg-type]  # checked above
        if not self.statements:
            form.fail((), "nothing is supposed in it")
        over = {name: self._joined(name) for name in TABLES}
        self._no_more_than_everything(over["control"])
        described = {"id": self.source, "title": f"What {path_name(self.path)} supposes; nobody states it"}
        row = pl.DataFrame([described], schema=SCHEMAS["source"])
        over["source"] = pl.concat([self.world.table("source"), row])
        world = World(_Laid(self.world.tables, over), self.world.path)
        count = sum(map(len, self.rows.values()))
        return Supposed(world, self.path, self.source, count, tuple(self.statements), tuple(self.notes))

    def _add(self, table: str, route: Route, row: dict[str, Any]) -> None:
        if len(self.statements) >= _MOST:
            self.form.fail(route, f"more than {_MOST:,} rows: a supposition is written by hand")
        self.rows[table].append(row)
        self.places[table].append(route)
        self.statements.append(_said(table, row))

    def _joined(self, name: str) -> pl.DataFrame:
        rows = [{"source": self.source, "certainty": _CERTAINTY} | row for row in self.rows[name]]
        schema = SCHEMAS[name]
        made = pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema)
        return pl.concat([self.tables[name], made])

    # -- what ends -------------------------------------------------------------------------------------------

    def _end(self, route: Route, value: object) -> None:
        """Let statements of the world end on a day, or take them out where no day is given."""
        form = self.form
        part = form.mapping(route, value, ("table", "where", "until"), ("table", "where"))
        name = form.word((*route, "table"), part["table"], TABLES)
        schema, table = SCHEMAS[name], self.tables[name]
        wanted = form.mapping((*route, "where"), part["where"], tuple(schema.names()))
        if not wanted:
            form.fail((*route, "where"), "which statements end? name a column and its value")
        chosen = pl.lit(value=True)
        for key, cell in wanted.items():
            chosen &= self._is((*route, "where", key), key, schema[key], cell)
        until = None if part.get("until") is None else form.day((*route, "until"), part["until"])
        if until and "until" not in schema:
            form.fail((*route, "until"), f"a statement of {name} has no end: without a day it is taken out")
        if until is not None:
            chosen &= pl.col("until").is_null() | (pl.col("until") > until)
        hit = table.select(chosen.alias("hit"))["hit"] if table.height else pl.Series([], dtype=pl.Boolean)
        count = int(hit.sum())
        if not count:
            still = f" that holds on {until}" if until else ""
            form.fail((*route, "where"), f"no statement of {name} is like that{still}")
        told = ", ".join(f"{key} {cell}" for key, cell in wanted.items())
        if until is None:
            self.tables[name] = table.filter(~hit)
            self.statements.append(f"{count} of {name} taken out: {told}")
            return
        if "seen" in schema:
            # A sighting speaks for its time alone; with an end it would speak for all that came before.
            dated = pl.col("since").is_null() & pl.col("until").is_null() & pl.col("seen").is_not_null()
            spoken = resolve.spans(table)
            table = spoken.with_columns(
                pl.when(dated & hit).then("span_from").otherwise("since").alias("since"),
                pl.when(dated & hit).then("span_to").otherwise("until").alias("until"),
            ).select(schema.names())
            hit &= table["until"].fill_null(date.max) > until
        # What had not begun by then is taken out; the rest ends.
        kept = table.with_columns(pl.when(hit).then(pl.lit(until)).otherwise("until").alias("until"))
        self.tables[name] = kept.filter(~(hit & (pl.col("since") >= until).fill_null(value=False)))
        self.statements.append(f"{count} of {name} ended on {until}: {told}")

    def _is(self, route: Route, key: str, kind: pl.DataType, cell: object) -> pl.Expr:
        if cell is None:
            return pl.col(key).is_null()
        if kind == pl.Date():
            return pl.col(key) == self.form.day(route, cell)
        if kind == pl.Float64():
            return (pl.col(key) - self._number(route, cell)).abs() < _SHARE_TOLERANCE
        return pl.col(key) == self.form.parsed(route, cell, str)

    # -- what begins -----------------------------------------------------------------------------------------

    def _known_parties(self) -> dict[str, str]:
        """Return the names of all parties that there are then, by id."""
        rows = pl.concat([self.tables["party"], pl.DataFrame(self.rows["party"], schema=SCHEMAS["party"])])
        return {party: name or party for party, name in rows.select("id", "name").unique("id").iter_rows()}

    def _party(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        form = self.form
        party = form.parsed((*route, "id"), part["id"], identifiers.load("party").parse)
        kind = form.word((*route, "kind"), part["kind"], _PARTY_KINDS)
        places = {
            key: self._state((*route, key), part[key]) for key in ("domicile", "seat") if part.get(key) is not None
        }
        name = form.text((*route, "name"), part["name"]) if part.get("name") is not None else party
        return {"id": party, "name": name, "kind": kind} | places

    def _control(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        form = self.form
        kind = form.word((*route, "kind"), part["kind"], _CONTROL_KINDS)
        owner, owned = (self._known((*route, key), part[key]) for key in ("owner", "owned"))
        if owner == owned:
            form.fail((*route, "owned"), f"{owned} cannot hold itself")
        row = {"owner": owner, "owned": owned, "kind": kind} | self._dated(route, part)
        if kind == "direction":
            for key in ("share", "share_min", "share_max"):
                if part.get(key) is not None:
                    form.fail((*route, key), "direction has no share")
        else:
            row |= self._shares(route, part)
        self._disagrees(route, row)
        return row

    def _shares(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        form = self.form
        if (part.get("share") is None) == (part.get("share_min") is None and part.get("share_max") is None):
            form.fail(route, "a share is missing: 'share', or 'share_min' and 'share_max', in per cent")
        if part.get("share") is not None:
            share = self._share((*route, "share"), part["share"])
            return {"share_min": share, "share_max": share}
        low = self._share((*route, "share_min"), part["share_min"]) if part.get("share_min") is not None else 0.0
        high = self._share((*route, "share_max"), part["share_max"]) if part.get("share_max") is not None else 100.0
        if low > high:
            form.fail((*route, "share_max"), f"share_max, {high:g}, is less than share_min, {low:g}")
        return {"share_min": low, "share_max": high}

    def _disagrees(self, route: Route, row: dict[str, Any]) -> None:
        """Note where the world says something else of the same holding: both stand, and a range is what is known."""
        theirs = self.tables["control"].filter(
            (pl.col("owner") == row["owner"]) & (pl.col("owned") == row["owned"])
            & (pl.col("until").is_null() | pl.lit(row.get("since") or date.min).lt(pl.col("until")))
            & (pl.col("since").is_null() | pl.lit(row.get("until") or date.max).gt(pl.col("since")))
        )  # fmt: skip
        for told in theirs.unique("source", maintain_order=True)["source"]:
            self.notes.append(
                f"{path_name(self.path)}, line {self.form.line(route)}: {told} also states what {row['owner']} holds of"
                f" {row['owned']}. Both stand, and an answer holds only where it does under each: `end` ends the other."
            )

    def _identifier(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        way = (*route, "identifier")
        label = self.form.parsed(way, part["identifier"], lambda text: ":".join(identifiers.parse(text)))
        kind, _, value = label.partition(":")
        if kind in ("party", "state", "asset"):
            self.form.fail(way, f"an identifier of type {kind} names itself")
        return {"type": kind, "value": value, "party": self._known((*route, "party"), part["party"])} | self._dated(
            route, part
        )

    def _completeness(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        return {
            "party": self._known((*route, "party"), part["party"]),
            "type": self.form.word((*route, "type"), part["type"], identifiers.names()),
            "as_of": self.form.day((*route, "as_of"), part["as_of"]),
            "note": self._note(route, part),
        }

    def _listing(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        form, table = self.form, self.world.table("listing")
        if (part.get("party") is None) == (part.get("category") is None):
            form.fail(route, "a listing names either a party or a category")
        name = self._word((*route, "list"), part["list"], table["list"])
        entries = table.filter(pl.col("list") == name)
        row = {"list": name, "status": self._word((*route, "status"), part["status"], table["status"])}
        if part.get("scope") is not None:
            row["scope"] = self._word((*route, "scope"), part["scope"], entries["scope"])
        elif entries.height and not entries["scope"].null_count():
            scopes = ", ".join(entries["scope"].unique().sort())
            form.fail(route, f"'scope' is missing: every entry of {name} has one of {scopes}")
        if part.get("party") is not None:
            row["party"] = self._known((*route, "party"), part["party"])
        else:
            row["category"] = form.text((*route, "category"), part["category"])
        return row | self._dated(route, part)

    def _membership(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        table = self.world.table("membership")
        coalition = self._word((*route, "coalition"), part["coalition"], table["coalition"])
        entries = table.filter(pl.col("coalition") == coalition)
        known = entries["status"] if entries.height else table["status"]
        row = {
            "coalition": coalition,
            "member": self.form.parsed((*route, "member"), part["member"], self._member),
            "status": self._word((*route, "status"), part["status"], known),
        }
        if part.get("claimed_by") is not None:
            row["claimed_by"] = self.form.text((*route, "claimed_by"), part["claimed_by"])
        return row | self._dated(route, part)

    # -- cells -----------------------------------------------------------------------------------------------

    def _member(self, text: str) -> str:
        kind, colon, value = text.partition(":")
        if not colon or kind not in ("state", "party"):
            raise ValueError(f"{text[:60]!r} is neither state:XX nor party:ID")
        if kind == "state":
            code = str(identifiers.load("state").parse(value))
            if self.world.state_party(code) not in self.parties:
                raise ValueError(f"this world knows no state {code}: add a party {self.world.state_party(code)}")
            return f"state:{code}"
        if value not in self.parties:
            raise ValueError(f"{value[:60]!r} is no party of this world{hint(value, self.parties)}")
        return text

    def _known(self, route: Route, value: object) -> str:
        party = self.form.parsed(route, value, identifiers.load("party").parse)
        if party not in self.parties:
            self.form.fail(route, f"{party!r} is no party of this world{hint(party, self.parties)}")
        return party

    def _word(self, route: Route, value: object, column: pl.Series) -> str:
        """Check a word of the world's own vocabulary; others have to stand under ``words``."""
        return self.form.word(route, value, {*column.drop_nulls().unique().to_list(), *self.words})

    def _state(self, route: Route, value: object) -> str:
        return self.form.parsed(route, value, identifiers.load("state").parse)

    def _number(self, route: Route, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.form.fail(route, "expected a number")
        return float(value)

    def _share(self, route: Route, value: object) -> float:
        share = self._number(route, value)
        if not 0 <= share <= 100:
            self.form.fail(route, f"{share:g} is no share between 0 and 100 per cent")
        return share

    def _note(self, route: Route, part: dict[str, Any]) -> str | None:
        return None if part.get("note") is None else self.form.text((*route, "note"), part["note"])

    def _dated(self, route: Route, part: dict[str, Any]) -> dict[str, Any]:
        since, until = self.form.span(route, part)
        return {"since": since, "until": until, "note": self._note(route, part)}

    def _no_more_than_everything(self, control: pl.DataFrame) -> None:
        """Refuse a supposed share where what is held of a party at least then adds up to more than everything."""
        for row, route in zip(self.rows["control"], self.places["control"], strict=True):
            of_owned = control.filter((pl.col("owned") == row["owned"]) & (pl.col("kind") != "direction"))
            for interest in ("equity", "voting"):
                held = of_owned.filter(pl.col("kind").is_in([interest, "both"]))
                for day in held["since"].unique().fill_null(date.min):
                    then = held.filter(
                        (pl.col("since").fill_null(date.min) <= day)
                        & (pl.col("until").is_null() | (pl.col("until") > day))
                    )
                    total = float(then.group_by("owner").agg(pl.col("share_min").fill_null(0).min())["share_min"].sum())
                    if total > 100 + _SHARE_TOLERANCE:
                        self.form.fail(
                            route, f"what is held of {row['owned']} then adds up to {total:g} % of {interest}"
                        )


def path_name(path: str) -> str:
    """Return the name of a file, without its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def _said(table: str, row: dict[str, Any]) -> str:  # noqa: PLR0911 - one return a table
    """Say a supposed row in words."""
    since = f" since {row['since']}" if row.get("since") else ""
    since += f" until {row['until']}" if row.get("until") else ""
    if table == "party":
        places = [f"{key} {row[key]}" for key in ("domicile", "seat") if row.get(key)]
        return ", ".join([f"{row['id']} is a party: {row['name']}, {row['kind']}", *places])
    if table == "control":
        if row["kind"] == "direction":
            return f"{row['owned']} is subject to direction by {row['owner']}{since}"
        interest = {"equity": "of the equity", "voting": "of the votes", "both": "of equity and votes"}[row["kind"]]
        return f"{row['owner']} holds {percent(row['share_min'], row['share_max'])} {interest} of {row['owned']}{since}"
    if table == "identifier":
        return f"{row['type']}:{row['value']} leads to {row['party']}{since}"
    if table == "completeness":
        return f"all {row['type']} identifiers of {row['party']} are known as of {row['as_of']}"
    if table == "listing":
        scope = f", scope {row['scope']}" if row.get("scope") else ""
        return f"{row.get('party') or row['category']} is on the list {row['list']} ({row['status']}{scope}){since}"
    return f"{row['member']} belongs to {row['coalition']} ({row['status']}){since}"

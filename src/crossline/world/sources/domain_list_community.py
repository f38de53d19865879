"""Domains by who runs them: the lists of domain-list-community (v2fly), as its repository packed into a tar archive.

Its README's grammar: a line is ``domain:`` (or nothing) or ``full:`` and a name, ``keyword:`` or ``regexp:`` and a
pattern, or ``include:`` and another list; ``@attributes`` and ``#`` remarks may follow.

Which lists name an owner. All do, but for

- those that the project itself calls categories: ``category-…``, ``geolocation-…`` and ``tld-…``;
- those that include one of these without a condition (``cn``), for they are collections as well;
- :data:`THEMES`, which are about a matter and name nobody.

A list included in another is part of it (``tiktok`` of ``bytedance``). A domain has the name of the innermost list that
has it; that one list is part of another is kept as a statement on the name, type ``vendor``, which
:mod:`crossline.world.registrants` follows where no fact explains the inner one. An ``include:`` with an attribute takes
some of a list only, and says nothing of the kind. A ``full:`` name is that host; a host below it is its holder's too.

An archive that ``git archive`` made stamps all files with the moment of the commit. Where every list has the same
stamp, its day is the edition's; stamps that differ are those of a copy and are not taken.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import domains, editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "Domains by who runs them: the lists of domain-list-community that name an owner."
ID: Final = "domain-list-community"
TITLE: Final = "Domain list community"
ISSUER: Final = "v2fly and contributors"
URL: Final = "https://github.com/v2fly/domain-list-community"
LICENCE: Final = "MIT"
FILES: Final = (
    Offer(
        "https://github.com/v2fly/domain-list-community/archive/refs/heads/master.tar.gz",
        "domain-list-community.tar.gz",
        bytes_most=64 << 20,
    ),
)

BYTES_IN: Final = 64 << 20
BYTES_OUT: Final = 256 << 20
LISTS_MOST: Final = 20_000
LINES_MOST: Final = 2_000_000
DEPTH_MOST: Final = 16  # of lists in lists
CHAIN_MOST: Final = 4_000_000  # pairs of a list and one that holds it, at any depth, each way there

# Lists about a matter: what anybody may use, tests, services many run, and material that is not its maker's.
THEMES: Final = frozenset({
    "adblock-source", "connectivity-check", "illusion-nonofficial", "private", "rsshub-3rd", "ruleoflaw", "test",
    "test-ipv6",
})  # fmt: skip
_COLLECTION: Final = r"^(?:category|geolocation|tld)-"
_MEMBER: Final = re.compile(r"(?:\./)?(?:[^/]+/)?data/([^/.]{1,100})")
_LINE: Final = (
    r"^(?:(?P<kind>domain|full|keyword|regexp|include):)?(?P<value>\S+)"
    r"(?P<attributes>(?:\s+[@&]\S+)*)$"
)
_PATTERN: Final = "a pattern (keyword:, regexp:) names no single domain"
_TOP: Final = "a whole top-level domain is not a host's"


def claim(path: Path, head: bytes) -> bool:
    """Whether it is a tar archive with a folder ``data`` of lists in this grammar."""
    start = packed.opening(path, head)
    if start[257:262] != b"ustar":
        return False
    line = re.compile(_LINE)
    for item in packed.members(start, most=200):
        if isinstance(item, Reject) or not _MEMBER.fullmatch(item.name):
            continue
        held = [cut for text in packed.text(item.data).split("\n") if (cut := text.partition("#")[0].strip())]
        return bool(held) and all(line.match(text) for text in held)
    return False


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type domain) for each domain, and one (type vendor) for each list within another."""
    held = packed.content(path, bytes_in=BYTES_IN, bytes_out=BYTES_OUT)
    lists: dict[str, str] = {}
    stamps: set[float] = set()
    refused = [held.cut] if held.cut else []
    for item in packed.members(held.data):
        if isinstance(item, Reject):
            refused.append(item)
        elif found := _MEMBER.fullmatch(item.name):
            if len(lists) >= LISTS_MOST:
                refused.append(Reject(item.name[:200], f"more than {LISTS_MOST:,} lists; the rest was not read"))
                break
            lists[found[1].lower()] = packed.text(item.data).replace("\0", "\ufffd")
            stamps.add(item.stamp)
    published = editions.published(path, inside=editions.day_shared(stamps))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    yield from refused
    lines = _lines(lists)
    if len(lines) > LINES_MOST:
        yield Reject(f"line {LINES_MOST} of all", f"more than {LINES_MOST:,} lines", len(lines) - LINES_MOST)
        lines = lines.head(LINES_MOST)
    within = lines.filter(pl.col("kind") == "include")
    collections = _collections(set(lists), within)
    gathered = lines.filter(pl.col("list").is_in(collections), pl.col("kind") != "include")
    if len(gathered):
        number = gathered["list"].n_unique()
        yield Reject("data", f"lists by theme or country name no owner: {number:,} of them left out", len(gathered))
    owned = lines.filter(~pl.col("list").is_in(collections))
    rows, refusals = _rows(owned)
    yield from refusals
    part_of = _part_of(within, collections)
    constant = {"seen": published, "source": source}
    named, unsettled = _innermost(rows, part_of)
    if unsettled:
        yield unsettled
    yield "registration", shaped("registration", named, type="domain", **constant)
    forms = part_of.with_columns(value=domains.vendors(part_of["inner"]), name="outer").drop_nulls("value")
    yield "registration", shaped("registration", forms.select("value", "name"), type="vendor", **constant)


def _lines(lists: dict[str, str]) -> pl.DataFrame:
    """Return list, number, text, kind, value and attributes of each line; kind is null where it fits no form."""
    frame = pl.DataFrame(
        {"list": list(lists), "text": list(lists.values())}, schema={"list": pl.String, "text": pl.String}
    )
    frame = frame.with_columns(pl.col("text").str.split("\n")).with_columns(
        number=pl.int_ranges(1, pl.col("text").list.len() + 1)
    )
    frame = frame.explode("text", "number").with_columns(
        pl.col("text").str.replace("#.*$", "").str.strip_chars(" \t\r").alias("text")
    )
    frame = frame.filter(pl.col("text") != "")
    parts = pl.col("text").str.extract_groups(_LINE)
    frame = frame.with_columns(parts.alias("parts")).unnest("parts")
    kind = pl.when(pl.col("value").is_not_null()).then(pl.col("kind").fill_null("domain"))
    return frame.with_columns(kind=kind, value=pl.col("value").str.to_lowercase())


def _collections(names: set[str], within: pl.DataFrame) -> set[str]:
    """Return the lists that name no owner: by their names, and those that hold such a list whole."""
    known = pl.Series("name", sorted(names), dtype=pl.String)
    found = set(known.filter(known.str.contains(_COLLECTION))) | (THEMES & names)
    whole = within.filter(pl.col("attributes") == "").select("list", "value")
    for _ in range(DEPTH_MOST):
        more = set(whole.filter(pl.col("value").str.contains(_COLLECTION) | pl.col("value").is_in(found))["list"])
        if more <= found:
            break
        found |= more
    return found


def _rows(owned: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the domains with the list of each, and what could not be taken."""
    refusals = []
    patterns = owned.filter(pl.col("kind").is_in(["keyword", "regexp"]))
    if len(patterns):
        refusals.append(Reject(_place(patterns), _PATTERN, len(patterns)))
    named = owned.filter(pl.col("kind").is_in(["domain", "full"]))
    top = named.filter(~pl.col("value").str.strip_chars(".").str.contains(".", literal=True))
    if len(top):
        refusals.append(Reject(_place(top), _TOP, len(top)))
    rows = named.join(top.select("list", "number"), on=["list", "number"], how="anti", maintain_order="left")
    rows = rows.with_columns(domain=domains.canonical(rows["value"]))
    wrong = pl.concat([rows.filter(pl.col("domain").is_null()), owned.filter(pl.col("kind").is_null())], how="diagonal")
    told = wrong.select("list", "number", pl.col("text").str.slice(0, 80)).rows()
    refusals += rejected(
        [(f"data/{name}, line {number}", f"{text!r} is no domain name") for name, number, text in told]
    )
    return rows.drop_nulls("domain").select("list", value="domain").unique(maintain_order=True), refusals


def _place(rows: pl.DataFrame) -> str:
    return f"data/{rows['list'][0]}, line {rows['number'][0]}"


def _part_of(within: pl.DataFrame, collections: set[str]) -> pl.DataFrame:
    """Return which list is part of which: included whole, both of them an owner's."""
    pairs = within.filter(pl.col("attributes") == "").select(inner="value", outer="list").unique(maintain_order=True)
    own = ~pl.col("inner").is_in(collections) & ~pl.col("outer").is_in(collections)
    return pairs.filter(own & (pl.col("inner") != pl.col("outer")))


def _innermost(rows: pl.DataFrame, part_of: pl.DataFrame) -> tuple[pl.DataFrame, Reject | None]:
    """Return value and name; of two lists that have a domain, the one that holds the other is left out.

    Where lists hold each other in so many ways that following them would not end soon, their domains keep all names,
    and lead to nobody; the reject says so.
    """
    several = rows.filter(pl.len().over("value") > 1)
    every = rows.select("value", name="list")
    chain = _within(part_of.select("inner", "outer"), several["list"].unique())
    if chain is None:
        deep = f"lists hold each other in more than {CHAIN_MOST:,} ways, or deeper than {DEPTH_MOST}"
        why = f"{deep}: domains of several lists keep the names of all"
        return every, Reject("data", why, several["value"].n_unique())
    # Of two lists that hold each other neither is within.
    one_way = chain.join(chain.select(inner="outer", outer="inner"), on=["inner", "outer"], how="anti")
    if _ways(several.select(inner="value", outer="list"), one_way) > CHAIN_MOST:
        why = (
            f"domains stand in lists that hold each other in more than {CHAIN_MOST:,} ways: they keep the names of all"
        )
        return every, Reject("data", why, several["value"].n_unique())
    covered = several.join(one_way, left_on="list", right_on="inner").select("value", list="outer")
    kept = rows.join(covered, on=["value", "list"], how="anti", maintain_order="left")
    return kept.select("value", name="list"), None


def _ways(pairs: pl.DataFrame, above: pl.DataFrame) -> int:
    """Return how many rows a join of pairs with the lists above their outer ones has, without making it."""
    many = above.group_by(outer="inner").agg(pl.len().cast(pl.UInt64).alias("ways"))
    return int(pairs.join(many, on="outer")["ways"].sum())


def _within(above: pl.DataFrame, lists: pl.Series) -> pl.DataFrame | None:
    """Return inner and outer of lists that hold some of ``lists``, all ways up; None beyond the limits."""
    chain = above.filter(pl.col("inner").is_in(lists.implode()))
    fresh = chain
    for _ in range(DEPTH_MOST):
        if not fresh.height:
            return chain
        if _ways(fresh, above) > CHAIN_MOST:  # counted before it is made
            return None
        longer = fresh.join(above.rename({"inner": "outer", "outer": "next"}), on="outer").select("inner", outer="next")
        fresh = longer.unique(maintain_order=True).join(chain, on=["inner", "outer"], how="anti", maintain_order="left")
        chain = pl.concat([chain, fresh])
        if chain.height > CHAIN_MOST:
            return None
    return None if fresh.height else chain

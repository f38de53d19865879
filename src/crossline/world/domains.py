"""From the hosts of an estate to the domains that the world knows: whose a host is, the nearest name says that tells.

Sources and facts speak of ``facebook.com``, apps of ``graph.facebook.com``. Domain names are a tree (RFC 1034, 3.1),
and who holds a name decides what is below it, except where names are given out to others
(:mod:`crossline.world.suffixes`): no such domain stands for a host below it, and neither does any above that one.

Of the names from a host upwards the first one decides that tells of a holder: by an identity, or by the record of a
source of owners (X-Ray, domain-list-community) that calls the holder something, whether or not that leads to a party.
Two sorts of records decide nothing, and are passed over:

- what a source of signatures says. It names the library that contacts a host, not who holds the host: "WeChat Location"
  for map.qq.com is no word against Tencent's holding qq.com.
- what names the same holder again: every edition that speaks of the name calls its holder as it calls that of the name
  above which leads to a party. "sohu" has ads.sohu.com, and "sohu" has sohu.com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers
from crossline.world import suffixes

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.world import World

# A domain in canonical form (identifiers/domain) that needs no closer look: no A-label, a last label of letters.
_PLAIN: Final = r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,63}$"
_EDITION: Final = r"-\d{4}-\d{2}-\d{2}$"  # an edition's id is that of its source and its day
_LENGTH: Final = 253  # RFC 1035, 2.3.4


def canonical(texts: pl.Series) -> pl.Series:
    """Return domains in canonical form, null for what is none; only what is not plainly one is parsed on its own."""
    lower = texts.str.to_lowercase()
    plain = (
        lower.str.contains(_PLAIN)
        & ~lower.str.contains("xn--", literal=True)
        & (lower.str.len_bytes() <= _LENGTH).fill_null(value=False)
    ).fill_null(value=False)
    return lower.zip_with(plain, _parsed(texts.set(plain, None), identifiers.load("domain").parse))


def vendors(names: pl.Series) -> pl.Series:
    """Return names of makers in canonical form, null for what is none."""
    return _parsed(names, identifiers.load("vendor").parse)


def _parsed(texts: pl.Series, parse: Callable[[str], str]) -> pl.Series:
    """Parse each distinct text once; null where it is refused."""
    forms: dict[str, str] = {}
    for text in texts.unique().drop_nulls():
        try:
            forms[text] = parse(text)
        except ValueError:
            continue
    schema = {"text": pl.String, "form": pl.String}
    known = pl.DataFrame({"text": list(forms), "form": list(forms.values())}, schema=schema)
    return texts.alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")["form"]


def named(world: World) -> pl.Series:
    """Return every domain that an identity or a registration names."""
    parts = [
        world.table(table).lazy().filter(pl.col("type") == "domain").select("value")
        for table in ("identifier", "registration")
    ]
    return pl.concat(parts).unique().collect()["value"]


def of_holders(world: World) -> pl.Expr:
    """Say of rows of ``registration`` (type and source) whether they are words on a holder.

    A source of signatures gives hosts the names of the libraries that contact them.
    """
    libraries = world.table("signature")["source"].drop_nulls().unique().str.replace(_EDITION, "").unique().sort()
    of_library = (pl.col("type") == "domain") & pl.col("source").str.replace(_EDITION, "").is_in(libraries.implode())
    return ~of_library.fill_null(value=False)


def parents(world: World, hosts: pl.Series) -> pl.Series:
    """Return, for each host, the name above it that stands for it; null where it stands for itself.

    That is the nearest name that tells of a holder or, failing that, the nearest that anything is said of. ``hosts``
    are in canonical form, or null.
    """
    asked = hosts.drop_nulls().unique(maintain_order=True)
    telling = _nearest(asked, _telling(world)) if len(asked) else _nearest(asked, asked)
    rest = asked.filter(~asked.is_in(telling["host"].implode()))
    met = pl.concat([telling, _nearest(rest, named(world))]) if len(rest) else telling
    met = met.filter(pl.col("at") != pl.col("host")).rename({"at": "parent"})
    return hosts.alias("host").to_frame().join(met, on="host", how="left", maintain_order="left")["parent"]


def nearer(world: World, host: str, parent: str) -> list[str]:
    """Return the names from a host up to, and without, the one that stands for it of which something is said."""
    labels = host.removesuffix(f".{parent}").split(".")
    way = [".".join([*labels[at:], parent]) for at in range(len(labels))]
    known = set(named(world).to_list())
    return [name for name in way if name in known]


def _telling(world: World) -> pl.Series:
    """Return the names that tell of a holder, each other than the one above it does."""
    held = world.table("identifier").filter(pl.col("type") == "domain")["value"].unique()
    records = (
        world.table("registration")
        .filter(pl.col("type") == "domain", of_holders(world))
        .select("value", "source", "name")
        .unique()
    )
    words = records.join(held.to_frame(), on="value", how="anti")
    above = _nearest(words["value"].unique(), held).rename({"host": "value"})
    again = words.join(above, on="value").join(
        records.rename({"value": "at"}), on=["at", "source", "name"], how="semi", nulls_equal=True
    )
    other = words.join(again, on=["value", "source", "name"], how="anti", nulls_equal=True)
    return pl.concat([held, other["value"].unique()])


def _nearest(hosts: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Return host and at: the nearest of the known names at or above each host; no row where there is none.

    A step of the work goes one label up, for all hosts at once.
    """
    nothing = pl.DataFrame(schema={"host": pl.String, "at": pl.String})
    if not len(hosts) or not len(known):
        return nothing
    names = known.alias("at").to_frame()
    asked = pl.DataFrame({"host": hosts, "at": hosts}, schema=nothing.schema)
    found = [asked.join(names, on="at", how="semi")]
    asked = asked.join(names, on="at", how="anti").filter(~suffixes.given_out(pl.col("at")))
    # What stands deeper than every name that is known or given out meets none before it is as short as they are.
    deepest = max(suffixes.DEEPEST, *known.str.count_matches(".", literal=True).unique())
    short = pl.col("at").str.extract(rf"\.((?:[^.]+\.){{{deepest}}}[^.]+)$")
    asked = asked.with_columns(at=pl.coalesce(pl.lit(".") + short, "at"))
    while len(asked):
        up = asked.with_columns(pl.col("at").str.extract(r"\.(.*)$"))
        # A name that is given out ends the way up: it stands for no host, and neither does any above it.
        up = up.filter(pl.col("at").str.contains(".", literal=True) & ~suffixes.given_out(pl.col("at")))
        found.append(up.join(names, on="at", how="semi"))
        asked = up.join(names, on="at", how="anti")
    return pl.concat(found)


def under(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Put the domain that stands for a host in the host's place; ``frame`` has columns type and value, and keeps them.

    The result has as many rows, in the same order.
    """
    asked = frame["type"] == "domain"
    if not asked.any():
        return frame
    hosts = frame["value"].set(~asked.fill_null(value=False), None)
    parent = parents(world, hosts)
    return frame.with_columns(value=parent.fill_null(frame["value"]).alias("value"))

"""From the hosts of an estate to the domains that the world knows: a host stands under the nearest parent named there.

Sources and facts speak of ``facebook.com``, apps of ``graph.facebook.com``. Domain names are a tree (RFC 1034, 3.1),
and who holds a name decides what is below it, except where names are given out to others
(:mod:`crossline.world.suffixes`): no such domain stands for a host below it, and neither does any above that one.
A host that some statement names stands for itself, whatever is said of its parents.
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


def parents(world: World, hosts: pl.Series) -> pl.Series:
    """Return, for each host, the nearest parent that stands for it; null where it is named itself, or none does.

    ``hosts`` are in canonical form, or null. A step of the work goes one label up, for all hosts at once.
    """
    nothing = pl.Series("parent", [None], pl.String).new_from_index(0, len(hosts))
    known = named(world).alias("at").to_frame() if hosts.count() else pl.DataFrame()
    if not len(known):
        return nothing
    asked = pl.DataFrame({"host": hosts.unique(maintain_order=True)}).drop_nulls().with_columns(at="host")
    asked = asked.join(known, on="at", how="anti", maintain_order="left").filter(~suffixes.given_out(pl.col("at")))
    # What stands deeper than every name that is known or given out meets none before it is as short as they are.
    deepest = max(suffixes.DEEPEST, *known["at"].str.count_matches(".", literal=True).unique())
    short = pl.col("at").str.extract(rf"\.((?:[^.]+\.){{{deepest}}}[^.]+)$")
    asked = asked.with_columns(at=pl.coalesce(pl.lit(".") + short, "at"))
    found = [pl.DataFrame(schema={"host": pl.String, "at": pl.String})]
    while len(asked):
        up = asked.with_columns(pl.col("at").str.extract(r"\.(.*)$"))
        # A name that is given out ends the way up: it stands for no host, and neither does any above it.
        up = up.filter(pl.col("at").str.contains(".", literal=True) & ~suffixes.given_out(pl.col("at")))
        found.append(up.join(known, on="at", how="semi"))
        asked = up.join(known, on="at", how="anti")
    met = pl.concat(found).rename({"at": "parent"})
    return hosts.alias("host").to_frame().join(met, on="host", how="left", maintain_order="left")["parent"]


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

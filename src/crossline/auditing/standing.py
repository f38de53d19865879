"""Where the hosts of apps stand, as far as answers of the DNS and the registries of addresses say.

An address leads to the network that announces it, and to the country that a registry has its range in. That country is
the registry's word on who holds the range, and no measurement of a place: a machine with the address may be anywhere,
and of an address that many sites announce there are several. A host with addresses in two countries counts in both.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.auditing import profiles
from crossline.auditing.whose import TOLD, stated_of_several
from crossline.estate import ROLE_NUMBER
from crossline.world.addresses import statements
from crossline.world.announced import countries

if TYPE_CHECKING:
    from crossline.auditing.whose import Whose
    from crossline.estate import Holdings
    from crossline.evaluate import Session

STATES: Final = 40  # told of one app
ROLE: Final = "host"
AS: Final = "address"
TEXT_MOST: Final = 1000  # characters of a place in a file


@dataclass
class Standing:
    """``frame`` has a row for each address of each host of an app: bundle, row (of ties), host, address, key, state."""

    session: Session
    frame: pl.DataFrame

    def __post_init__(self) -> None:
        """Begin without any source."""
        self.sources: set[str] = set()
        self._said: dict[tuple[str, str], str | None] = {}

    def answered(self) -> dict[int, int]:
        """Return, by bundle, how many hosts have an address."""
        return dict(self.frame.group_by("bundle").agg(pl.col("host").n_unique()).iter_rows())

    def states(self, bundles: pl.Series) -> dict[int, list[dict[str, Any]]]:
        """Return, by bundle, in which countries the addresses are registered: how many hosts, one of them, who says."""
        counted = (
            self.frame.filter(pl.col("bundle").is_in(bundles.implode()))
            .drop_nulls("state")
            .sort("bundle", "host", "address")
            .group_by("bundle", "state", maintain_order=True)
            .agg(pl.col("host").n_unique().alias("hosts"), pl.col("host", "address", "row").first().name.prefix("of_"))
            .sort("bundle", "hosts", "state", descending=[False, True, False])
            .group_by("bundle", maintain_order=True)
            .head(STATES)
        )
        made: dict[int, list[dict[str, Any]]] = {}
        for row in self._placed(counted, "of_row").iter_rows(named=True):
            source = self._source(row["of_address"], row["state"])
            sample = {"host": row["of_host"], "address": row["of_address"], "locator": row["locator"]}
            told = {"state": row["state"], "as": AS, "libraries": 0, "hosts": row["hosts"]}
            made.setdefault(row["bundle"], []).append({**told, "sample": sample, "source": source})
        return made

    def networks(self, bundles: pl.Series, known: Whose, most: int) -> dict[int, list[dict[str, Any]]]:
        """Return, by bundle, who runs the networks that announce the addresses: how many hosts, and one of them."""
        owned = (
            self.frame.filter(pl.col("bundle").is_in(bundles.implode()))
            .join(known.owners.select("key", "group"), on="key", how="left", maintain_order="left")
            .drop_nulls("group")
            .sort("bundle", "host", "address")
            .group_by("bundle", "group", maintain_order=True)
            .agg(
                pl.col("host").n_unique().alias("count"),
                pl.col("key").first(),
                pl.col("host", "address", "row").first().name.prefix("of_"),
            )
            .sort("bundle", "count", "group", descending=[False, True, False])
            .group_by("bundle", maintain_order=True)
            .head(most)
            .join(known.owners.drop("group"), on="key", how="left", maintain_order="left")
        )
        asn = self.session.answers.resolution.keys.frame.select("key", network=pl.format("{}:{}", "type", "value"))
        owned = self._placed(owned, "of_row").join(asn, on="key", how="left", maintain_order="left")
        made: dict[int, list[dict[str, Any]]] = {}
        for row in owned.iter_rows(named=True):
            sample = {"host": row["of_host"], "address": row["of_address"], "locator": row["locator"]}
            told = stated_of_several({name: row[name] for name in TOLD})
            made.setdefault(row["bundle"], []).append(
                {**told, "network": row["network"], "count": row["count"], "sample": sample}
            )
        return made

    def summary(self, many: pl.DataFrame, named: int) -> dict[str, Any]:
        """Count all apps: ``many`` has the apps of each bundle, ``named`` is how many hosts they name."""
        total = int(many["apps"].sum())
        pairs = self.frame.drop_nulls("state").select("bundle", "state").unique().join(many, on="bundle")
        hosts = self.frame.drop_nulls("state").group_by("state").agg(pl.col("host").n_unique().alias("hosts"))
        states = (
            pairs.group_by("state")
            .agg(pl.col("apps").sum())
            .join(hosts, on="state")
            .with_columns((pl.col("apps") * 100.0 / max(total, 1)).round(3).alias("share_pct"))
            .sort("apps", "hosts", "state", descending=[True, True, False])
        )
        return {
            "table": any(self.session.answers.world.table(name).height for name in ("address4", "address6")),
            "hosts": named,
            "answered": self.frame["host"].n_unique(),
            "states": states.head(STATES).select("state", "apps", "share_pct", "hosts").to_dicts(),
        }

    def _placed(self, frame: pl.DataFrame, rows: str) -> pl.DataFrame:
        places = self.session.estate.ties.column("locator").gather(frame[rows]).str.head(TEXT_MOST)
        return frame.with_columns(places.alias("locator"))

    def _source(self, address: str, state: str) -> str | None:
        """Return the source that has an address in a country: of the narrowest range, the latest."""
        if (address, state) not in self._said:
            rows = statements(self.session.answers.world, ipaddress.ip_address(address))
            said = rows.filter(pl.col("registered") == state)["source"]
            self._said[address, state] = str(said[0]) if len(said) and said[0] is not None else None
        source = self._said[address, state]
        self.sources |= {source} if source else set()
        return source


def standing(session: Session, holdings: Holdings, ties: pl.DataFrame) -> Standing | None:
    """Find where hosts stand: ``ties`` has row, bundle, role, identifier and key. None where nobody asked the DNS."""
    estate = session.estate
    bundles = np.arange(holdings.first, holdings.last, dtype=np.uint32)
    mine = ties.filter(pl.col("role") == ROLE_NUMBER[ROLE])
    if not mine.height and not profiles.looked(session, bundles, ROLE).any():
        return None
    values = estate.identifiers["value"]
    seq = pl.Series(estate.ties.seq, dtype=pl.UInt32)
    # A tie of this role has the number in sequence of the tie to the host whose address it is.
    named = ties.filter(pl.col("role") == ROLE_NUMBER["contacts"])
    named = named.select("bundle", seq=seq.gather(named["row"]), host=values.gather(named["identifier"]))
    frame = (
        mine.select("bundle", "row", "key", seq=seq.gather(mine["row"]), address=values.gather(mine["identifier"]))
        .join(named.unique(["bundle", "seq"], keep="first"), on=["bundle", "seq"], how="left", maintain_order="left")
        .with_columns(pl.col("host").fill_null(pl.col("address")))
        .with_columns(type=pl.lit("address"))
    )
    days = pl.Series("date", estate.dates, pl.Date).gather(estate.date_of[frame["bundle"].to_numpy()])
    asked = frame.with_columns(days).select("type", "date", value="address")
    distinct = asked.unique(maintain_order=True)
    told = distinct.with_columns(
        countries(session.answers.world, distinct, accept_stale=session.answers.accept_stale).alias("state")
    )
    state = asked.join(told, on=["type", "date", "value"], how="left", maintain_order="left")["state"]
    return Standing(session, frame.with_columns(state).drop("type", "seq"))

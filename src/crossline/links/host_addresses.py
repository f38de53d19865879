"""The hosts that an app names, and the addresses that the DNS gave for them.

An answer holds for where and when the question was asked: a name may lead elsewhere tomorrow, or for somebody in
another country (RFC 7871 says how servers tell askers apart). So a tie of the role ``host`` is inferred, its place says
on which day it was asked, and no name that leads to nothing but an address of nobody's is taken to be answered.

A tie has the ``seq`` of the tie ``contacts`` whose host it is an address of: that is how a report knows which host
stands at which address.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.identifiers import address
from crossline.tables import EXTENTS, TIE, Batch, extent_rows
from crossline.text import plural, word
from crossline.world.blocks import Blocks

if TYPE_CHECKING:
    from crossline.estate_file import EstateFile
    from crossline.links import Reading

ABOUT = "The hosts that an app names, and the addresses that the DNS gave for them."
AFTER = ("app_packages",)

ALIASES: Final = 16  # one after the other; resolvers give up at about as many
ADDRESSES: Final = 64  # of one host
BRANCHES: Final = 4  # aliases of one name: there should be one (RFC 1034, 3.6.2), and it changes from answer to answer
_PRIVATE: Final = "answered with addresses for private or special use alone (RFC 6890): taken as not answered"
NO_ANSWERS: Final = (
    "no answers of the DNS were given: ask for its hosts with massdns, dnsx, zdns or dig, and give that file too"
)
CUT: Final = f"of a host that has more than {ADDRESSES} addresses only these were taken"
NO_HOSTS: Final = "no host was seen in it that an answer could be for"


def join(read: Reading) -> Reading:
    """Tie each app to the addresses that the hosts it names had in the answers, and take the answers out."""
    places = [place for place, (_, batch) in enumerate(read.batches) if _is_answer(batch)]
    kept = [pair for pair in read.batches if not _is_answer(pair[1])]
    apps = [place for place, (_, batch) in enumerate(kept) if batch.kind == "app"]
    if not places:
        for place in apps:
            file, batch = kept[place]
            kept[place] = file, replace(batch, extents=_unasked(batch))
        return replace(read, batches=tuple(kept))
    named = [_named(kept[place][1]) for place in apps]
    hosts = pl.concat([pl.DataFrame(schema={"host": pl.String}), *(_names(one) for one in named)]).unique()
    said = pl.concat([_said(*read.batches[place], read.about) for place in places])
    known, notes = _followed(hosts, said)
    for place, mine in zip(apps, named, strict=True):
        file, batch = kept[place]
        kept[place] = file, _tied(batch, mine, known)
    if hosts.height:
        found = known["host"].n_unique()
        notes = [f"{found:,} of {plural(hosts.height, 'host')} that apps name have an address in the answers", *notes]
    else:
        notes = ["answers of the DNS were read, and no app that names a host"]
    return replace(read, batches=tuple(kept), notes=(*read.notes, *notes))


_UNASKED: Final = extent_rows([(None, "host", "none", NO_ANSWERS)])


def _unasked(batch: Batch) -> pl.DataFrame:
    """Return a batch's extents with how to find out where hosts stand; a file that knows of some itself is let be."""
    extents = batch.extents.select(EXTENTS.names()).cast(EXTENTS)
    of_hosts = pl.col("role") == "host"
    knows = (batch.ties["role"].cast(pl.String) == "host").any()
    if knows or extents.filter(of_hosts & (pl.col("extent") == "all")).height:
        return extents
    return pl.concat([extents.filter(~of_hosts), _UNASKED])


def _with(batch: Batch, ours: pl.DataFrame) -> pl.DataFrame:
    """Return a batch's extents with ours of the role ``host``; where a file knows of all hosts itself, that stands."""
    extents = batch.extents.select(EXTENTS.names()).cast(EXTENTS)
    stated = extents.filter((pl.col("role") == "host") & (pl.col("extent") == "all"))
    if stated["bundle"].null_count():
        return extents
    own = batch.ties.filter(pl.col("role").cast(pl.String) == "host")["bundle"].cast(pl.UInt32).unique()
    some = (pl.col("extent") == "none") & pl.col("bundle").is_in(own.implode())
    ours = ours.join(stated, on="bundle", how="anti", maintain_order="left").with_columns(
        pl.when(some).then(pl.lit("some", EXTENTS["extent"])).otherwise("extent").alias("extent")
    )
    return pl.concat([extents.filter(pl.col("role") != "host"), ours, stated])


def _is_answer(batch: Batch) -> bool:
    return {"fragment", "answer"} <= set(batch.assets.columns)


def _said(file: str, batch: Batch, about: EstateFile | None) -> pl.DataFrame:
    """Return the records of a file: name, type, answer, place, day; estate.yaml may say the day."""
    day = _day(file, about)
    return batch.assets.select(
        "name",
        pl.col("fragment").alias("type"),
        "answer",
        pl.format("{} {}", pl.lit(word(PurePath(file).name)), "locator").alias("place"),
        pl.col("observed_at").fill_null(pl.lit(day, pl.Date)).alias("day"),
    )


def _day(file: str, about: EstateFile | None) -> object:
    if about is None:
        return None
    path, top = Path(file), Path(about.path).parent
    relative = path.relative_to(top).as_posix() if path.is_relative_to(top) else path.name
    return about.stated(relative).get("observed_at")


def _named(batch: Batch) -> pl.DataFrame:
    """Return the hosts that apps name, each once a bundle: bundle, seq, type, host."""
    names = batch.identifiers.with_row_index("identifier").with_columns(pl.col("identifier").cast(pl.UInt32))
    return (
        batch.ties.filter(pl.col("role").cast(pl.String) == "contacts")
        .select(pl.col("bundle").cast(pl.UInt32), pl.col("seq").cast(pl.UInt32), pl.col("identifier").cast(pl.UInt32))
        .join(names, on="identifier", maintain_order="left")
        .filter(pl.col("type").is_in(["domain", "address"]))
        .select("bundle", "seq", "type", host="value")
        .unique(["bundle", "host"], keep="first", maintain_order=True)
    )


def _names(named: pl.DataFrame) -> pl.DataFrame:
    return named.filter(pl.col("type") == "domain").select("host")


# -- from names to addresses -----------------------------------------------------------------------------------


def _followed(hosts: pl.DataFrame, said: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Follow aliases from each host: host, cut, address, locator; and what is to be said of what was not followed."""
    latest = said.sort("day", descending=True, nulls_last=True, maintain_order=True)
    latest = latest.unique(["name", "type", "answer"], keep="first", maintain_order=True)
    aliases = latest.filter(pl.col("type") == "CNAME").group_by("name", maintain_order=True).head(BRANCHES)
    given = latest.filter(pl.col("type") != "CNAME").with_columns(cut=pl.len().over("name") > ADDRESSES)
    given = given.group_by("name", maintain_order=True).head(ADDRESSES)  # before they meet all hosts that lead to them
    at = hosts.select("host", name="host", way="host", first=pl.lit(None, pl.String), last=pl.lit(None, pl.String))
    seen, found = at.select("host", "name"), []
    looped = deep = 0
    for step in range(ALIASES + 1):
        found.append(at.join(given, on="name", maintain_order="left"))
        onward = at.join(aliases, on="name", maintain_order="left").select(
            "host",
            pl.col("answer").alias("name"),
            pl.format("{} CNAME {}", "way", "answer").alias("way"),
            pl.col("first").fill_null(pl.col("place")),
            pl.col("place").alias("last"),
        )
        onward = onward.unique(["host", "name"], keep="first", maintain_order=True)
        fresh = onward.join(seen, on=["host", "name"], how="anti", maintain_order="left")
        looped += onward.height - fresh.height
        fresh = fresh.group_by("host", maintain_order=True).head(BRANCHES)
        if not fresh.height:
            break
        if step == ALIASES:
            deep = fresh["host"].n_unique()
        seen, at = pl.concat([seen, fresh.select("host", "name")]), fresh
    every = pl.concat(found).unique(["host", "answer"], keep="first", maintain_order=True)
    public = Blocks([block for block, _ in address.SPECIAL]).find(every["answer"]) < 0
    nobodys = every.filter(~pl.Series(public)).join(every.filter(pl.Series(public)), on="host", how="anti")
    every = every.filter(pl.Series(public))
    few = every.group_by("host", maintain_order=True).head(ADDRESSES)
    few = few.with_columns(cut=pl.col("cut").any().over("host") | (pl.len().over("host") >= ADDRESSES))
    over = few.filter("cut")["host"].n_unique()
    notes = [
        (looped, f"{plural(looped, 'alias', 'aliases')} that lead back to a name on the way: not followed"),
        (deep, f"{plural(deep, 'host')} with more than {ALIASES} aliases one after the other: not followed further"),
        (over, f"{plural(over, 'host')} with {ADDRESSES} addresses or more: no more than these are taken"),
        (nobodys.height, f"{plural(nobodys['host'].n_unique(), 'host')} {_PRIVATE}"),
    ]
    return _located(few), [text for count, text in notes if count]


def _located(found: pl.DataFrame) -> pl.DataFrame:
    """Return host, address, and the places and records that lead from one to the other."""
    record = pl.format("{} {} {}", "way", "type", "answer")
    places = (
        pl.when(pl.col("first").is_null() | (pl.col("first") == pl.col("place")))
        .then("place")
        .otherwise(pl.format("{}, {}", "first", "place"))
    )
    asked = pl.when(pl.col("day").is_not_null()).then(pl.format(" (asked {})", pl.col("day").dt.to_string("%Y-%m-%d")))
    locator = pl.concat_str(places, pl.lit(": "), record, asked.fill_null(""))
    return found.select("host", "cut", address="answer", locator=locator)


# -- into the batches of apps ----------------------------------------------------------------------------------


def _tied(batch: Batch, named: pl.DataFrame, known: pl.DataFrame) -> Batch:
    """Return the batch with ties to addresses, and with how much of them was seen."""
    own = named.filter(pl.col("type") == "address").with_columns(
        address="host", cut=pl.lit(value=False), locator=pl.lit("the address itself stands in it")
    )
    by_name = named.filter(pl.col("type") == "domain").join(known, on="host", maintain_order="left")
    found = pl.concat([by_name, own.select(by_name.columns)])
    extents = _with(batch, _extents(batch, named, found))
    if not found.height:
        return replace(batch, extents=extents)
    addresses = found.select(type=pl.lit("address"), value="address").unique(maintain_order=True)
    numbered = addresses.with_row_index("identifier", offset=batch.identifiers.height)
    ties = found.join(numbered, left_on="address", right_on="value", maintain_order="left").select(
        "bundle",
        pl.lit("host").alias("role"),
        pl.col("identifier").cast(pl.UInt32),
        "seq",
        pl.lit("inferred").alias("basis"),
        "locator",
    )
    before = batch.ties.with_columns(pl.col(name).cast(TIE[name]) for name in batch.ties.columns)
    return replace(
        batch,
        identifiers=pl.concat([batch.identifiers.select("type", "value"), addresses]),
        ties=pl.concat([before, ties], how="diagonal"),
        extents=extents,
    )


def _extents(batch: Batch, named: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Say how much of where hosts stand was seen: all only where all an app's hosts were, and all have an address."""
    bundles = batch.assets.select(pl.col("bundle").cast(pl.UInt32)).unique(maintain_order=True)
    contacts = batch.extents.filter(pl.col("role") == "contacts").select("bundle", "extent", "reason")
    special = contacts.drop_nulls("bundle").unique("bundle", keep="last", maintain_order=True)
    general = contacts.filter(pl.col("bundle").is_null())
    extent, reason = (general["extent"][-1], general["reason"][-1]) if general.height else ("none", None)
    hosts = named.group_by("bundle").agg(pl.len().alias("hosts"))
    answered = found.group_by("bundle").agg(pl.col("host").n_unique().alias("answered"), pl.col("cut").any())
    frame = (
        bundles.join(special, on="bundle", how="left", maintain_order="left")
        .join(hosts, on="bundle", how="left", maintain_order="left")
        .join(answered, on="bundle", how="left", maintain_order="left")
        .with_columns(pl.col("hosts", "answered").fill_null(0), pl.col("extent").cast(pl.String))
        .with_columns(
            reason=pl.when(pl.col("extent").is_null()).then(pl.lit(reason, pl.String)).otherwise("reason"),
            extent=pl.col("extent").fill_null(pl.lit(str(extent))),
        )
    )
    missing = pl.col("hosts") - pl.col("answered")
    short = pl.format("{} of {} hosts have no address in the answers that were given", missing, "hosts")
    return frame.select(
        "bundle",
        pl.lit("host").alias("role"),
        pl.when((pl.col("extent") == "all") & (missing == 0) & ~pl.col("cut").fill_null(value=False))
        .then(pl.lit("all"))
        .when((pl.col("answered") == 0) & ((pl.col("hosts") > 0) | (pl.col("extent") != "some")))
        .then(pl.lit("none"))
        .otherwise(pl.lit("some"))
        .cast(EXTENTS["extent"])
        .alias("extent"),
        pl.when(missing > 0)
        .then(short)
        .when(pl.col("extent") != "all")
        .then(pl.col("reason").fill_null(NO_HOSTS))
        .when("cut")
        .then(pl.lit(CUT))
        .alias("reason"),
    ).cast(EXTENTS)

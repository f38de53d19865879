"""Records of the DNS as columns, whatever program wrote them down: which of them say something, and which are wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from crossline.identifiers.domain import MAX_LENGTH
from crossline.inet.parse import FOUR, NONE, SIX, parse
from crossline.inet.text import texts

# What crossline.identifiers.domain takes, of names in ASCII: at least two labels, the last of them no number.
_LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
NAME: Final = rf"^(?:{_LABEL}\.)+{_LABEL}$"
_LONG: Final = r"[^.]{64}"  # counted here: an expression that counts is slow to match
# A record as a line (RFC 1035, 5.1): the owner, then a time to live and a class in either order or neither.
RECORD: Final = (
    r"^(?<name>\S+)\s+(?:(?:[0-9][0-9smhdwSMHDW]*|(?i:IN))\s+){0,2}(?<type>(?i:A|AAAA|CNAME))\s+(?<value>\S+)$"
)
WANTED: Final = ("A", "AAAA", "CNAME")
RECORDS: Final = pl.Schema(
    {"number": pl.UInt64(), "name": pl.String(), "type": pl.String(), "value": pl.String(), "date": pl.Date()}
)
WRONG: Final = pl.Schema({"number": pl.UInt64(), "reason": pl.String()})
# Beside RECORDS: which answer a record stands in, and the name that was asked for there; null where none is shown.
ANSWER: Final = pl.Schema({"answer": pl.UInt64(), "question": pl.String()})
ALIASES: Final = 24  # followed one after the other in one answer: more than crossline.links.host_addresses follows
NOT_A_NAME: Final = "a record of what is no domain name, or an alias of what is none"
NOT_AN_ADDRESS: Final = "a record whose address is none of its type"
# 1990 and 2100 in seconds since 1970: what lies outside was said by no clock.
_FIRST: Final = 631_152_000
_LAST: Final = 4_102_444_800


@dataclass
class Block:
    """What stands in some lines: records, of which lines nothing was understood, and how questions ended."""

    records: pl.DataFrame  # RECORDS: line, name, A, AAAA or CNAME, what it leads to, the day of the answer
    wrong: pl.DataFrame  # WRONG: line, why
    others: int = 0  # records of types that lead to no address
    strangers: int = 0  # records of names that the answer is not about
    statuses: dict[str, int] = field(default_factory=dict)  # questions, by how they ended
    empty: int = 0  # that ended well, with no record that leads anywhere


def checked(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return records (of a schema like RECORDS, or with more) in canonical form, and those that are wrong, with why."""
    spelt = records.with_columns(
        canonical("name"),
        pl.col("type").str.to_uppercase(),
        whole=pl.col("value").str.to_lowercase().str.strip_suffix("."),
    )
    alias = pl.col("type") == "CNAME"
    family, high, low = parse(spelt["value"], unmap=True)
    addresses = texts(family, high, low)
    spelt = spelt.with_columns(
        family=pl.Series(family, dtype=pl.UInt8), value=pl.when(alias).then("whole").otherwise(addresses)
    )
    # A mapped address (RFC 4291, 2.5.5.2) in an AAAA record is an IPv4 address; each type has its own way of writing.
    six = pl.col("whole").str.contains(":", literal=True)
    of_four = (pl.col("family") == FOUR) & ~six
    fits = pl.when(pl.col("type") == "A").then(of_four).otherwise(pl.col("family").is_in([FOUR, SIX]) & six)
    named = is_name(pl.col("name")) & (~alias | is_name(pl.col("value")))
    judged = spelt.with_columns(
        reason=pl.when(~named.fill_null(value=False))
        .then(pl.lit(NOT_A_NAME))
        .when(~alias & (~fits | (pl.col("family") == NONE)))
        .then(pl.lit(NOT_AN_ADDRESS))
    )
    good = judged.filter(pl.col("reason").is_null()).select(records.columns)
    bad = judged.filter(pl.col("reason").is_not_null()).select(WRONG.names()).cast(WRONG)
    return good, bad


def settled(records: pl.DataFrame, before: pl.DataFrame | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return those of checked records (RECORDS and ANSWER) that answer what was asked, and the aliases' names.

    A server may put what it likes beside an answer: a record counts where its name is the question's, or one that the
    question's leads to by CNAME records of the same answer (RFC 1034, 3.6.2). Where no question is shown all count.
    ``before`` are names, ``answer`` and ``name``, to which an answer had led in lines before these; they are returned
    with those that were found here.
    """
    own = (pl.col("question").is_null() | (pl.col("name") == pl.col("question"))).alias("own")
    records = records.with_columns(own).with_row_index("row")
    keys = ["answer", "name"]
    aliases = records.filter((pl.col("type") == "CNAME") & pl.col("question").is_not_null())
    aliases = aliases.select("own", *keys, "value")
    led = aliases.filter("own").select("answer", name="value").unique()
    if before is not None:
        led = pl.concat([led, before]).unique()
    left, newest = aliases.filter(~pl.col("own")), led
    for _ in range(ALIASES):
        if not left.height or not newest.height:
            break
        newest = left.join(newest, on=keys, how="semi").select("answer", name="value").unique()
        newest = newest.join(led, on=keys, how="anti")
        led = pl.concat([led, newest])
    strange = records.filter(~pl.col("own")).join(led, on=keys, how="anti")["row"]
    mine = records.filter(~pl.col("row").is_in(strange.implode())) if strange.len() else records
    return mine.select(RECORDS.names()).cast(RECORDS), led


def distinct(records: pl.DataFrame) -> pl.DataFrame:
    """Return the first of records that say the same."""
    return records.unique(["name", "type", "value", "date"], keep="first", maintain_order=True)


def canonical(column: str) -> pl.Expr:
    """Return names in small letters without the dot of the root."""
    return pl.col(column).str.to_lowercase().str.strip_suffix(".")


def is_name(names: pl.Expr) -> pl.Expr:
    """Return whether names in small letters are domain names."""
    formed = names.str.contains(NAME) & ~names.str.contains(r"\.[0-9]+$")
    return (names.str.len_bytes() <= MAX_LENGTH) & formed & ~names.str.contains(_LONG)


def day_of_epoch(seconds: pl.Expr) -> pl.Expr:
    """Return the days of times in seconds since 1970, or in thousandths, millionths or milliardths; else null."""
    whole = seconds.cast(pl.Int64, strict=False)
    for _ in range(3):
        whole = pl.when(whole > _LAST).then(whole // 1000).otherwise(whole)
    return pl.when(whole.is_between(_FIRST, _LAST)).then(pl.from_epoch(whole, "s")).cast(pl.Date)


def counted(column: pl.Series) -> dict[str, int]:
    """Return how often each word stands in a column."""
    held = column.drop_nulls().value_counts(name="count")
    return dict(zip(held[column.name].to_list(), held["count"].to_list(), strict=True))

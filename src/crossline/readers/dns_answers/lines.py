"""Records a line each: what dig writes, whole or its answers alone, massdns in its simple and full text, master files.

dig (``;; ->>HEADER<<-``, ``;; ANSWER SECTION:``, ``;; WHEN:``) and massdns -o F (``;; Server:``, ``;; Unix time:``)
write the same sections. Records count where a section of answers holds, or none: what a server adds on other names is
its own word. So is what it puts into its answer, or below the question that massdns -o Sqr writes, on other names than
the question's and its aliases. Lines that show no question are what they say. Of a master file (RFC 1035, 5.1)
``$ORIGIN``, ``@``, names without a dot at their end below an origin, and an owner left out are understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from crossline.readers.dns_answers.said import (
    ANSWER,
    RECORD,
    RECORDS,
    WRONG,
    Block,
    canonical,
    checked,
    counted,
    day_of_epoch,
    distinct,
    settled,
)

HEADER: Final = ";; ->>HEADER<<-"
SERVER: Final = ";; Server: "  # massdns; of dig the line stands at the end, and begins with ;; SERVER:
_OTHER: Final = (
    r"^\S+\s+(?:(?:[0-9][0-9smhdwSMHDW]*|(?i:IN|CH|HS))\s+){0,2}(?i:NS|MX|TXT|SOA|PTR|SRV|CAA|DS|DNSKEY|RRSIG|NSEC|NSEC3|"
    r"NSEC3PARAM|HTTPS|SVCB|SPF|NAPTR|TLSA|SSHFP|HINFO|LOC|CDS|CDNSKEY|RP|DNAME|ANY|OPT|ZONEMD|URI|TYPE[0-9]+)\s+\S"
)
# What goes on from an SOA record whose bracket is open: its numbers, with or without remarks.
_SOA: Final = r"^(?:\S+\s+)?(?:(?:[0-9][0-9smhdwSMHDW]*|(?i:IN|CH|HS))\s+){0,2}(?i:SOA)\s"
_GOING_ON: Final = r"^[0-9smhdwSMHDW()\s]*$"
_GOING_ON_LINES: Final = 7  # five numbers (RFC 1035, 3.3.13), and a line for each bracket
_GOING_ON_BYTES: Final = 100
# massdns -o Sqr: resolver, time, how it ended, and the question.
ASKED: Final = r"^\S+:[0-9]+ (?<time>[0-9]{9,10}) (?<ended>[A-Z]+) (?<question>\S+) (?:IN )?[A-Z0-9]+$"
# dig writes its question behind a semicolon, massdns does not.
_QUESTION: Final = r"^;?\s*([^;\s]\S*)\s+(?:(?:IN|CH|HS)\s+)?[A-Z][A-Z0-9]*$"
_WHEN: Final = (
    r"^;; WHEN: \S+ (?<month>[A-Z][a-z]{2}) +(?<day>[0-9]{1,2}) [0-9:]+ (?:[AP]M )?(?:\S+ )?(?<year>[0-9]{4})$"
)
_NO_OWNER: Final = r"^(?i:[0-9][0-9smhdw]*|IN|A|AAAA|CNAME|NS|MX|TXT|SOA|PTR|SRV|CAA)$"
_NOBODY: Final = "no servers could be reached"
NO_RECORD: Final = "no record of the DNS stands in it"


@dataclass
class Carried:
    """What holds from one block of lines to the next."""

    origin: str | None = None
    owner: str | None = None
    section: str | None = None
    question: str | None = None
    by_line: bool = False  # the question stood in a line of its own, without sections
    led: pl.DataFrame | None = None  # names to which the answer had led
    going_on: int = 0  # lines that may still go on an SOA record


def block(lines: pl.DataFrame, carried: Carried) -> Block:
    """Read lines: ``number`` and ``line``. What of them holds for the next block is put into ``carried``."""
    frame = _parted(lines, carried)
    records = (
        frame.filter(~pl.col("remark") & pl.col("section").is_in(["", "ANSWER"]))
        .with_columns(pl.col("body").str.extract_groups(RECORD))
        .unnest("body")
    )
    told = records.filter(pl.col("name").is_not_null())
    absolute = pl.col("name").str.ends_with(".") | pl.col("origin").is_null()
    told = told.with_columns(
        pl.when((pl.col("name") == "@") & pl.col("origin").is_not_null())
        .then("origin")
        .when(absolute)
        .then("name")
        .otherwise(pl.format("{}.{}", "name", "origin"))
        .alias("name"),
        pl.when((pl.col("type").str.to_uppercase() != "CNAME") | pl.col("value").str.ends_with(".") | absolute)
        .then("value")
        .when(pl.col("value") == "@")
        .then("origin")
        .otherwise(pl.format("{}.{}", "value", "origin"))
        .alias("value"),
    )
    told = told.with_columns(answer=pl.col("group").cast(pl.UInt64))
    good, wrong = checked(told.select(*RECORDS.names(), *ANSWER.names()))
    mine, led = settled(good, carried.led)
    if frame.height:
        last = pl.col("answer") == frame["group"][-1]
        carried.led = led.filter(last).with_columns(answer=pl.lit(0, pl.UInt64))
    records = records.with_columns(going_on=_going_on(records, carried))
    rest = records.filter(pl.col("name").is_null()).select("number", "text", "going_on")
    other = rest["text"].str.contains(_OTHER)
    strange = rest.filter(~other & ~rest["going_on"])
    strange = strange.select("number", reason=pl.lit(NO_RECORD)).cast(WRONG)
    ended = frame["ended"].drop_nulls()
    answered = frame.filter(pl.col("number").is_in(mine["number"].implode()))["group"].n_unique()
    well = int((ended == "NOERROR").sum())
    return Block(
        distinct(mine),
        pl.concat([wrong, strange]).sort("number"),
        others=int(other.sum()),
        strangers=good.height - mine.height,
        statuses=counted(ended),
        empty=max(well - answered, 0) if well else 0,
    )


def _going_on(records: pl.DataFrame, carried: Carried) -> pl.Series:
    """Return which lines go on from an SOA record whose bracket is open; how many more may is put into ``carried``."""
    bare = pl.col("text").str.replace(r"\s*;.*$", "")
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    numbers = bare.str.contains(_GOING_ON) & (bare.str.len_bytes() <= _GOING_ON_BYTES)
    begins = bare.str.contains(_SOA) & bare.str.contains("(", literal=True) & ~bare.str.contains(")", literal=True)
    ends = ~begins & (~numbers | bare.str.contains(")", literal=True))
    # The line until which it may go on, which a record that begins sets, and one that ends takes away.
    until = pl.when(begins).then(row + _GOING_ON_LINES).when(ends).then(-1).forward_fill()
    until = until.fill_null(carried.going_on - 1)
    made = records.select(held=numbers & (row <= until.shift(1, fill_value=carried.going_on - 1)), left=until - row)
    if made.height:
        carried.going_on = max(made["left"][-1], 0)
    return made["held"]


def _parted(lines: pl.DataFrame, carried: Carried) -> pl.DataFrame:
    """Return lines with ``section``, ``origin``, ``group`` (of one answer), ``question``, ``date`` and ``body``."""
    text = pl.col("line").str.strip_chars(" \t\r")
    frame = lines.with_columns(text=text).filter(pl.col("text") != "")
    by_server = frame["text"].str.starts_with(SERVER).any()
    first = SERVER if by_server else HEADER
    frame = frame.with_columns(
        remark=pl.col("text").str.starts_with(";") | pl.col("text").str.starts_with("$"),
        start=pl.col("text").str.starts_with(first),
        asked=pl.col("text").str.extract_groups(ASKED),
        when=pl.col("text").str.extract_groups(_WHEN),
    )
    asked, when = pl.col("asked").struct.field("time"), pl.col("when").struct
    status = pl.col("text").str.extract(r"^;; ->>HEADER<<-.* status: ([A-Z0-9]+)")
    gone = pl.col("remark") & pl.col("text").str.contains(_NOBODY, literal=True)
    frame = frame.with_columns(
        remark=pl.col("remark") | asked.is_not_null(),
        group=(pl.col("start") | asked.is_not_null()).cum_sum(),
        ended=pl.coalesce(status, pl.col("asked").struct.field("ended"), pl.when(gone).then(pl.lit("NO REPLY"))),
        section=pl.when(pl.col("text").str.starts_with(HEADER))
        .then(pl.lit("HEADER"))
        .when(pl.col("text").str.contains(r"^(?:; <<>> |;; (?:Query time|SERVER|WHEN|MSG SIZE))"))
        .then(pl.lit(""))
        .otherwise(pl.col("text").str.extract(r"^;; ([A-Z]+) (?:PSEUDO)?SECTION:"))
        .forward_fill()
        .fill_null(carried.section or ""),
        day=pl.coalesce(
            day_of_epoch(pl.coalesce(asked, pl.col("text").str.extract(r"^;; Unix time: ([0-9]{9,10})$"))),
            pl.format("{} {} {}", when.field("day"), when.field("month"), when.field("year")).str.to_date(
                "%d %b %Y", strict=False
            ),
        ),
        origin=pl.col("text")
        .str.extract(r"(?i)^\$ORIGIN\s+(\S+?)\.?(?:\s|$)")
        .forward_fill()
        .fill_null(pl.lit(carried.origin, pl.String)),
    )
    # An owner left out is that of the record before (RFC 1035, 5.1): a blank, and no name but a number, class or type.
    word = pl.col("text").str.extract(r"^(\S+)")
    indented = pl.col("line").str.contains(r"^[ \t]")
    left_out = indented & word.str.contains(_NO_OWNER)
    owner = pl.when(~pl.col("remark") & ~left_out).then(word).forward_fill()
    frame = frame.with_columns(owner=owner.fill_null(pl.lit(carried.owner, pl.String)))
    bare = pl.col("text").str.replace(r"\s+;.*$", "")
    frame = frame.with_columns(
        body=pl.when(left_out).then(pl.format("{} {}", pl.col("owner").fill_null("."), bare)).otherwise(bare),
        date=pl.col("day").drop_nulls().first().over("group"),
    )
    frame = _questioned(frame, carried)
    if frame.height:
        carried.origin, carried.owner = frame["origin"][-1], frame["owner"][-1]
        carried.section = frame["section"][-1]
    return frame


def _questioned(frame: pl.DataFrame, carried: Carried) -> pl.DataFrame:
    """Return lines with the ``question`` that they answer: of their section of questions, or of massdns's line."""
    shown = pl.when(pl.col("section") == "QUESTION").then(pl.col("text").str.extract(_QUESTION))
    by_line = pl.col("asked").struct.field("question")
    going_on = pl.col("group") == 0
    frame = frame.with_columns(
        question=pl.coalesce(by_line, shown).drop_nulls().first().over("group"),
        by_line=by_line.is_not_null().any().over("group") | (going_on & pl.lit(carried.by_line)),
    )
    # What stands before the first answer of these lines belongs to the last one of the lines before.
    frame = frame.with_columns(
        question=pl.when(going_on)
        .then(pl.coalesce("question", pl.lit(carried.question, pl.String)))
        .otherwise("question")
    )
    if frame.height:
        carried.question, carried.by_line = frame["question"][-1], frame["by_line"][-1]
    answers = (pl.col("section") == "ANSWER") | pl.col("by_line")
    return frame.with_columns(question=pl.when(answers).then(canonical("question")))

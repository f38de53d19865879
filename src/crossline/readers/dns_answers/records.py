"""Answers a JSON object a line: massdns -o J, dnsx -json, and zdns, with its raw modules and its lookups.

massdns and older zdns write ``{"name", "status", "data": {"answers": […]}}``, zdns since 2024 the same below
``results`` by module, dnsx ``{"host", "a", "aaaa", "all", "status_code"}``. Of dnsx ``all`` says which name each
address is of; where it was left out (``-omit-raw``) the addresses are taken for the host's own. Whatever the form,
records of other names than the one asked for and its aliases do not count: see :func:`said.settled`.
"""

from __future__ import annotations

import io
from typing import Final

import polars as pl

from crossline.readers.dns_answers.said import (
    ANSWER,
    RECORD,
    RECORDS,
    WANTED,
    WRONG,
    Block,
    canonical,
    checked,
    counted,
    day_of_epoch,
    distinct,
    settled,
)

_TEXT: Final = pl.String()
_TEXTS: Final = pl.List(pl.String())
_ANSWERS: Final = pl.List(pl.Struct({"name": _TEXT, "type": _TEXT, "data": _TEXT, "answer": _TEXT}))
_SERVERS: Final = pl.List(pl.Struct({"name": _TEXT, "ipv4_addresses": _TEXTS, "ipv6_addresses": _TEXTS}))
_DATA: Final = {
    "answers": _ANSWERS, "ipv4_addresses": _TEXTS, "ipv6_addresses": _TEXTS, "exchanges": _SERVERS, "servers": _SERVERS,
}  # fmt: skip
_RESULT: Final = {"status": _TEXT, "timestamp": _TEXT, "data": pl.Struct(_DATA)}
# Modules of zdns whose answers may hold addresses.
MODULES: Final = ("A", "AAAA", "ALOOKUP", "CNAME", "ANY", "MX", "MXLOOKUP", "NS", "NSLOOKUP")
_LINE: Final = pl.Schema(
    {
        "name": _TEXT, "altered_name": _TEXT, "host": _TEXT, "status": _TEXT, "status_code": _TEXT, "error": _TEXT,
        "timestamp": _TEXT, "rx_ts": pl.Int64(), "data": pl.Struct(_DATA),
        "results": pl.Struct(dict.fromkeys(MODULES, pl.Struct(_RESULT))),
        "a": _TEXTS, "aaaa": _TEXTS, "all": _TEXTS,
    }
)  # fmt: skip
_MADE: Final = pl.Schema({**RECORDS, **ANSWER})
# Members that hold something else than what their programs write: looked at closer where a line has one.
_DATAS: Final = ("$.data", *(f"$.results.{module}.data" for module in MODULES))
_OBJECTS: Final = ("$.results", *(f"$.results.{module}" for module in MODULES), *_DATAS)
_ANSWERED: Final = tuple(f"{data}.answers" for data in _DATAS)
_TEXTED: Final = ("$.a", "$.aaaa", "$.all", *(f"{data}.ipv{n}_addresses" for data in _DATAS for n in (4, 6)))
_OBJECT: Final = r"^\{"
_ODD: Final = (
    r'"(?:results|' + "|".join(MODULES) + r')"\s*:\s*[^{n\s]'
    r'|"(?:answers|ipv[46]_addresses|a|aaaa|all)"\s*:\s*(?:[^\[n\s]|\[\s*[^{"\]\s])'
)
# A record's own data is a text, so that nearly every line has one; it matters where no answers were found beside it.
_ODD_DATA: Final = r'"data"\s*:\s*[^{n\s]'
NOT_SO: Final = "its answers are not in the form of massdns, dnsx or zdns"
NOT_JSON: Final = "no JSON object of one line that names whom was asked for"


def block(lines: pl.DataFrame) -> Block:
    """Read lines: ``number`` and ``line``."""
    held = lines.filter(pl.col("line").str.strip_chars() != "")
    frame, wrong = _decoded(held)
    asked = _asked(frame)
    odd = _odd(held, frame, asked)
    frame, asked = (read.join(odd, on="number", how="anti", maintain_order="left") for read in (frame, asked))
    parts = [_answers(asked), _flat(asked, "ipv4_addresses", "A"), _flat(asked, "ipv6_addresses", "AAAA")]
    # zdns asks for the addresses of machines for mail itself; those of servers of names stand beside the answer.
    parts += [_servers(asked, "exchanges", own=True), _servers(asked, "servers", own=False)]
    records = pl.concat([*parts, _of_dnsx(frame)])
    wanted = records.filter(pl.col("type").is_in(WANTED))
    good, bad = checked(wanted)
    mine, _ = settled(good)
    ended = asked["ended"].drop_nulls()
    well = asked.filter(pl.col("ended") == "NOERROR")["number"].unique()
    return Block(
        distinct(mine),
        pl.concat([wrong, bad, odd]).sort("number"),
        others=records.height - wanted.height,
        strangers=good.height - mine.height,
        statuses=counted(ended),
        empty=int((~well.is_in(wanted["number"].implode())).sum()),
    )


def _decoded(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the objects with their lines' numbers, and the lines that are none."""
    objects = lines.filter(pl.col("line").str.contains(r"^\s*\{"))
    frame = _parsed(objects)
    if frame is None:
        # One line that is no JSON spoils them all: each is looked at on its own, which takes longer.
        whole = pl.any_horizontal(
            pl.col("line").str.json_path_match(path).is_not_null() for path in ("$.name", "$.host")
        )
        objects = objects.filter(whole)
        frame = _parsed(objects)
    if frame is None:  # two parsers differ over what is JSON: nothing of these lines is taken
        frame = pl.DataFrame(schema={**_LINE, "number": pl.UInt64})
    frame = frame.filter(pl.col("name").is_not_null() | pl.col("host").is_not_null())
    wrong = lines.join(frame, on="number", how="anti").select("number", reason=pl.lit(NOT_JSON)).cast(WRONG)
    return frame, wrong


def _odd(lines: pl.DataFrame, frame: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the lines, of those that were decoded, whose answers are no objects or lists, which are left out."""
    several = frame.select("number", several=pl.col("results").is_not_null())
    lines = lines.with_columns(pl.col("number").cast(pl.UInt64)).join(several, on="number", maintain_order="left")
    anywhere = lines.filter(pl.col("line").str.contains(_ODD))
    whole = asked.group_by("number").agg(pl.col("answers").is_not_null().all()).filter("answers")
    rest = lines.join(anywhere, on="number", how="anti").join(whole, on="number", how="anti")
    rest = rest.filter(pl.col("line").str.contains(_ODD_DATA))
    objects, lists = [(_OBJECTS, _OBJECT)], [(_ANSWERED, r"^\[\s*[{\]]"), (_TEXTED, r'^\[\s*["\]]')]
    found = pl.concat([
        _stating(anywhere, [*objects, *lists]),
        _stating(rest.filter("several"), objects),
        _stating(rest.filter(~pl.col("several")), [(_DATAS[:1], _OBJECT)]),
    ])  # fmt: skip
    # In a list what is no object is decoded as nothing.
    listed = pl.col("answers").list
    gaps = asked.filter(listed.drop_nulls().list.len() < listed.len()).select("number")
    every = pl.concat([found.select("number").cast(pl.UInt64), gaps.cast(pl.UInt64)]).unique()
    return every.select("number", reason=pl.lit(NOT_SO)).cast(WRONG)


def _stating(lines: pl.DataFrame, held: list[tuple[tuple[str, ...], str]]) -> pl.DataFrame:
    """Return the lines in which what stands at one of the paths is something, and not of the form."""
    if not lines.height:
        return lines
    stated = [(pl.col("line").str.json_path_match(path), form) for paths, form in held for path in paths]
    other = [said.is_not_null() & (said != "null") & ~said.str.contains(form) for said, form in stated]
    return lines.filter(pl.any_horizontal(other).fill_null(value=False))


def _parsed(objects: pl.DataFrame) -> pl.DataFrame | None:
    """Return the objects as columns, or None where one of them is no JSON."""
    if not objects.height:
        return pl.DataFrame(schema={**_LINE, "number": pl.UInt64})
    try:
        # Takes a third of the time of what follows, and nothing that differs from what these programs write.
        frame = objects["line"].str.json_decode(pl.Struct(_LINE)).struct.unnest()
    except pl.exceptions.PolarsError:
        text = objects["line"].str.join("\n").item() or ""
        try:
            frame = pl.read_ndjson(io.BytesIO(text.encode()), schema=_LINE, ignore_errors=True)
        except pl.exceptions.PolarsError:
            return None
    return frame.with_columns(objects["number"].cast(pl.UInt64)) if frame.height == objects.height else None


def _asked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a row a question: number, name, ended, date, and what ``data`` holds."""
    day = pl.coalesce(day_of_epoch(pl.col("rx_ts")), _day("timestamp"))
    plain = frame.select(
        "number",
        pl.coalesce("altered_name", "name", "host").alias("name"),
        pl.coalesce("status", "status_code", pl.col("error").str.to_uppercase().str.head(40)).alias("ended"),
        day.alias("date"),
        pl.col("data").struct.unnest(),
        several=pl.col("results").is_not_null(),
    )
    parts = [plain.filter(~pl.col("several") | pl.col("ended").is_not_null()).drop("several")]
    for module in MODULES:
        result = pl.col("results").struct.field(module)
        mine = frame.filter(result.is_not_null())
        if mine.height:
            parts.append(
                mine.select(
                    "number",
                    pl.coalesce("altered_name", "name").alias("name"),
                    result.struct.field("status").alias("ended"),
                    result.struct.field("timestamp").str.head(10).str.to_date("%Y-%m-%d", strict=False).alias("date"),
                    result.struct.field("data").struct.unnest(),
                )
            )
    return pl.concat(parts).with_columns(pl.col("ended").str.extract(r"^([A-Z][A-Z0-9_ ]{0,39})$"))


def _day(column: str) -> pl.Expr:
    """Return the day of a time as RFC 3339 has it, where it was asked."""
    return pl.col(column).str.head(10).str.to_date("%Y-%m-%d", strict=False)


def _answers(asked: pl.DataFrame) -> pl.DataFrame:
    each = asked.select("number", "date", "answers", question=canonical("name"))
    each = each.drop_nulls("answers").explode("answers").drop_nulls("answers")
    return each.select(
        "number",
        pl.col("answers").struct.field("name"),
        pl.col("answers").struct.field("type"),
        pl.coalesce(pl.col("answers").struct.field("data"), pl.col("answers").struct.field("answer")).alias("value"),
        "date",
        pl.col("number").alias("answer"),
        "question",
    ).cast(_MADE)


def _flat(asked: pl.DataFrame, column: str, type_: str) -> pl.DataFrame:
    """Return the addresses of a lookup, which follows aliases itself and does not show them."""
    question = "question" if "question" in asked.columns else pl.lit(None).alias("question")
    each = asked.select("number", "name", "date", question, value=column)
    each = each.drop_nulls("value").explode("value").drop_nulls("value")
    return each.select(
        "number", "name", pl.lit(type_).alias("type"), "value", "date", pl.col("number").alias("answer"), "question"
    ).cast(_MADE)


def _servers(asked: pl.DataFrame, column: str, *, own: bool) -> pl.DataFrame:
    """Return the addresses of the machines that take a domain's mail, or serve its names.

    ``own`` says that these were asked for one by one, and are no word of who answered for the domain.
    """
    question = pl.lit(None, pl.String) if own else canonical("name")
    each = asked.select("number", "date", column, question=question).drop_nulls(column)
    named = each.explode(column).drop_nulls(column).select("number", "date", "question", pl.col(column).struct.unnest())
    return pl.concat([_flat(named, "ipv4_addresses", "A"), _flat(named, "ipv6_addresses", "AAAA")])


def _of_dnsx(frame: pl.DataFrame) -> pl.DataFrame:
    mine = frame.filter(pl.col("host").is_not_null()).with_columns(date=_day("timestamp"), name=pl.col("host"))
    raw = mine.filter(pl.col("all").list.len() > 0)
    raw = raw.select("number", "date", "all", answer="number", question=canonical("host")).explode("all")
    raw = raw.with_columns(pl.col("all").str.strip_chars().str.extract_groups(RECORD)).unnest("all")
    raw = raw.drop_nulls("name").select(_MADE.names()).cast(_MADE)
    rest = mine.filter(pl.col("all").list.len().fill_null(0) == 0)
    return pl.concat([raw, _flat(rest, "a", "A"), _flat(rest, "aaaa", "AAAA")])

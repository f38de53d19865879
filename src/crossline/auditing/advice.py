"""What to do first: the two or three steps that decide most, in the order of what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding

_MOST: Final = 3
_LONG: Final = 24  # characters of an identifier that nobody reads whole: the SHA-256 of a certificate
_OF_IT: Final = " of it"  # what :mod:`crossline.evaluate.trace` says of an asset of which not all was seen


def advice(
    session: Session,
    bindings: list[Binding],
    findings: pl.DataFrame,
    groups: pl.DataFrame,
    resolved: dict[str, dict[str, Any]],
) -> list[str]:
    """Return at most three sentences."""
    steps: list[str] = []
    if findings.height:
        worst = (
            findings.group_by("rule", "identifier", "party", maintain_order=True)
            .agg(pl.len().alias("count"), pl.col("remedy").first(), pl.col("kind").first())
            .sort("count", descending=True, maintain_order=True)
            .row(0, named=True)
        )
        graph = session.answers.graph
        known = graph.names[graph.number[worst["party"]]] if worst["party"] in graph.number else None
        asset = (worst["identifier"] or "").removeprefix("asset:")
        written = wording.written(asset, session.estate.written)
        who = known or session.estate.names.get(asset) or written or "what is named there"
        remedy = f" ({' or '.join(worst['remedy'])})" if worst["remedy"] else ""
        findings_of, rest = ("finding", "rests") if worst["count"] == 1 else ("findings", "rest")
        steps.append(
            f"Look at the {worst['count']:,} {findings_of} of rule {worst['rule']} that {rest} on {who}{remedy}."
        )
    # What no evidence can decide nobody needs to look for.
    never = [rule.id for binding in bindings for rule in binding.regime.rules if rule.decidable == "never"]
    missing = (
        groups.filter(~pl.col("rule").is_in(never))
        .explode("missing")
        .drop_nulls("missing")
        .group_by("missing", maintain_order=True)
        .agg(
            pl.col("count").sum(),
            pl.col("identifier").drop_nulls().unique(maintain_order=True).head(3),
            pl.col("kind").first(),
            pl.col("samples").explode().drop_nulls().first(),
        )
        # Of two that decide as much, what a line of estate.yaml says is the sooner found out.
        .with_columns(written=pl.col("missing").str.contains("say in estate.yaml", literal=True))
        .sort("count", "written", descending=True, maintain_order=True)
        .select("missing", "count", "identifier", "kind", "samples")
    )
    about = {column.name: column.about for held in session.estate.holdings.values() for column in held.kind.columns}
    for text, count, named, kind, sample in missing.head(_MOST).iter_rows():
        waiting = f"{plural(count, 'unknown judgement')} {'waits' if count == 1 else 'wait'}"
        called = [str(wording.written(key, session.estate.written)) for key in named]
        asked = _question(text, about, called)
        if sample and asked.startswith("every "):
            asked = _of_them(asked, kind, session.estate.holdings[kind].assets, sample, several=count > 1)
        # A reading is nothing that could be found out of anybody.
        ask = "Settle" if text.startswith(wording.READING) else "Find out"
        steps.append(f"{ask} {asked}: {waiting} for it.")
    numbers = resolved.get("asn")
    if numbers and numbers["stale"] and not session.answers.accept_stale:
        steps.insert(
            1,
            f"{numbers['stale']:,} AS numbers are known from other times only:"
            " --accept-stale takes the nearest sighting.",
        )
    if numbers and not numbers["named"]:
        steps.append(
            "No registry's names are loaded: make a world with crossline world build or pull, and pass it with --world."
        )
    if bindings and bindings[0].we.hypothetical:
        steps.append("Say who you are in an estate.yaml beside the files: until then the question is hypothetical.")
    return steps[:_MOST]


def _of_them(text: str, kind: str, assets: pl.DataFrame, sample: str, *, several: bool) -> str:
    """Say of which assets something was not seen: of one by its name, or of each, such as the first."""
    name = str(assets.filter(pl.col("asset") == sample)["name"].first())
    what, _, why = text.partition(": ")
    roles, parted, rest = what.removeprefix("every ").partition(_OF_IT)
    nouns = " or ".join(wording.ROLE_NOUNS.get(role, role) for role in roles.split(" or "))
    such = f", such as {name}" if several else ""
    whose = f" of each {kind.replace('-', ' ')}" if several else f" of {name}"
    asked = f"every {nouns}{whose}{rest}{such}" if parted else what
    return f"{asked} ({why})" if why else asked


def _question(text: str, about: Mapping[str, str], named: Sequence[str]) -> str:
    """Turn what is missing into a question. ``about`` has what columns tell, ``named`` some of whom it is asked."""
    what, given, how = text.partition(" is not given")
    if given:
        meant = f", {about[what].partition(';')[0]}" if what in about else ""
        return f"{what}{meant}" + (f" ({how.removeprefix(': ')})" if how else "")
    rest = text.removeprefix(wording.WHOSE)
    if rest == text or not named:
        return text
    kind, colon, value = named[0].partition(":")
    short = kind == "signer" and len(value) > _LONG
    first = wording.identifier(f"{kind}{colon}{value[: _LONG // 2]}…" if short else named[0])
    return f"the party that {first} leads to{rest}" if len(named) == 1 else f"whom {first} and others lead to{rest}"

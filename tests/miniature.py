"""Small worlds, regimes and estates, in which a person can think a verdict out by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline import estate, identifiers, kinds
from crossline.auditing import audit
from crossline.evaluate import Session, cases
from crossline.evaluate.binding import Binding, We
from crossline.evaluate.judge import WORDS
from crossline.regimes import model
from crossline.tables import EXTENTS, TIE, Batch, encode_ties
from crossline.world import SCHEMAS, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.estate import Estate
    from crossline.evaluate.cases import Outcome
    from crossline.evaluate.judge import Judgement
    from crossline.regimes.model import Regime
    from crossline.reports import Audit

DAY = date(2026, 7, 1)
HERE = We(("AD",), (), (), hypothetical=False)
Asset = dict[str, Any]
# A doctrine by which half is control, as are incorporation and seat; and a regime's keys that make it the one asked.
HALF: dict[str, Any] = {
    "threshold_pct": 50, "inclusive": True, "aggregate": True, "interest": "either", "indirect": "cascade",
    "also": ["domicile", "seat"],
}  # fmt: skip
BY_HALF: dict[str, Any] = {"doctrines": {"half": HALF}, "controlled_by": "half"}


def table(name: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Make a table of the world; what a row leaves out is null, but for its source."""
    schema = SCHEMAS[name]
    default = {"source": "s", "certainty": "seen"}
    return pl.DataFrame([{c: row.get(c, default.get(c)) for c in schema} for row in rows], schema=schema, orient="row")


def world(**tables: Sequence[Mapping[str, object]]) -> World:
    """Make a world of rows by table."""
    source = [{"id": "s", "title": "A made-up source", "published": DAY}]
    return World({name: table(name, rows) for name, rows in ({"source": source} | tables).items()})


def company(name: str, **columns: object) -> dict[str, object]:
    """Return a party's row: a company that is called like its id, in capitals."""
    return {"id": name, "name": name.upper(), "kind": "company"} | columns


def rule(violation: str | None = "true", **keys: Any) -> dict[str, Any]:
    """Return a rule of a regime's document, of kind data-store."""
    base = {
        "id": "r",
        "line": "cloud",
        "kind": "data-store",
        "title": "A made-up rule",
        "cite": {"source": "s", "clause": "1"},
        "effect": "aim",
        "severity": "high",
    }
    return base | ({} if violation is None else {"violation": violation}) | keys


def regime(*rules: dict[str, Any], **keys: Any) -> Regime:
    """Return a regime of state AD, aimed at BB."""
    base: dict[str, Any] = {
        "id": "mini",
        "title": "A made-up regime",
        "issuer": "AD",
        "legal": "It binds nobody.",
        "home": "AD",
        "target": "BB",
        "rules": list(rules),
    }
    return model.regime(base | keys, "mini.yaml")


def ask(asked: Regime, about: World, given: Mapping[str, Any], **case: Any) -> Outcome:
    """Judge one made-up asset by the first rule of a regime."""
    fields: dict[str, Any] = {"verdict": "unknown", "set": {}, "as_of": DAY, "observed_at": None, "we": None} | case
    return cases.run(asked, asked.rules[0], 0, model.Case(given=given, **fields), about)


def verdict(asked: Regime, about: World, given: Mapping[str, Any], **case: Any) -> str:
    """Return the verdict on one made-up asset by the first rule of a regime."""
    return ask(asked, about, given, **case).verdict


def batch(kind_name: str, assets: Mapping[str, Asset], extents: Sequence[tuple[Any, ...]] = ()) -> Batch:
    """Make a batch of assets by name.

    An asset is a mapping of columns and of roles; a role is a list of ``(identifier, fields of the tie)`` or of
    identifiers, seen whole unless ``extents`` (bundle, role, extent, reason) says otherwise. ``bundle`` puts an asset
    into the bundle of that number, whose ties are those of its first asset.
    """
    kind = kinds.load(kind_name)
    rows: list[dict[str, Any]] = []
    ties: list[dict[str, Any]] = []
    seen: list[tuple[Any, ...]] = []
    told: set[int] = set()
    for number, (name, asset) in enumerate(assets.items()):
        bundle = asset.get("bundle", number)
        own = {column.name: asset.get(column.name) for column in kind.columns}
        rows.append({"asset": name, "name": name, "observed_at": asset.get("observed_at", DAY), "bundle": bundle} | own)
        if bundle in told:
            continue
        told.add(bundle)
        for role in kind.roles:
            if role not in asset:
                continue
            seen.append((bundle, role, "all", None))
            for seq, item in enumerate(asset[role]):
                label, fields = item if isinstance(item, tuple) else (item, {})
                type_, value = identifiers.parse(label)
                ties.append({"bundle": bundle, "role": role, "type": type_, "value": value} | {"seq": seq} | fields)
    if extents:
        seen = list(extents)
    schema = {"type": pl.String, "value": pl.String} | {k: v for k, v in TIE.items() if k != "identifier"}
    named, encoded = encode_ties(pl.DataFrame(ties, schema=schema, orient="row"))
    types = {"asset": pl.String, "name": pl.String, "observed_at": pl.Date, "bundle": pl.UInt32} | dict(kind.schema())
    frame = pl.DataFrame(rows, schema=types, orient="row").with_columns(pl.lit(None, pl.String).alias("locator"))
    return Batch(kind_name, frame, named, encoded, pl.DataFrame(seen, schema=EXTENTS, orient="row"))


def estate_of(*batches: Batch | tuple[str, Batch], as_of: date = DAY) -> Estate:
    """Join batches into an estate; a batch alone comes from the file ``f``."""
    return estate.assemble([b if isinstance(b, tuple) else ("f", b) for b in batches], as_of)


def judge(
    asked: Regime, about: World, made: Estate, *, we: We = HERE, as_of: date = DAY, accept_stale: bool = False
) -> Judgement:
    """Judge an estate by the first rule of a regime."""
    binding = Binding(asked, as_of, we)
    session = Session(made, about, binding, accept_stale=accept_stale)
    return next(iter(session.judge([binding])))


def verdicts(asked: Regime, about: World, made: Estate, **options: Any) -> dict[str, str]:
    """Return the verdict on each asset by the first rule of a regime."""
    judgement = judge(asked, about, made, **options)
    assets = made.holdings[judgement.compiled.rule.kind].assets["asset"].to_list()
    return dict(zip(assets, [WORDS[code] for code in judgement.verdict], strict=True))


def audited(asked: Regime, about: World, made: Estate, *, we: We = HERE, as_of: date = DAY, **options: Any) -> Audit:
    """Audit an estate by one regime."""
    return audit(made, about, [Binding(asked, as_of, we)], **options)

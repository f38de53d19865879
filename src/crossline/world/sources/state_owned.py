"""Network operators that a state owns by a majority, with their AS numbers.

E. Carisimo, A. Gamero-Garrido, A. C. Snoeren, A. Dainotti, "Identifying ASes of State-Owned Internet Operators",
IMC 2021, doi:10.1145/3487552.3487822. An operator is in it where a national government holds more than half of the
equity, directly or through companies and funds that it controls, so that a share here is above 50 and up to 100 per
cent: :data:`ABOVE_HALF` is a number above 50 that closures of control tell from 50. The quotations may name the share;
they are not parsed.

One party is made of each conglomerate, and one of each organisation that the data set calls a foreign subsidiary.
They have ids of their own (``soa-…``) and are never merged with a party of the same name; :data:`CONGLOMERATES` and
:data:`ORGANISATIONS` say by hand which of them are parties of the shipped facts. The column ``parent_org`` is not
used, since it is wrong in places (it puts AS19174, China Unicom (Americas), under China Telecom), nor is
``target_cc`` taken for a domicile.

The authors checked ownership between June 2019 and November 2020; corrections ended with the edition of
2022-02-11. Later copies of the same data are therefore not read as seen later than that day.

The data set aims at all AS numbers of an operator, and is stated complete on its word. Where the shipped facts know a
number that a conglomerate had at that day (:func:`missed`) and the data set lacks it, the claim is shown false: no
completeness is stated for the conglomerate and its subsidiaries, and a reject that counts no row says so.
"""

from __future__ import annotations

import hashlib
import io
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import editions, packed, store
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "AS numbers of operators that a state owns by a majority."
ID: Final = "state-owned-ases"
TITLE: Final = "Identifying ASes of State-Owned Internet Operators (IMC 2021): data set"
ISSUER: Final = "Carisimo, Gamero-Garrido, Snoeren, Dainotti"
URL: Final = "https://github.com/estcarisimo/state-owned-ases"
LICENCE: Final = "CC BY 4.0"
_AT: Final = "https://raw.githubusercontent.com/estcarisimo/state-owned-ases/HEAD/data/exports/"
FILES: Final = (
    Offer(_AT + "state-owned-ases/state_owned_ases.csv", "state_owned_ases.csv", checksum=_AT + "SHA256SUMS"),
)

LAST_CORRECTED: Final = date(2022, 2, 11)
KNOWN: Final = {"a07bd418c6d9212feaec6aecbcdbc8ac9da3d3c9946b1cf5dca1f48b612abfbe": LAST_CORRECTED}
ABOVE_HALF: Final = 50.0 + 1e-6  # more than what sums of shares may be off by (world.control.TOLERANCE_PCT)

# What the data set writes, and ISO 3166-1 does not (XK is user-assigned, in use for Kosovo).
_ISO: Final = {"UK": "GB", "KV": "XK"}

# By hand: each was compared with what the facts say of the party. Left out are CO-IXA, since the state sold what lies
# between it and its operators in 2021; TH-CAT and TH-TOT, which were merged later; MO-CTM and GG-JT, whose owner in the
# data set is not the one that its own quotations name; and MY-TM, which has two groups in it.
CONGLOMERATES: Final = {
    "AE-DU": "du",
    "AE-ETISALAT": "etisalat",
    "AO-ANGOLA-TELECOM": "angola-telecom",
    "AR-ARSAT": "arsat",
    "BD-BSCCL": "bsccl",
    "BE-BICS": "bics",
    "BE-PROXIMUS": "proximus",
    "BH-BATELECO": "batelco",
    "BN-JTB": "unified-national-networks",
    "BO-ENTEL": "entel-bolivia",
    "BS-BTC": "bahamas-telecommunications-company",
    "BW-BOFINET": "botswana-fibre-networks",
    "BZ-PUC": "belize-telemedia",
    "CM-CAMTEL": "camtel",
    "CN-CITIC": "citic-group",
    "CN-MOBILE": "china-mobile",
    "CN-TELECOM": "china-telecom",
    "CN-UNICOM": "china-unicom",
    "CONGO-TELECOM": "congo-telecom",
    "CR-ICE": "ice-costa-rica",
    "CY-CTA": "cyta",
    "DJ-TELECOM": "djibouti-telecom",
    "DZ-TELECOM": "algerie-telecom",
    "EC-CNT": "cnt-ecuador",
    "EG-TE": "telecom-egypt",
    "FSM-TC": "fsmtc",
    "GI-GIBTELECOM": "gibtelecom",
    "GL-TELE": "tusass",
    "GN-GUILAB": "guilab",
    "GQ-GITGE": "gitge",
    "HN-HONDUTEL": "hondutel",
    "ID-TELKOM": "telkom-indonesia",
    "IN-BSNL": "bsnl",
    "IR-TIC": "tic-iran",
    "KM-TELECOM": "comores-telecom",
    "LB-LIBANTELECOM": "liban-telecom",
    "LK-SLT": "sri-lanka-telecom",
    "LV-SIA": "tet",
    "LY-LITC": "litc",
    "LY-LPTIC": "lptic",
    "MM-MPT": "myanma-posts-and-telecommunications",
    "MU-TELECOM": "mauritius-telecom",
    "NA-TELECOM": "telecom-namibia",
    "NO-TELENOR": "telenor",
    "OM-OMANTEL": "omantel",
    "PF-ONATI": "opt-french-polynesia",
    "PG-PNG": "telikom-png",
    "PK-PTCL": "ptcl",
    "QA-OOREDOO": "ooredoo",
    "RU-ROSTELECOM": "rostelecom",
    "RU-TTK": "transtelecom",
    "SA-STC": "saudi-telecom",
    "SB-SISCC": "siscc",
    "SG-SINGTEL": "singtel",
    "SR-TELESUR": "telesur",
    "SY-STE": "syrian-telecom",
    "TG-TELECOM": "togo-telecom",
    "TN-ORANGE": "orange-tunisie",
    "TN-TELECOM": "tunisie-telecom",
    "TO-TCC": "tonga-communications",
    "TO-TCL": "tonga-cable",
    "TT-TSTT": "tstt",
    "UY-ANTEL": "antel",
    "VE-CANTV": "cantv",
    "VN-VIETTEL": "viettel",
    "VN-VNPT": "vnpt",
    "ZA-INFRACO": "broadband-infraco",
    "ZA-TELKOM": "telkom-sa",
}
ORGANISATIONS: Final = {
    "@aut-18118-APNIC": "citic-networks-management",
    "@aut-24138-APNIC": "china-tietong",
    "@aut-3790-LACNIC": "racsa",
    "@aut-63711-APNIC": "china-tietong",
    "@family-46975": "xl-axiata",
    "CTUC-ARIN": "china-telecom-americas",
    "CUAOL-ARIN": "china-unicom-americas",
    "ORG-AC4-AFRINIC": "angola-cables",
    "ORG-CL1-AP-APNIC": "cmpak",
    "ORG-CMHK1-AP-APNIC": "china-mobile-hong-kong",
    "ORG-CMIL1-AP-APNIC": "china-mobile-international",
    "ORG-CTEL2-RIPE": "china-telecom-europe",
    "ORG-CTGL1-AP-APNIC": "china-telecom-global",
    "ORG-CTIC1-AP-APNIC": "citic-telecom-cpc",
    "ORG-CTIL1-AP-APNIC": "citic-telecom-international",
    "ORG-CTIL2-AP-APNIC": "comnet-telecom-international",
    "ORG-CTSA1-AFRINIC": "china-telecom-south-africa",
    "ORG-CUCL1-AP-APNIC": "china-telecom-macau",
    "ORG-CUKO1-AP-APNIC": "china-unicom-global",
    "ORG-CUOL2-RIPE": "china-unicom-europe",
    "ORG-CUOP1-AP-APNIC": "china-unicom-singapore",
    "ORG-CUOP2-AP-APNIC": "china-unicom-australia",
    "ORG-DAP1-AP-APNIC": "dialog-axiata",
    "ORG-DL6-RIPE": "go-malta",
    "ORG-DP1-AP-APNIC": "dhiraagu",
    "ORG-LL250-RIPE": "citic-telecom-cpc-rus",
    "ORG-LTB1-RIPE": "citic-telecom-cpc-netherlands",
    "ORG-OMPL1-AP-APNIC": "ooredoo-maldives",
    "ORG-SOPL2-AP-APNIC": "optus",
    "ORG-TPL11-AP-APNIC": "png-dataco",
    "ORG-TS4-AFRINIC": "ooredoo-tunisie",
    "ORG-TTMB1-AP-APNIC": "telekom-malaysia",
    "ORG-VPL4-AP-APNIC": "viettel-cambodia",
    "ORG-ZTCL1-AFRINIC": "zamtel",
}

_COLUMNS: Final = ("asn", "conglomerate", "org_id", "org_name", "ownership_cc", "ownership_country_name", "target_cc")
_AIM = "the data set aims at all AS numbers of operators that are majority-owned by a national government"
_CRITERION: Final = "criterion of the data set: more than 50 per cent, directly or through controlled companies"
_MEMBER: Final = "the data set counts the subsidiary to the conglomerate; its share is not stated"


def claim(path: Path, head: bytes) -> bool:
    """Whether the first line names the columns of the majority data set."""
    first = packed.opening(path, head, 4096).split(b"\n", 1)[0].decode("utf-8", "replace")
    names = {name.strip().strip('"') for name in first.lstrip("\ufeff").split(",")}
    return set(_COLUMNS) <= names and "minority" not in path.name


def _id(text: pl.Expr) -> pl.Expr:
    """Make an id of a party: small letters, digits, single hyphens."""
    slug = text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-").str.slice(0, 90)
    return pl.concat_str(pl.lit("soa-"), slug)


def _checked(cells: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """Return the rows that make sense, with `row`, `owner`, `group` and `party`, and the others as rejects."""
    cells = cells.select(pl.col(name).str.strip_chars().alias(name) for name in _COLUMNS)
    cells = cells.with_row_index("row", offset=1).with_columns(
        number=pl.col("asn").str.extract(r"^(\d{1,10})$").cast(pl.UInt32, strict=False),
        owner=pl.col("ownership_cc").replace(_ISO),
    )
    reason = (
        pl.when(pl.col("number").is_null())
        .then(pl.lit("asn is not an AS number"))
        .when(~pl.col("owner").str.contains(r"^[A-Z]{2}$").fill_null(value=False))
        .then(pl.lit("ownership_cc is not a two-letter code"))
        .when(~pl.col("conglomerate").str.contains(r"[A-Za-z0-9]").fill_null(value=False))
        .then(pl.lit("no conglomerate"))
        .when(~pl.col("org_id").str.contains(r"[A-Za-z0-9]").fill_null(value=False))
        .then(pl.lit("no org_id"))
        .when(pl.col("number").is_first_distinct().not_())
        .then(pl.lit("the AS number has a row already"))
    )
    cells = cells.with_columns(reason=reason)
    # Two states cannot both hold a majority: the owner that most rows of a conglomerate name stands.
    votes = (
        cells.filter(pl.col("reason").is_null())
        .group_by("conglomerate", "owner")
        .agg(votes=pl.len())
        .sort("votes", descending=True)
        .group_by("conglomerate", maintain_order=True)
        .agg(
            holder=pl.col("owner").first(),
            tied=(pl.col("votes") == pl.col("votes").first()).sum() > 1,
        )
    )
    cells = cells.join(votes, on="conglomerate", how="left", maintain_order="left")
    outvoted = pl.col("tied") | (pl.col("holder") != pl.col("owner"))
    told = pl.when(outvoted).then(pl.lit("another state is said to hold the majority of the same conglomerate"))
    cells = cells.with_columns(reason=pl.col("reason").fill_null(told))
    wrong = cells.filter(pl.col("reason").is_not_null()).select("row", "reason", "asn")
    bad = [(f"row {row}", f"{reason} (asn {str(asn)[:20]!r})") for row, reason, asn in wrong.iter_rows()]
    return _parties(cells.filter(pl.col("reason").is_null())), bad


def _parties(cells: pl.DataFrame) -> pl.DataFrame:
    """Add the id of the conglomerate (`group`), and that of the party that holds the AS number (`party`)."""
    group = pl.col("conglomerate").replace_strict(CONGLOMERATES, default=_id(pl.col("conglomerate")))
    foreign = pl.col("target_cc").is_not_null() & (pl.col("target_cc") != "")
    own = pl.when(foreign).then(_id(pl.col("org_id")))
    known = pl.col("org_id").replace_strict(ORGANISATIONS, default=None, return_dtype=pl.String)
    return cells.with_columns(group=group).with_columns(party=pl.coalesce(known, own, pl.col("group")))


def missed(good: pl.DataFrame, facts: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the AS numbers that operators had at a day, and that the data set does not give to their conglomerate.

    ``good`` holds the rows of the data set (number, party, group, conglomerate), ``facts`` the world's identifiers. A
    party had a number where one statement spans the day, or where it was seen to have it on that day, or both before
    and after. A number that was seen on one side only may have come or gone, and shows nothing. The result has
    columns conglomerate, group and value.
    """
    at = pl.lit(day)
    dated = pl.col("since").is_not_null() | pl.col("until").is_not_null()
    spans = dated & pl.col("since").fill_null(day).le(at) & (pl.col("until").is_null() | pl.col("until").gt(at))
    sightings = pl.col("seen").filter(~dated)
    had = (
        facts.filter(pl.col("type") == "asn")
        .group_by("party", "value", maintain_order=True)
        .agg(had=spans.any() | ((sightings.min() <= at) & (sightings.max() >= at)).fill_null(value=False))
        .filter("had")
    )
    groups = good.select("party", "group", "conglomerate").unique(maintain_order=True)
    groups = pl.concat([groups, groups.with_columns(party="group")]).unique(maintain_order=True)
    listed = good.select("group", value=pl.col("number").cast(pl.String))
    return (
        had.join(groups, on="party", maintain_order="left")
        .join(listed, on=["group", "value"], how="anti", maintain_order="left")
        .select("conglomerate", "group", "value")
    )


def _doubts(missing: pl.DataFrame, day: date) -> Iterator[Reject]:
    """Say for which conglomerates no completeness is stated, and why. No row is rejected by it, so it counts none."""
    told = []
    for (name,), rows in missing.sort("conglomerate").group_by(["conglomerate"], maintain_order=True):
        numbers = sorted(rows["value"].unique().cast(pl.Int64))
        more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        told.append(f"{name} (AS{numbers[0]}{more})")
    if told:
        rest = f" and {len(told) - 8} more" if len(told) > 8 else ""
        yield Reject(
            "completeness",
            f"not stated for those who by the shipped facts had other AS numbers on {day}: {', '.join(told[:8])}{rest}",
            count=0,
        )


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield parties, control from state to conglomerate to subsidiary, AS numbers, and their completeness."""
    held = packed.content(path)
    known = KNOWN.get(hashlib.sha256(held.data).hexdigest())
    published = editions.published(path, known=known)
    try:
        text = packed.text(held.data).replace("\0", "\ufffd")
        cells = pl.read_csv(io.StringIO(text), infer_schema=False, truncate_ragged_lines=True)
        good, bad = _checked(cells)
    except pl.exceptions.PolarsError as error:
        raise packed.Unreadable(f"not the expected CSV table: {str(error).splitlines()[0][:200]}") from error
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    seen = min(published, LAST_CORRECTED)
    missing = missed(good, store.shipped().table("identifier"), seen)
    yield from _doubts(missing, seen)
    yield from rejected(bad)
    shared = {"source": source, "certainty": "seen"}

    names = pl.col("org_name").drop_nulls().mode(maintain_order=True).first()
    operators = pl.concat(
        [
            good.group_by(pl.col("party").alias("id"), maintain_order=True).agg(name=names),
            # A conglomerate of which every AS number is a subsidiary's has no row of its own.
            good.filter(~pl.col("group").is_in(good["party"].implode()))
            .group_by(pl.col("group").alias("id"), maintain_order=True)
            .agg(name=pl.col("conglomerate").first()),
        ]
    )
    states = good.group_by(pl.col("owner"), maintain_order=True).agg(name=pl.col("ownership_country_name").first())
    state_rows = states.select(
        id="state-" + pl.col("owner").str.to_lowercase(), name=pl.col("name"), domicile=pl.col("owner")
    )
    yield "party", shaped("party", operators, kind="company", **shared)
    yield "party", shaped("party", state_rows, kind="state", **shared)

    owned = good.select(owner="state-" + pl.col("owner").str.to_lowercase(), owned="group").unique(maintain_order=True)
    held_by = good.filter(pl.col("party") != pl.col("group")).select(owner="group", owned="party")
    shares = {"kind": "equity", "share_min": ABOVE_HALF, "share_max": 100.0}
    yield "control", shaped("control", owned, **shares, note=_CRITERION, **shared)
    yield "control", shaped("control", held_by.unique(maintain_order=True), **shares, note=_MEMBER, **shared)

    numbers = good.select(pl.col("number").cast(pl.String).alias("value"), "party")
    yield "identifier", shaped("identifier", numbers, type="asn", seen=seen, **shared)
    doubted = good.filter(pl.col("group").is_in(missing["group"].implode()))
    doubted_ids = pl.concat([doubted["party"], doubted["group"]])
    whole = operators.select(party="id").filter(~pl.col("party").is_in(doubted_ids.implode()))
    yield "completeness", shaped("completeness", whole, type="asn", as_of=seen, source=source, note=_AIM)

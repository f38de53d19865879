"""A page for all cables with a map, and one for each: where it lands, whose it is, and what of that is not known.

Words that the terminal shows too stand here.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from crossline import wording
from crossline.pages.apps import deciding, how, led, stands, whose
from crossline.pages.citing import source
from crossline.pages.lines import page_of, state_key
from crossline.pages.picturing import share_bar
from crossline.pages.rulings import rulings
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crossline.pages import Anchors

WHERE: Final = (
    "A landing's state is where it stands. The states of an owner or a builder are those of who the world says that it "
    "is. A course is as a map draws it, which is not where the cable lies."
)
ROLES: Final = {"landing": "where it lands", "owner": "its owners", "builder": "its builder",
                "terminal": "its terminal equipment", "applicant": "who applies for it"}  # fmt: skip
TOGETHER: Final = {"owner": "Whose cables: states behind their owners", "builder": "States behind their builders",
                   "terminal": "States behind makers of terminal equipment"}  # fmt: skip
STANDING: Final = {"owners": "Owners", "builders": "Built by", "terminals": "Terminal equipment",
                   "applicants": "Applicants"}  # fmt: skip
_STATUS: Final = {"in-service": "in service", "planned": "planned", "retired": "retired"}
_AS: Final = {"landing": "where it lands", "owner": "as owner", "builder": "as builder",
              "terminal": "as maker of terminal equipment", "applicant": "as applicant"}  # fmt: skip
_YEAR_DAYS: Final = 365  # a map that is older says so
_NOUNS: Final = {"owner": "owner", "builder": "builder", "terminal": "maker of terminal equipment"}
_A: Final = {"owner": "an owner", "builder": "a builder"}
_FEW: Final = 3
_SOME: Final = 6


def joined(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the cables that are described, each with what the report tells of its owners and landing points once."""
    known = told.get("whose") or {}
    names = {spot.get("asset"): spot.get("name") for spot in told.get("landing_points") or ()}
    for cable in told.get("described") or ():
        parties = {
            role: [
                {**(known.get(f"{one.get('type')}:{one.get('value')}") or {}), **one} for one in cable.get(role) or ()
            ]
            for role in STANDING
        }
        landings = [{"name": names.get(at.get("asset")), **at} for at in cable.get("landings") or ()]
        yield {**cable, **parties, "landings": landings}


def keyed(told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each cable with a key of its own: its asset's id, with a number where several files have the same."""
    seen: dict[str, int] = {}
    for cable in joined(told):
        asset = str(cable.get("asset") or "").removeprefix("cable:")
        seen[asset] = seen.get(asset, 0) + 1
        yield (asset if seen[asset] == 1 else f"{asset} {seen[asset]}"), cable


def with_pages(told: Mapping[str, Any], most: int, least: int) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the cables that get a page, with their keys: all with a violation or an unknown, at most ``most``.

    Where these are fewer than ``least``, cables with the next verdicts fill them up.
    """
    every = list(keyed(told))
    grave = sum(cable.get("worst") in ("violation", "unknown") for _, cable in every)
    return every[: min(max(grave, least), most)]


def titled(cable: Mapping[str, Any], limit: int = 80) -> str:
    """Return what a cable is called."""
    return visible(str(cable.get("name") or cable.get("asset") or "a cable"), limit)


def edition(header: Mapping[str, Any]) -> str:
    """Say of which day the map is, where that is more than a year before the day that is asked about."""
    days = sorted(
        date.fromisoformat(str(cable["observed_at"])[:10])
        for cable in (header.get("cables") or {}).get("described") or ()
        if _is_day(cable.get("observed_at"))
    )
    if not days or not _is_day(header.get("as_of")):
        return ""
    as_of = date.fromisoformat(str(header["as_of"])[:10])
    old = [day for day in days if (as_of - day).days > _YEAR_DAYS]
    if not old:
        return ""
    of_days = f"map of {old[0]}" if old[0] == old[-1] else f"maps of {old[0]} to {old[-1]}"
    some = f", for {len(old):,} of {plural(len(days), 'cable')}" if len(old) < len(days) else ""
    return f"{of_days}, {(as_of - old[-1]).days / 365.25:.1f} years before {as_of}{some}"


def _is_day(said: object) -> bool:
    try:
        date.fromisoformat(str(said)[:10])
    except ValueError:
        return False
    return True


def facts(cable: Mapping[str, Any]) -> list[str]:
    """Return what a map says of a cable as short phrases; what it does not state is left out."""
    status, year = cable.get("status"), cable.get("ready_year")
    told = [_STATUS.get(str(status), visible(str(status), 20))] if status else []
    if year is not None:
        told.append(f"ready for service {int(year)}")
    for key, unit in (("length_km", "km"), ("capacity_tbps", "Tbit/s")):
        if cable.get(key) is not None:
            told.append(f"{float(cable[key]):,.10g} {unit}")
    return told


def named(entry: Mapping[str, Any]) -> str:
    """Return the name that a file has of an owner or a builder."""
    return visible(str(entry.get("name") or entry.get("value") or ""), 120)


def share(entry: Mapping[str, Any]) -> str:
    """Return the share of an owner where it is known."""
    least, most = entry.get("share_min"), entry.get("share_max")
    if least is None and most is None:
        return ""
    return f"{least:g} %" if least == most else f"{least or 0:g} to {100 if most is None else most:g} %"


def landing_states(cable: Mapping[str, Any], limit: int = 12) -> str:
    """Return the codes of the states that a cable lands in."""
    codes = [visible(str(code), 12) for code in cable.get("landing_states") or ()]
    return ", ".join(codes[:limit]) + (f" and {len(codes) - limit} more" if len(codes) > limit else "") or "not known"


def owners(entries: Sequence[Mapping[str, Any]], count: int, limit: int = 3) -> str:
    """Return who stands behind the first few owners or builders, with their states, and how many more there are."""
    told = []
    for entry in entries[:limit]:
        known = entry.get("owner")
        name = whose(entry) if known else f"{visible(named(entry), 60)} (nobody known)"
        told.append(f"{name}, {stands(entry.get('states') or ())}" if known and entry.get("states") else name)
    more = count - len(told)
    return "; ".join(told) + (f"; and {more:,} more" if more > 0 and told else "")


def outline(cable: Mapping[str, Any]) -> str:
    """Say of a cable where it lands, whose it is, who built it and which rules it violates, on one line."""
    told = [f"lands in {landing_states(cable)}"]
    for role, verb in (("owner", "owned by"), ("builder", "built by"), ("terminal", "terminal equipment of")):
        entries = list(cable.get(f"{role}s") or ())
        if entries:
            told.append(f"{verb} {owners(entries, int(cable.get(f'{role}_count') or 0))}")
        elif role != "terminal":
            told.append(f"{verb} nobody known")
    rules = [f"{visible(str(item.get('rule')), 60)} ({decider(item, cable)})" for item in cable.get("violations") or ()]
    if rules:
        told.append(f"violates {', '.join(rules[:_SOME])}")
    return "; ".join(told)


def decided(item: Mapping[str, Any], cable: Mapping[str, Any]) -> str:
    """Return who or what decided that a cable violates a rule, by name and role where these are known."""
    role = _AS.get(str(item.get("role")))
    return ", ".join(part for part in (decider(item, cable), role) if part)


def decider(item: Mapping[str, Any], cable: Mapping[str, Any]) -> str:
    """Return who or what decided that a cable violates a rule, by name where that is known."""
    key = str(item.get("identifier") or "")
    entries = (entry for role in STANDING for entry in cable.get(role) or ())
    behind = next((e for e in entries if f"{e.get('type')}:{e.get('value')}" == key and e.get("owner")), None)
    if behind:
        return whose(behind)
    landed = (
        str(at.get("name")) for at in cable.get("landings") or () if at.get("asset") and f"asset:{at['asset']}" == key
    )
    name = next(landed, None)
    return visible(name, 90) if name else wording.identifier(key)


def counted(summary: Mapping[str, Any], left_out: int = 0, limit: int = 8) -> list[tuple[str, str]]:
    """Count all cables by verdict and by state, each with a title; ``left_out`` with a violation are not told."""
    worst = summary.get("worst") or {}
    landing = []
    for row in islice(summary.get("landing_states") or (), limit):
        violation = int(row.get("violation") or 0)
        of_these = f" ({violation:,} with a violation)" if violation else ""
        landing.append(f"{visible(str(row.get('state')), 12)} {int(row['cables']):,}{of_these}")
    told = [
        ("", f"and {left_out:,} more with a violation" if left_out > 0 else ""),
        ("gravest verdict", ", ".join(f"{word} {int(worst[word]):,}" for word in worst if worst[word])),
        ("by state of landing", ", ".join(landing)),
    ]
    for role in ("owner", "builder"):
        rows = [row for row in summary.get("states") or () if (row.get("role"), row.get("as")) == (role, "in-control")]
        said = ", ".join(f"{visible(str(row.get('state')), 12)} {int(row['cables']):,}" for row in rows[:limit])
        told.append((f"by state that controls {_A[role]}", said))
    told += [
        ("not seen", f"{plural(int(item['cables']), 'cable')}: {unseen(item)}")
        for item in islice(summary.get("unseen") or (), _FEW)
    ]
    return [(title, said) for title, said in told if said]


def unseen(item: Mapping[str, Any]) -> str:
    """Say which role was not seen whole, and why."""
    role = str(item.get("role") or "")
    return f"{ROLES.get(role, visible(role, 20))}: {visible(str(item.get('reason') or ''), 300)}"


def cable_page(  # noqa: PLR0913 - what the whole report knows
    key: str, cable: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors, rows: int, *, brief: bool = False
) -> dict[str, Any]:
    """Return what the page of a cable shows, at most ``rows`` rows of a table; ``brief`` is a row of the catalogue."""
    counts = {verdict: int((cable.get("verdicts") or {}).get(verdict) or 0) for verdict in wording.VERDICT_ORDER}
    row = {
        "id": anchors.of("cable", key),
        "name": titled(cable),
        "worst": cable.get("worst") if cable.get("worst") in wording.VERDICT_ORDER else None,
        "facts": facts(cable),
        "codes": [_state(code, anchors) for code in islice(cable.get("landing_states") or (), _SOME)],
        "code_count": len(cable.get("landing_states") or ()),
        "owners": _names(cable, "owner"),
        "builders": _names(cable, "builder"),
        "counts": counts,
    }
    if brief:
        return row
    return row | {
        "about": [visible(str(cable[name]), 160) for name in ("file", "locator", "observed_at") if cable.get(name)],
        "landing_count": int(cable.get("landing_count") or 0),
        "landings": _landings(cable, anchors, 4 * rows),
        "standing": [
            {
                "title": title,
                "count": int(cable.get(f"{plural_role[:-1]}_count") or 0),
                "entries": [
                    _entry(entry, header, anchors) | {"evidence": _elsewhere(entry, cable)}
                    for entry in list(cable.get(plural_role) or ())[:rows]
                ],
            }
            for plural_role, title in STANDING.items()
        ],
        "states": [
            _state(row.get("state"), anchors)
            | {"as": how(row), "of": ", ".join(
                plural(int(row[f"{role}s"]), noun) for role, noun in _NOUNS.items() if row.get(f"{role}s"))}
            for row in list(cable.get("states") or ())[:rows]
        ],
        **rulings(cable, "cable", header, anchors, rows, decider=lambda item: decided(item, cable)),
        "unseen": [_unseen(item) for item in list(cable.get("unseen") or ())[:rows]],
    }  # fmt: skip


def _state(code: object, anchors: Anchors) -> dict[str, Any]:
    return {"code": visible(str(code or "?"), 12), "page": anchors.of("state", state_key(str(code)))}


def _names(cable: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Return who stands behind the first few of a role, by the name of the file where nobody is known."""
    entries = list(cable.get(f"{role}s") or ())
    names = [whose(one) if one.get("owner") else visible(named(one), 60) for one in entries]
    first = list(dict.fromkeys(names))[:_FEW]
    return {"first": first, "more": max(int(cable.get(f"{role}_count") or 0) - len(first), 0)}


def _landings(cable: Mapping[str, Any], anchors: Anchors, most: int) -> list[dict[str, Any]]:
    """Return the landings together by state."""
    by_state: dict[str, list[str]] = {}
    for landing in list(cable.get("landings") or ())[:most]:
        by_state.setdefault(str(landing.get("state") or ""), []).append(visible(str(landing.get("name") or ""), 90))
    return [
        {"state": _state(code, anchors) if code else None, "names": names}
        for code, names in sorted(by_state.items(), key=lambda pair: (not pair[0], pair[0]))
    ]


def _entry(entry: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    words = [{"said": "leads to this party", "source": source(header, key)} for key in entry.get("said_by") or ()]
    for row in entry.get("states") or ():
        if row.get("as") in ("incorporated", "seat") and row.get("source"):
            said = f"says: {stands([row])}"
            words.append({"said": said, "source": source(header, row["source"])})
        elif why := deciding(row):
            words.append({"said": why, "source": source(header, row["source"])})
    for claim in entry.get("claims") or ():
        called = f"calls it “{visible(str(claim['name']), 120)}”" if claim.get("name") else "names nobody"
        where = f", registered in {visible(str(claim['registered']), 12)}" if claim.get("registered") else ""
        words.append({"said": called + where, "source": source(header, claim.get("source"))})
    return {
        "name": named(entry),
        "share": share(entry),
        "type": visible(str(entry.get("type") or ""), 20),
        "owner": whose(entry),
        "known": bool(entry.get("owner")),
        "party": led(entry),
        "page": page_of(anchors, entry.get("party")),
        "states": stands(entry.get("states") or ()),
        "stated": bool(entry.get("states")),
        "words": words[:_SOME],
    }


def _elsewhere(entry: Mapping[str, Any], cable: Mapping[str, Any]) -> str:
    """Return where a tie was read, unless that is where its cable was."""
    where = entry.get("locator")
    return visible(str(where), 160) if where and where != cable.get("locator") else ""


def _unseen(item: Mapping[str, Any]) -> dict[str, Any]:
    role = str(item.get("role") or "")
    return {"what": ROLES.get(role, visible(role, 20)), "reason": visible(str(item.get("reason") or ""), 300)}


def catalogue(header: Mapping[str, Any], anchors: Anchors, rows: int) -> dict[str, Any] | None:
    """Return what the page of all cables shows, or None where the report tells of none."""
    told = header.get("cables") or {}
    if not told.get("count"):
        return None
    summary, total = told.get("summary") or {}, int(told["count"])
    every = list(keyed(told))
    return {
        "count": total,
        "points": int(told.get("landing_point_count") or 0),
        "statuses": [
            f"{int(row['cables']):,} {_STATUS.get(str(row.get('status')), 'of unknown status')}"
            for row in summary.get("statuses") or ()
        ],
        "edition": edition(header),
        "violating": int((summary.get("worst") or {}).get("violation") or 0),
        "tables": [_listed(word, every, summary, header, anchors, rows) for word in ("violation", "unknown", "")],
        "landing": [_bar(row, total, anchors) for row in islice(summary.get("landing_states") or (), rows)],
        "landing_count": int(summary.get("landing_state_count") or 0),
        "parts": [
            {"title": title,
             "rows": [_bar(row, total, anchors)
                      for row in [it for it in summary.get("states") or () if it.get("role") == role][: min(rows, 20)]]}
            for role, title in TOGETHER.items()
        ],
        "unseen": [
            _unseen(item)
            | {"cables": int(item["cables"]),
               "bar": share_bar(100 * int(item["cables"]) / total, f"{item['cables']:,} of {total:,} cables")}
            for item in islice(summary.get("unseen") or (), rows)
        ],
    }  # fmt: skip


def _listed(  # noqa: PLR0913, PLR0917 - what the whole report knows
    word: str, every: Iterable[tuple[str, Mapping[str, Any]]], summary: Mapping[str, Any],
    header: Mapping[str, Any], anchors: Anchors, rows: int,
) -> dict[str, Any]:  # fmt: skip
    grave = ("violation", "unknown")
    worst = {key: int(count or 0) for key, count in (summary.get("worst") or {}).items()}
    mine = islice(
        (pair for pair in every
         if (pair[1].get("worst") == word if word else pair[1].get("worst") not in grave)), rows
    )  # fmt: skip
    graver = sum(worst.get(each, 0) for each in grave)
    title = {"violation": "With a violation", "unknown": "To be decided"}.get(word, "All others" if graver else "All")
    return {
        "worst": word,
        "title": title,
        "count": worst.get(word, 0) if word else int((header.get("cables") or {}).get("count") or 0) - graver,
        "rows": [cable_page(key, cable, header, anchors, rows, brief=True) for key, cable in mine],
    }


def _bar(row: Mapping[str, Any], total: int, anchors: Anchors) -> dict[str, Any]:
    """Return a row of a table of bars: how many of all cables, and within these those with a violation."""
    cables, violation = int(row.get("cables") or 0), int(row.get("violation") or 0)
    state = _state(row.get("state"), anchors)
    share = 100 * cables / max(total, 1)
    label = f"{state['code']}: {cables:,} of {plural(total, 'cable')}, {violation:,} with a violation"
    inner = 100 * violation / max(total, 1) if violation else None
    about = [how(row)] if row.get("as") else []
    about += [f"{violation:,} with a violation"] if violation else []
    return {"name": state["code"], "page": state["page"], "how": ", ".join(about), "assets": cables, "share": share,
            "bar": share_bar(share, label, inner)}  # fmt: skip

"""A page for a catalogue of apps, and one for each app: what is in it, whose it is, and where that was read.

Words that the terminal shows too stand here: who an owner is, and how a state stands behind it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from crossline import wording
from crossline.pages.citing import brief, source
from crossline.pages.lines import page_of, state_key
from crossline.pages.picturing import share_bar
from crossline.pages.rulings import rulings
from crossline.pages.standing import ADDRESS, answered, behind, called, evidence, on_map, placed, sampled, state_name
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crossline.pages import Anchors

PAGES: Final = 40  # apps that have a page of their own at most
NOBODY: Final = "nobody known"
WHERE: Final = (
    "Where a host stands is not known from its name: the states are those of whoever owns the name, as the world or a "
    "registry says."
)
ROLES: Final = {"embeds": "code it carries", "contacts": "hosts it names", "publisher": "its publisher",
                "signer": "its signer", "distributor": "who hands it out", "host": "where its hosts stand"}  # fmt: skip
TOGETHER: Final = {"embeds": "Code that apps carry", "contacts": "Hosts that apps name",
                   "publisher": "Who publishes them", "distributor": "Who hands them out"}  # fmt: skip
NOUNS: Final = {"embeds": ("library", "libraries"), "contacts": ("host", "hosts")}
COLUMNS: Final = {
    "permissions": "Permissions",
    "anti_features": "What the store says against them",
    "source_host": "Where the source code lies",
    "licence": "Licence",
    "packed": "Packed with",
}
# How a state stands behind something: before its code, and after it.
_STANDS: Final = {"in-control": ("controlled from", "controlled from there"),
                  "seat": ("head office in", "head office there"),
                  "incorporated": ("incorporated in", "incorporated there"),
                  "registered": ("registered in", "registered there"),
                  ADDRESS: ("address registered in", "its address registered there")}  # fmt: skip
_LISTS: Final = {"permissions": "Permissions", "native_libraries": "Native libraries",
                 "referenced_libraries": "Libraries that it refers to and does not define",
                 "anti_features": "What the store says against it"}  # fmt: skip
_STANDING: Final = {"publishers": "Publisher", "signers": "Signer", "distributors": "Handed out by"}
_FEW: Final = 3


def whose(entry: Mapping[str, Any]) -> str:
    """Say who stands behind a library, a host or a name: a party, a registry's word for it, or nobody known."""
    names = [str(entry.get("owner") or NOBODY)]
    if not led(entry):
        names += [str(claim["name"]) for claim in entry.get("claims") or () if claim.get("name")]
    return " or ".join(visible(name, 90) for name in list(dict.fromkeys(names))[:_FEW])


def led(entry: Mapping[str, Any]) -> bool:
    """Return whether the world leads to a party, or to several, rather than a registry to a name."""
    return bool(entry.get("party") or entry.get("said_by"))


def owned(entry: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """Say who stands behind something, in which states, and on whose word where no party is known."""
    if not entry.get("owner"):
        return NOBODY
    sources = dict.fromkeys(str(claim.get("source")) for claim in entry.get("claims") or () if claim.get("name"))
    said = " and ".join(brief(header, key) for key in islice(sources, _FEW))
    word = "" if led(entry) else f" (says {said})"
    return f"{whose(entry)}{word}, {stands(entry.get('states') or ())}"


def _rest(entry: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    return owned(entry, header).removeprefix(whose(entry)).strip(", ")


def stands(states: Iterable[Mapping[str, Any]]) -> str:
    """Say in which states an owner stands: ``controlled from CN (HK counts under it), incorporated in KY and VG``."""
    ways: dict[str, list[str]] = {}
    for row in states:
        codes = ways.setdefault(_way(row), [])
        code = _code(row) + (f" ({covers})" if (covers := _covers(row)) else "")
        if code not in codes:
            codes.append(code)
    told = [f"{way} {' and '.join(codes[:_FEW])}" + (f" and {len(codes) - _FEW} more" if len(codes) > _FEW else "")
            for way, codes in ways.items()]  # fmt: skip
    return ", ".join(told) or "state not known"


def deciding(row: Mapping[str, Any]) -> str | None:
    """Say what a source decides that states what puts a state in control, under which regime's doctrine."""
    if row.get("as") != "in-control" or not row.get("source"):
        return None
    return f"states what decides by the doctrine of {visible(str(row.get('doctrine') or '?'), 60)}: {stands([row])}"


def stated(row: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
    """Say how much of an app stands with a state in one way: ``incorporated in KY (…): 2 libraries, 1 host``."""
    counts = (("libraries", "library", "libraries"), ("hosts", "host", "hosts"))
    told = [plural(int(row[key]), one, many) for key, one, many in counts if row.get(key)]
    return f"{placed_in(row, header)}: {', '.join(told)}"


def placed_in(row: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
    """Say how a state stands behind something, with its name: ``controlled from CN (China; HK counts under it)``."""
    known = [part for part in (state_name(header, row.get("state")), _covers(row)) if part]
    return f"{_way(row)} {_code(row)}" + (f" ({'; '.join(known)})" if known else "")


def by_way(states: Iterable[Mapping[str, Any]], header: Mapping[str, Any], limit: int = 6) -> list[str]:
    """Count apps by state, a text for each way: ``controlled from: CN China 2 (HK counts under it), US 1``."""
    ways: dict[str, list[str]] = {}
    for row in states:
        covers = f" ({covers})" if (covers := _covers(row)) else ""
        ways.setdefault(_way(row), []).append(f"{called(header, row.get('state'))} {int(row['apps']):,}{covers}")
    return [f"{way}: {', '.join(said[:limit])}" + (f" and {len(said) - limit} more" if len(said) > limit else "")
            for way, said in ways.items()]  # fmt: skip


def how(row: Mapping[str, Any]) -> str:
    """Say how a state stands behind something, after its code."""
    way = str(row.get("as") or "")
    word = _STANDS[way][1] if way in _STANDS else visible(way, 20)
    return f"{word}; {covers}" if (covers := _covers(row)) else word


def _way(row: Mapping[str, Any]) -> str:
    way = str(row.get("as") or "")
    return _STANDS[way][0] if way in _STANDS else visible(way, 20)


def _code(row: Mapping[str, Any]) -> str:
    return visible(str(row.get("state") or "?"), 12)


def _covers(row: Mapping[str, Any]) -> str:
    """Say which codes count under a state in the regime asked about, where it stands behind something by these."""
    codes = [visible(str(code), 12) for code in islice(row.get("covered") or (), _FEW)]
    return f"{' and '.join(codes)} {'counts' if len(codes) == 1 else 'count'} under it" if codes else ""


def unlooked(app: Mapping[str, Any], role: str) -> str | None:
    """Say why nobody looked for code or for hosts in an app; None where somebody did."""
    count = app.get("library_count") if role == "embeds" else (app.get("hosts") or {}).get("count")
    if count is not None:
        return None
    reasons = (item.get("reason") for item in app.get("unseen") or () if item.get("role") == role)
    return visible(str(next(reasons, None) or "not seen"), 300)


def unseen(items: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Say what could not be seen, and why: what has one reason stands together."""
    told: dict[str, list[str]] = {}
    for item in items:
        role = str(item.get("role") or "")
        told.setdefault(visible(str(item.get("reason") or ""), 300), []).append(ROLES.get(role, visible(role, 20)))
    return [(", ".join(dict.fromkeys(what)), why) for why, what in told.items()]


def titled(app: Mapping[str, Any], limit: int = 80) -> str:
    """Return what an app is called, with its version where that is known."""
    name, version = visible(str(app.get("name") or app.get("asset") or "an app"), limit), app.get("version")
    return f"{name} {visible(str(version), 24)}" if version else name


def packer(app: Mapping[str, Any]) -> str:
    """Return what an app is packed with; empty where nothing shows a packer, though code may be missing."""
    return "" if app.get("packed") in (None, "unnamed") else visible(str(app["packed"]), 40)


def facts(app: Mapping[str, Any]) -> list[str]:
    """Return counts of an app as short phrases; what is not stated is left out."""
    told = []
    if packer(app):
        told.append(f"packed with {packer(app)}: its own code is not to be seen")
    elif app.get("packed"):
        told.append("some of its code is not in the package")
    for key, one, many in (
        ("permissions_count", "permission", "permissions"),
        ("native_libraries_count", "native library", "native libraries"),
        ("defined_classes", "class defined", "classes defined"),
    ):
        if app.get(key) is not None:
            told.append(plural(int(app[key]), one, many))
    return told


def keyed(described: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each app with a key of its own: its asset's id, with a number where several files have the same app."""
    seen: dict[str, int] = {}
    for app in described:
        asset = str(app.get("asset") or "")
        seen[asset] = seen.get(asset, 0) + 1
        yield (asset if seen[asset] == 1 else f"{asset} {seen[asset]}"), app


def app_page(
    key: str, app: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors, rows: int
) -> dict[str, Any]:
    """Return what the page of an app shows, at most ``rows`` rows of a table."""
    hosts = app.get("hosts") or {}
    count, owned = int(hosts.get("count") or 0), list(hosts.get("owners") or ())
    libraries = list(app.get("libraries") or ())
    return {
        "id": anchors.of("app", key),
        "name": titled(app),
        "package": app.get("package"),
        "file": visible(str(app.get("file") or ""), 160),
        "about": [visible(str(app[name]), 160) for name in ("package", "file", "observed_at") if app.get(name)],
        "facts": [fact[:1].upper() + fact[1:] if not place else fact for place, fact in enumerate(facts(app))],
        "packed": bool(packer(app)),
        "library_count": int(app.get("library_count") or 0),
        "code_unseen": unlooked(app, "embeds"),
        "hosts_unseen": unlooked(app, "contacts"),
        "libraries": [_entry(entry, header, anchors) for entry in libraries[:rows]],
        "whose": _names(libraries),
        "host_count": count,
        "unowned": int(hosts.get("unowned") or 0),
        "owner_count": int(hosts.get("owner_count") or 0),
        "owners": [
            _entry(entry, header, anchors) | _counted(entry, count, rows) for entry in owned[:rows]
        ],
        "host_names": _names(owned),
        "samples": [_host(host) for host in list(hosts.get("samples") or ())[:rows]],
        "states": _states(behind(app), header, anchors)[:rows],
        "answered": answered(app),
        "unplaced": bool(hosts.get("answered")) and not (placed(app) or hosts.get("networks")),
        "placed": on_map(app, header, anchors, rows),
        "networks": [
            _entry(entry, header, anchors) | _on_network(entry, count, rows)
            for entry in list(hosts.get("networks") or ())[:rows]
        ],
        "codes": _codes(app.get("states") or (), anchors),
        "standing": [
            {"title": title, "entries": [_entry(entry, header, anchors) for entry in list(app.get(key) or ())[:rows]]}
            for key, title in _STANDING.items()
        ],
        "publisher": _names(app.get("publishers") or ()),
        "lists": [
            {"title": title, "count": int(app[f"{name}_count"]),
             "items": [visible(str(item), 160) for item in list(app.get(name) or ())[: 4 * rows]]}
            for name, title in _LISTS.items() if app.get(f"{name}_count")
        ],
        "unseen": [{"what": what, "reason": why} for what, why in unseen(app.get("unseen") or ())],
        "counts": {verdict: int((app.get("verdicts") or {}).get(verdict) or 0) for verdict in wording.VERDICT_ORDER},
        **rulings(app, "app", header, anchors, rows, decider=lambda item: decided(item, header)),
    }  # fmt: skip


def _entry(entry: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    claims = [
        {"said": _claim(claim, entry), "source": source(header, claim.get("source"))}
        for claim in entry.get("claims") or ()
    ]
    parties = [{"said": "leads to this party", "source": source(header, key)} for key in entry.get("said_by") or ()]
    homes = [
        {"said": f"says: {stands([row])}", "source": source(header, row["source"])}
        for row in entry.get("states") or ()
        if row.get("as") in ("incorporated", "seat") and row.get("source")
    ]
    homes += [{"said": why, "source": source(header, row["source"])}
              for row in entry.get("states") or () if (why := deciding(row))]  # fmt: skip
    says = dict.fromkeys(str(claim.get("source")) for claim in entry.get("claims") or () if claim.get("name"))
    return {
        "name": visible(str(entry.get("value") or ""), 120),
        "type": visible(str(entry.get("type") or ""), 20),
        "basis": entry.get("basis"),
        "owner": whose(entry),
        "known": bool(entry.get("owner")),
        "party": led(entry),
        "says": " and ".join(brief(header, key) for key in islice(says, _FEW)),
        "page": page_of(anchors, entry.get("party")),
        "states": stands(entry.get("states") or ()),
        "stated": bool(entry.get("states")),
        "words": (parties + homes + claims)[:6],
        "evidence": evidence(entry),
    }


def _claim(claim: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    where = f", registered in {visible(str(claim['registered']), 12)}" if claim.get("registered") else ""
    if claim.get("name") == entry.get("owner"):
        return "calls it so" + where
    return (f"calls it “{visible(str(claim['name']), 120)}”" if claim.get("name") else "names nobody") + where


def _counted(entry: Mapping[str, Any], total: int, rows: int) -> dict[str, Any]:
    """Return how many of an app's hosts are an owner's, and some of them."""
    count = int(entry["count"])
    bar = share_bar(100 * count / max(total, 1), f"{whose(entry)}: {count:,} of {plural(total, 'host')}")
    return {"count": count, "hosts": [_host(host) for host in list(entry.get("hosts") or ())[:rows]], "bar": bar}


def _on_network(entry: Mapping[str, Any], total: int, rows: int) -> dict[str, Any]:
    network = visible(str(entry.get("network") or ""), 60)
    sample = {"sample": sampled(entry), "evidence": evidence(entry.get("sample") or {})}
    return _counted({**entry, "hosts": ()}, total, rows) | sample | {"network": network}


def _host(host: Mapping[str, Any]) -> dict[str, str]:
    also = [f"{claim.get('name') or 'no name'} ({claim.get('source')})" for claim in host.get("also") or ()]
    return {
        "name": visible(str(host.get("value") or ""), 120),
        "evidence": evidence(host),
        "also": visible(", ".join(also), 200),
    }


def _names(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first few distinct owners, and how many more there are."""
    names = list(dict.fromkeys(whose(entry) for entry in entries if entry.get("owner")))
    return {"first": names[:_FEW], "more": max(len(names) - _FEW, 0)}


def _states(rows: Iterable[Mapping[str, Any]], header: Mapping[str, Any], anchors: Anchors) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [
        {
            "code": called(header, row.get("state")),
            "page": anchors.of("state", state_key(str(row.get("state")))),
            "as": how(row),
            "said": placed_in(row, header),
            "libraries": int(row.get("libraries") or 0),
            "hosts": int(row.get("hosts") or 0),
        }
        for row in rows
    ]
    most = max((row["libraries"] + row["hosts"] for row in listed), default=1)
    for row in listed:
        both, inner = row["libraries"] + row["hosts"], row["libraries"]
        label = f"{row['said']}: {plural(inner, 'library', 'libraries')}, {plural(row['hosts'], 'host')}"
        row["bar"] = share_bar(100 * both / most, label, 100 * inner / most)
    return listed


def _codes(rows: Iterable[Mapping[str, Any]], anchors: Anchors) -> list[dict[str, Any]]:
    codes = list(dict.fromkeys(str(row.get("state") or "?") for row in rows if row.get("as") == "in-control"))
    return [{"code": visible(code, 12), "page": anchors.of("state", state_key(code))} for code in codes[:6]]


def decided(item: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """Return who or what decided that an app violates a rule: the identifier, and the party that it leads to."""
    key, party = str(item.get("identifier") or ""), item.get("party")
    name = next((told.get("name") for told in header.get("parties") or () if told.get("id") == party), party)
    said = (wording.identifier(key) if key else "", visible(str(name or ""), 90))
    return ", ".join(part for part in said if part)


def catalogue(header: Mapping[str, Any], anchors: Anchors, rows: int) -> dict[str, Any] | None:
    """Return what the page of all apps shows, or None where the report tells of none."""
    told = header.get("apps") or {}
    if not told.get("count"):
        return None
    summary, total = told.get("summary") or {}, int(told["count"])
    parts = {str(part.get("role")): part for part in summary.get("roles") or ()}
    together = summary.get("standing") or {}
    return {
        "count": total,
        "packed": int(summary.get("packed") or 0),
        "code_missing": int(summary.get("code_missing") or 0),
        "parts": [_part(parts[role], header, anchors, rows, total) for role in TOGETHER if role in parts],
        "answered": answered({"hosts": {"answered": together.get("answered"), "count": together.get("hosts")}}),
        "placed": [
            _bar(entry, total, called(header, entry["state"]), anchors.of("state", state_key(entry["state"])),
                 plural(int(entry["hosts"]), "host"))
            for entry in islice(together.get("states") or (), rows)
        ],
        "columns": [_column(column, rows, total) for column in summary.get("columns") or ()],
        "unseen": [
            dict(zip(("what", "reason"), unseen([item])[0], strict=True))
            | {"apps": int(item["apps"]),
               "bar": share_bar(100 * int(item["apps"]) / total, f"{item['apps']:,} of {total:,} apps")}
            for item in islice(summary.get("unseen") or (), rows)
        ],
    }  # fmt: skip


def _bar(entry: Mapping[str, Any], total: int, name: str, page: str | None, about: str) -> dict[str, Any]:
    """Return a row of a table of bars: how many of all apps."""
    apps, share = int(entry["apps"]), float(entry["share_pct"])
    bar = share_bar(share, f"{name}: {apps:,} of {plural(total, 'app')}")
    return {"name": name, "page": page, "how": about, "assets": apps, "share": share, "bar": bar}


def _column(column: Mapping[str, Any], rows: int, total: int) -> dict[str, Any]:
    values = list(column.get("values") or ())[:rows]
    name = str(column.get("column"))
    return {
        "title": COLUMNS.get(name, visible(name, 40)),
        "stated": int(column.get("stated") or 0),
        "rows": [_bar(value, total, visible(str(value.get("value")), 70), None, "") for value in values],
        "left_out": max(int(column.get("distinct") or 0) - len(values), 0),
    }


def looked_into(part: Mapping[str, Any], total: int) -> str:
    """Say in how many apps somebody looked for something, where that is not all of them."""
    looked = part.get("looked_into")
    if looked is None or looked == total or str(part.get("role")) not in NOUNS:
        return ""
    return (
        f"looked for in {int(looked):,} of {plural(total, 'app')}"
        if looked
        else f"not looked for in any of {plural(total, 'app')}"
    )


def _part(
    part: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors, rows: int, total: int
) -> dict[str, Any]:
    owners = [
        _bar(entry, total, whose(entry), page_of(anchors, entry.get("party")), _rest(entry, header))
        for entry in islice(part.get("owners") or (), rows)
    ]  # fmt: skip
    most = [
        _bar(entry, total, visible(str(entry.get("value")), 70), None, whose(entry))
        for entry in islice(part.get("most") or (), rows)
    ]
    states = [
        _bar(entry, total, called(header, entry["state"]), anchors.of("state", state_key(entry["state"])), how(entry))
        for entry in islice(part.get("states") or (), rows)
    ]  # fmt: skip
    noun = NOUNS.get(str(part.get("role")), ("identifier", "identifiers"))
    counts = {name: int(part.get(name) or 0) for name in ("apps", "identifiers", "unowned", "owner_count")}
    looked = part.get("looked_into")
    return {
        "told": len(part.get("owners") or ()),
        "role": visible(str(part.get("role")), 20),
        "title": TOGETHER.get(str(part.get("role")), ""),
        "noun": noun,
        "owners": owners,
        "most": most,
        "states": states,
        "states_left": len(part.get("states") or ()) - len(states),
        "looked": looked_into(part, total),
        "unseen": looked == 0 and not counts["identifiers"],
        **counts,
    }

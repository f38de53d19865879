"""The words that reports use. The subject of a sentence is the user's asset, never the party."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

# How an asset depends on somebody, as a verb: one for each of crossline.kinds.ROLES.
VERBS: Final = {
    "operator": "is run by",
    "owner": "is owned, in whole or in part, by",
    "neighbour": "has as its neighbour",
    "transit": "is announced through",
    "origin": "is announced as ending at",
    "hop": "was seen to cross",
    "vendor": "is made by",
    "builder": "was built by",
    "terminal": "ends on equipment of",
    "publisher": "is published by",
    "signer": "is signed by",
    "embeds": "carries code of",
    "contacts": "contacts",
    "distributor": "is offered by",
    "host": "lies with",
    "landing": "lands at",
    "recipient": "is given to",
    "exporter": "is given away by",
    "demanded_by": "was demanded by",
    "device": "rests on",
    "part": "is shown in part by",
    "producer": "is produced by",
    "applicant": "is applied for by",
}
# A path's ties are those of what shows it: of a machine on it, of a line that is a part of it.
_PATH_VERBS: Final = {"vendor": "rests on equipment of", "operator": "has a line run by", "hop": "was seen to cross"}
# An app lies nowhere: what stands with somebody are the hosts that it names.
_APP_VERBS: Final = {"host": "names hosts that stand with"}
# Those in a role, as a person asks for them; a role without a word here is one itself ("publisher").
ROLE_NOUNS: Final = {
    "embeds": "library", "contacts": "host that is named", "terminal": "maker of terminal equipment",
    "hop": "network on the way", "transit": "network on the way", "origin": "network of origin", "vendor": "maker",
    "host": "address of a host", "landing": "landing point", "demanded_by": "body that asked for it",
}  # fmt: skip
# The order in which a report goes through the lines; others follow by name.
LINES: Final = ("carrier", "path", "store", "apps", "cloud", "cable", "data", "product")
# The order in which verdicts are shown: what asks for something to be done stands first.
VERDICT_ORDER: Final = ("violation", "unknown", "compliant", "exempt", "not-applicable")
SEVERITIES: Final = ("high", "medium", "low")
EFFECTS: Final = {
    "prohibition": "a prohibition",
    "restriction": "a restriction",
    "presumption": "a presumption",
    "aim": "an aim, not an obligation",
    "pledge": "a pledge, not an obligation",
}
# What each line asks, of whatever regime.
QUESTIONS: Final = {
    "carrier": "Whose network is connected, directly or along the path of a route?",
    "path": "Whose hops and equipment lie between two facilities?",
    "store": "Who publishes and signs an app, whose code does it carry, whom does it contact?",
    "apps": "In whose stores, and on whose devices, are our apps offered?",
    "cloud": "Where do data lie, run by whom, and answerable to whom?",
    "cable": "Who owns, builds and lands the cables, and whose equipment ends them?",
    "data": "Under whose law were data gathered, to whom are they given, and who asked for them?",
    "product": "Who supplies a product, and what is disclosed about it?",
    "coalition": "What do the members of a coalition hold each other to?",
}
EXPOSURES: Final = {
    "party": "Parties depended on",
    "state-controlled": "States that control a party depended on",
    "state-registered": "Countries the numbers or names are registered in (not where things are)",
}
# What steps name as their source when it was read from the user's own files.
OWN_FILES: Final = "estate"
_MANY: Final = 12  # AS numbers of ours that are spelt out
ANNOUNCEMENT: Final = "A route's path is what a neighbour announced; it is not proof of the way packets are forwarded."

WHOSE: Final = "the party it leads to"  # how :mod:`crossline.evaluate.reasons` begins on an identifier of nobody
READING: Final = "which reading decides"  # how :mod:`crossline.world.chains` begins where no fact does


def identifier(text: str | None) -> str:
    """Return an identifier as a person writes it: ``asn:4134`` as ``AS4134``, ``vendor:acme`` as ``vendor acme``."""
    if not text:
        return "-"
    kind, colon, value = text.partition(":")
    if not colon:
        return visible(text)
    if kind == "asn":
        return "AS" + visible(value)
    return visible(value) if kind in ("party", "state", "asset") else visible(f"{kind} {value}")


def written(key: str | None, names: Mapping[str, str] | None) -> str | None:
    """Return a maker's identifier as its file writes the name, by ``asset_names``: ``vendor:KDDI``."""
    called = (names or {}).get(key or "")
    return f"vendor:{called}" if called and str(key).startswith("vendor:") else key


def held(name: str | None, party: str | None) -> str:
    """Return the identifier with its holder, where one is known and says something new.

    An asset is called by its name alone. Of a maker the holder stands first, and alone where it bears that very name.
    """
    shown = identifier(name)
    holder = visible(party) if party else ""
    kind = (name or "").partition(":")[0]
    if holder and kind == "asset":
        return holder
    if holder and kind == "vendor" and holder != shown:
        value = visible((name or "").partition(":")[2])
        # Of one name in two writings the one with more capitals was not folded.
        same = holder.casefold() == value.casefold()
        return max(holder, value, key=lambda text: sum(map(str.isupper, text))) if same else f"{holder} ({shown})"
    return f"{shown} ({holder})" if holder and holder != shown else shown


def state(code: str, name: str | None) -> str:
    """Return how a state is called: by name and code, ``Cayman Islands (KY)``."""
    return f"{name} ({code})" if name and name != code else code


def dependence(name: str, key: str, kind: str | None, role: str | None) -> tuple[str, str]:
    """Return whom assets depend on, and which assets in which role, as two short texts."""
    is_state = key.isupper() and key.isalpha() and len(key) == 2  # parties' ids are in small letters
    shown = held(key, name) if ":" in key else state(key, visible(name)) if is_state else visible(name or key)
    return shown, ", as ".join(visible(word).replace("-", " ") for word in (kind, role) if word)


def sentence(kind: str, name: str, role: str | None, named: str | None, party: str | None) -> str:
    """Say how the asset depends on whom: ``route 192.0.2.0/24 is announced through AS4134 (China Telecom)``."""
    subject = visible(name)
    if not subject.lower().startswith(thing := visible(kind).replace("-", " ")):
        subject = f"{thing} {subject}"
    if not named and not party:
        return subject
    return f"{subject} {verb(kind, role)} {held(named, party) if named else visible(party or '')}"


def verb(kind: str, role: str | None) -> str:
    """Say how an asset of a kind depends on somebody in a role."""
    own = {"path": _PATH_VERBS, "app": _APP_VERBS}.get(kind, {})
    return own.get(role or "") or VERBS.get(role or "", f"depends, as {visible(role)}, on" if role else "depends on")


def as_sentence(text: str) -> str:
    """Begin a statement with a capital letter, unless its first word is an identifier, and end it with a full stop."""
    first = text.split(" ", 1)[0]
    return (text if re.search(r"[:./0-9]", first) else text[:1].upper() + text[1:]).rstrip(".") + "."


def standpoint(header: Mapping[str, Any]) -> str:
    """Say who "we" are; where nobody said so, that the question is hypothetical."""
    we = header.get("we") or {}
    if not we.get("hypothetical"):
        parts = [visible(str(party)) for party in we.get("parties") or ()]
        parts += ["in " + " and ".join(visible(str(state)) for state in we["states"])] if we.get("states") else []
        parts += ["with " + ", ".join(f"AS{visible(str(asn))}" for asn in we["asns"][:_MANY])] if we.get("asns") else []
        more = len(we.get("asns") or ()) - _MANY
        return "Who we are: " + (", ".join(parts) or "not stated") + (f" and {more:,} more" if more > 0 else "") + "."
    homes = {
        str(regime): str(parameters["home"])
        for regime, parameters in (header.get("parameters") or {}).items()
        if parameters.get("home")
    }
    if len(set(homes.values())) > 1:
        where = "each regime's home: " + ", ".join(f"{visible(home)} for {visible(key)}" for key, home in homes.items())
    else:
        states = list(dict.fromkeys(homes.values())) or [str(state) for state in we.get("states") or ()]
        where = ", ".join(visible(state) for state in states) or "the regime's home"
    return f"Hypothetical: no estate.yaml says who we are, so we are taken to be in {where}."


def unknown_line(unknown: int, judged: int) -> str:
    """Return the line that every audit ends with."""
    share = f" ({100 * unknown / judged:.1f} %)" if judged else ""
    return f"Unknown: {unknown:,} of {plural(judged, 'judgement')}{share}."


def percent(share: float | None) -> str:
    """Return a share in per cent to one place; of a little that is not nothing, that it is less."""
    if share is None:
        return ""
    return "< 0.1 %" if 0 < share < 0.05 else f"{share:.1f} %"


def citation(source: Mapping[str, Any] | None, key: str | None) -> str:
    """Return a source as title, issuer and date; the bare key where the report carries nothing of it."""
    if key == OWN_FILES:
        return "the estate's own files"
    if not key:
        return "follows from the tables of the world; no source says it in so many words"
    if not source:
        return f"{visible(key)} (not described in this report)"
    parts = [visible(str(source.get("title") or key), 200)]
    parts += [visible(str(source[name])) for name in ("issuer", "published") if source.get(name)]
    return ", ".join(parts)


def announces(row: Mapping[str, Any]) -> bool:
    """Return whether a row of the tally judged a route or a session, of which what is announced is known."""
    return row["kind"] in ("route", "session") and any(row[verdict] for verdict in VERDICT_ORDER)


def web_address(url: object) -> str | None:
    """Return an address if it is one of the web; anything else (``javascript:``, ``data:``) is no link."""
    if not isinstance(url, str) or len(url) > 2000 or visible(url, 2000) != url or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None

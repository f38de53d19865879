"""What an audit tells of apps, made by hand, with one text in every place that a stranger may write."""

from __future__ import annotations

from typing import Any


def owner(text: str, party: str | None = None) -> dict[str, Any]:
    """Return who stands behind something: a party of that id, or a registry's word."""
    return {
        "owner": text, "party": party, "said_by": [text] if party else [],
        "claims": [{"name": name, "registered": text, "source": text} for name in (text, None)],
        "states": [{"state": text, "as": "incorporated", "source": text}, {"state": text, "as": text, "source": text}],
    }  # fmt: skip


def entry(text: str, party: str | None = None, **cells: Any) -> dict[str, Any]:
    """Return a tie of an app with who stands behind it."""
    return {"type": text, "value": text, "basis": text, "locator": text, **owner(text, party)} | cells


def host(text: str, **cells: Any) -> dict[str, Any]:
    """Return a host with the place where it is named."""
    return {"type": "domain", "value": text, "locator": text, "also": owner(text)["claims"]} | cells


def profile(text: str, **cells: Any) -> dict[str, Any]:
    """Return an app of which every text is the one given."""
    nobody = entry(text, owner=None, claims=[], states=[])
    return {
        "asset": text, "name": text, "file": text, "locator": text, "observed_at": text, "package": text,
        "version": text, "packed": text, "licence": text, "source_host": text, "version_code": 1, "min_sdk": 2,
        "target_sdk": 3, "defined_classes": 4,
        "permissions": [text], "permissions_count": 9, "native_libraries": [text], "native_libraries_count": 1,
        "referenced_libraries": [text], "referenced_libraries_count": 1, "anti_features": [text],
        "anti_features_count": 1,
        "publishers": [entry(text, text)], "signers": [entry(text)], "distributors": [nobody],
        "libraries": [entry(text, text), entry(text, value=text + "2"), nobody | {"value": text + "3"}],
        "library_count": 9,
        "hosts": {
            "count": 9, "owner_count": 3, "unowned": 2, "samples": [host(text)],
            "owners": [{**owner(text, text), "count": 4, "hosts": [host(text)]},
                       {**owner(text), "count": 3, "hosts": [host(text)]}],
        },
        "states": [{"state": text, "as": text, "libraries": 1, "hosts": 2}],
        "unseen": [{"role": "embeds", "reason": text}, {"role": text, "reason": text}],
        "verdicts": {"violation": 1, "compliant": 0, "unknown": 2, "exempt": 0, "not-applicable": 0},
        "violations": [{"id": text, "regime": text, "rule": text, "severity": text, "identifier": text, "party": text}],
    } | cells  # fmt: skip


def summary(text: str) -> dict[str, Any]:
    """Return what is counted of all apps."""
    share = {"apps": 1, "share_pct": 50.0}
    role = {
        "apps": 1, "identifiers": 2, "unowned": 1, "owner_count": 30,
        "owners": [{**owner(text, text), **share, "identifiers": 1, "value": text}],
        "most": [{"type": text, "value": text, **owner(text), **share}],
        "states": [{"state": text, "as": text, **share}],
    }  # fmt: skip
    return {
        "packed": 1,
        "roles": [{"role": name, **role} for name in ("embeds", "contacts", "publisher", "distributor")],
        "columns": [{"column": "permissions", "stated": 1, "distinct": 30, "values": [{"value": text, **share}]}],
        "unseen": [{"role": "embeds", "reason": text, "apps": 1}],
    }


def told(text: str, count: int = 1, **cells: Any) -> dict[str, Any]:
    """Return a header's ``apps``: ``count`` of them, of which at most a hundred are described."""
    described = [profile(text, **cells) for _ in range(min(count, 100))]
    return {"count": count, "described": described, "summary": summary(text)}

"""Hosts that an app itself states it deals with, which is a claim, and more than a name in a string.

- Exceptions from transport security and pinned domains (``NSAppTransportSecurity`` in ``Info.plist``,
  https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity);
- domains that track, in privacy manifests (``NSPrivacyTrackingDomains`` in ``PrivacyInfo.xcprivacy``, the app's and
  those of libraries, https://developer.apple.com/documentation/bundleresources/privacy-manifest-files);
- domains that are tied to the app by an entitlement (``com.apple.developer.associated-domains``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.packages.spending import Spending

MOST: Final = 5000  # hosts of one app
_SCHEMA: Final = pl.Schema({"type": pl.String(), "value": pl.String(), "locator": pl.String()})
_ASSOCIATED: Final = "com.apple.developer.associated-domains"
_SERVICE: Final = re.compile(r"[a-z]+:([^?/:]+).*", re.DOTALL)


def hosts(
    root: str,
    info: dict[str, Any],
    rights: dict[str, Any],
    privacy: Sequence[tuple[str, dict[str, Any] | None]],
    spending: Spending,
) -> pl.DataFrame:
    """Return type, value and locator of each host, once; names that none can have are rejects."""
    transport = info.get("NSAppTransportSecurity")
    stated = [
        (name, f"{root}Info.plist {key}")
        for key in ("NSExceptionDomains", "NSPinnedDomains")
        for name in _keys(transport.get(key) if isinstance(transport, dict) else None)
    ]
    stated += [
        (name, f"{place} NSPrivacyTrackingDomains")
        for place, held in privacy
        for name in _texts((held or {}).get("NSPrivacyTrackingDomains"))
    ]
    for text in _texts(rights.get(_ASSOCIATED)):
        match = _SERVICE.fullmatch(text)
        stated.append((match[1] if match else text, f"{root.rstrip('/')} entitlement {_ASSOCIATED}"))
    if len(stated) > MOST:
        spending.refuse(visible(root, 300), f"limit of {MOST:,} hosts that an app states", len(stated) - MOST)
    found: dict[tuple[str, str], str] = {}
    for name, place in stated[:MOST]:
        host = _host(name)
        if host is None:
            if name.lower() != "localhost":
                spending.refuse(visible(place, 300), "a host that none can be")
        elif identifiers.names_no_party(*host) is None:
            found.setdefault(host, visible(place, 300))
    return pl.DataFrame([(*host, place) for host, place in found.items()], schema=_SCHEMA, orient="row")


def _host(name: str) -> tuple[str, str] | None:
    """Return type and value of a host; a name with a star before it stands for what lies below it."""
    for kind in ("address", "domain"):
        try:
            return kind, identifiers.load(kind).parse(name.strip().removeprefix("*.").removeprefix("."))
        except ValueError:
            continue
    return None


def _keys(held: object) -> list[str]:
    return [key for key in held if isinstance(key, str)] if isinstance(held, dict) else []


def _texts(held: object) -> list[str]:
    return [text for text in held if isinstance(text, str)] if isinstance(held, list) else []

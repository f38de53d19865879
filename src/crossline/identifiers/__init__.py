"""Types of identifier: one file each, found by its name (``asn.py`` is the type ``asn``).

An identifier is written ``type:value``, the value in one canonical form. A module of this package has

- ``ABOUT``: what such an identifier leads to;
- ``parse(text) -> str``: the canonical form; raises ValueError with a reason;
- optionally ``names_no_party(value) -> str | None``: why this value can never lead to a party.
"""

from __future__ import annotations

from crossline.registry import Registry

_TYPES = Registry(__name__)
names, load = _TYPES.names, _TYPES.load


def parse(text: str) -> tuple[str, str]:
    """Split ``type:value`` and bring the value into canonical form; raises ValueError with a reason."""
    kind, colon, value = text.partition(":")
    if not colon or kind not in names():
        raise ValueError(f"{text!r} is not type:value with a type of {', '.join(names())}")
    canonical: str = load(kind).parse(value)
    return kind, canonical


def names_no_party(kind: str, value: str) -> str | None:
    """Return why the identifier can never lead to a party, or None."""
    check = getattr(load(kind), "names_no_party", None)
    return check(value) if check else None

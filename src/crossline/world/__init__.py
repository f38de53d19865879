"""The world: what is known about parties, control, identifiers, addresses, listings and memberships.

Every row names its source, and where sources disagree each statement stays. Dates are closed at the start and
open at the end: a statement holds from ``since`` up to, and not on, ``until``.

A statement with ``since`` speaks for its whole span. A row with ``seen`` and no ``since`` is a snapshot: it was
seen once, and speaks for one year before that date and three after (:data:`SNAPSHOT_BEFORE_DAYS`,
:data:`SNAPSHOT_AFTER_DAYS`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SNAPSHOT_BEFORE_DAYS: Final = 365
SNAPSHOT_AFTER_DAYS: Final = 3 * 365

_TEXT: Final = pl.String()
_DATE: Final = pl.Date()

# `certainty` of a fact: seen (in the source named), secondary (seen only in a source that cites another),
# general (common knowledge, source not opened). What is general is never shipped unless a test names it.
SCHEMAS: Final[dict[str, pl.Schema]] = {
    "source": pl.Schema(
        {"id": _TEXT, "title": _TEXT, "issuer": _TEXT, "url": _TEXT, "published": _DATE, "licence": _TEXT}
    ),
    # kind: company | state | agency | person | dispersed (a widely held rest, which ends a chain of control)
    # domicile: where it is incorporated; seat: where its head office is. ISO 3166-1 alpha-2.
    # A party may have several rows, one for each source that speaks of it.
    "party": pl.Schema(
        {
            "id": _TEXT,
            "name": _TEXT,
            "kind": _TEXT,
            "domicile": _TEXT,
            "seat": _TEXT,
            "source": _TEXT,
            "certainty": _TEXT,
        }
    ),
    # kind: equity | voting | both (equity and votes alike) | direction (no share: appoints or instructs)
    # shares in per cent. `owner` may be a party of kind state (its id is `state-cn`), a person, or `dispersed`.
    "control": pl.Schema(
        {
            "owner": _TEXT,
            "owned": _TEXT,
            "kind": _TEXT,
            "share_min": pl.Float64(),
            "share_max": pl.Float64(),
            "since": _DATE,
            "until": _DATE,
            "source": _TEXT,
            "certainty": _TEXT,
            "note": _TEXT,
        }
    ),
    # identity: which party holds the identifier
    "identifier": pl.Schema(
        {
            "type": _TEXT,
            "value": _TEXT,
            "party": _TEXT,
            "since": _DATE,
            "until": _DATE,
            "seen": _DATE,
            "source": _TEXT,
            "certainty": _TEXT,
        }
    ),
    # what a registry or a directory calls the holder, and the country it has registered: never a party of the
    # table above, whatever the name looks like
    "registration": pl.Schema(
        {"type": _TEXT, "value": _TEXT, "name": _TEXT, "registered": _TEXT, "seen": _DATE, "source": _TEXT}
    ),
    # "these are all identifiers of that type that the party has", said by `source`, as of a date
    "completeness": pl.Schema({"party": _TEXT, "type": _TEXT, "as_of": _DATE, "source": _TEXT, "note": _TEXT}),
    # either a party or a category of things is listed. status: named | listed | denied | revoked | show-cause |
    # enjoined | posted | withdrawn | removed | proposed
    # scope: what the entry covers, as one word of the list's own vocabulary; null where the list has no scopes
    "listing": pl.Schema(
        {
            "list": _TEXT,
            "party": _TEXT,
            "category": _TEXT,
            "scope": _TEXT,
            "status": _TEXT,
            "since": _DATE,
            "until": _DATE,
            "source": _TEXT,
            "certainty": _TEXT,
            "note": _TEXT,
        }
    ),
    # member: `state:CZ` or `party:orange`. status in the claimer's sense: signed-declaration, signed-mou, …
    "membership": pl.Schema(
        {
            "coalition": _TEXT,
            "member": _TEXT,
            "status": _TEXT,
            "claimed_by": _TEXT,
            "since": _DATE,
            "until": _DATE,
            "source": _TEXT,
            "certainty": _TEXT,
            "note": _TEXT,
        }
    ),
    # relation: -1 a is the provider of b; 0 a and b are peers
    # method: how the link was seen, in the source's words, several parted by commas; null where it does not say
    "adjacency": pl.Schema(
        {
            "a": pl.UInt32(),
            "b": pl.UInt32(),
            "relation": pl.Int8(),
            "method": _TEXT,
            "seen": _DATE,
            "source": _TEXT,
        }
    ),
    # the peering LAN of an Internet exchange: an address on it is a router's of any member, whoever announces it.
    # prefix: canonical, with its length (RFC 4632, RFC 4291)
    "exchange": pl.Schema({"prefix": _TEXT, "name": _TEXT, "seen": _DATE, "source": _TEXT}),
    # what shows that a library is in a package of an app: library is its name as the source writes it, of what it shows
    # in: class (the full name of a class that code defines, parts joined by /, $ before what is inside) | native (the
    # name of a file of machine code) | file (a path in the package). form: exact | regex (RE2's syntax, found anywhere)
    "signature": pl.Schema(
        {"library": _TEXT, "of": _TEXT, "form": _TEXT, "pattern": _TEXT, "seen": _DATE, "source": _TEXT}
    ),
    # first and last address of a range, as integers; asn and registered are each null where not stated
    "address4": pl.Schema(
        {
            "first": pl.UInt32(),
            "last": pl.UInt32(),
            "asn": pl.UInt32(),
            "registered": _TEXT,
            "seen": _DATE,
            "source": _TEXT,
        }
    ),
    "address6": pl.Schema(
        {
            "first_high": pl.UInt64(),
            "first_low": pl.UInt64(),
            "last_high": pl.UInt64(),
            "last_low": pl.UInt64(),
            "asn": pl.UInt32(),
            "registered": _TEXT,
            "seen": _DATE,
            "source": _TEXT,
        }
    ),
}


@dataclass(frozen=True)
class World:
    """Tables by name, each with the schema of :data:`SCHEMAS`. A table that nothing fills is empty."""

    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    path: Path | None = None

    def table(self, name: str) -> pl.DataFrame:
        """Return a table; raises KeyError for a name that no world has."""
        if name not in self.tables:
            return pl.DataFrame(schema=SCHEMAS[name])
        return self.tables[name]

    def state_party(self, code: str) -> str:
        """Return the id of the party that is the state itself."""
        return f"state-{code.lower()}"

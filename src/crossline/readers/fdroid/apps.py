"""Apps as columns: what a catalogue says of each becomes an asset, ties, and how much of each role was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import kinds
from crossline.identifiers import package as packages
from crossline.identifiers import signer, vendor
from crossline.readers.fdroid import authors
from crossline.tables import ASSET, TIE, Batch, Extent, Limits, Reject, encode_ties, extent_rows
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT_MOST: Final = 1000  # characters of a name, a version or an address
LIST_MOST: Final = 2000  # permissions, categories; Android itself has some hundreds
_CODE_MOST: Final = 2**63 - 1
_SURROGATES: Final = re.compile("[\ud800-\udfff]")

UNSEEN_CODE: Final = "the catalogue does not say whose code an app carries"
UNSEEN_CONTACTS: Final = "the catalogue does not say whom an app contacts"
_NO_AUTHOR: Final = "the catalogue names no author; the app's own id alone may lead to one"
_FREE_TEXT: Final = "the catalogue names an author in free text alone, which leads to no party"
_STRANGE: Final = "the author's web site was not understood"


@dataclass(slots=True)
class App:
    """What a catalogue says of an app; None where it does not say."""

    package: str  # as it is written
    locator: str
    name: str | None = None
    version: str | None = None
    version_code: int | None = None
    versions: int | None = None
    permissions: list[str] | None = None
    anti_features: list[str] | None = None
    categories: list[str] | None = None
    licence: str | None = None
    source_host: str | None = None
    signers: list[str] = field(default_factory=list)
    domain: str | None = None
    organisation: str | None = None
    unknown_author: str = _NO_AUTHOR
    apk_sha256: str | None = None


class Rejects:
    """Rejects of one file: kept up to a limit, and counted after it."""

    def __init__(self, limits: Limits) -> None:
        self.limit = limits.rejects
        self.kept: list[Reject] = []
        self.more = 0

    def add(self, locator: str, reason: str) -> None:
        """Keep a reject, or count it."""
        if len(self.kept) < self.limit:
            self.kept.append(Reject(whole(locator)[:300], reason))
        else:
            self.more += 1

    def take(self) -> Iterator[Reject]:
        """Yield what was kept, and how many more there were."""
        yield from self.kept
        if self.more:
            yield Reject("the rest", "more of this kind, not listed one by one", self.more)


def whole(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON can name (RFC 8259, 8.2) and UTF-8 cannot hold."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


class Fields:
    """Takes values out of a document by their types; what is of another type is a reject, and stays unknown."""

    def __init__(self, rejects: Rejects, where: str) -> None:
        self.rejects, self.where = rejects, where

    def refuse(self, name: str, reason: str) -> None:
        """Reject a value."""
        self.rejects.add(f"{self.where}{name}", reason)

    def text(self, name: str, value: object) -> str | None:
        """Return a text, None for none."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(name, "is no text")
        elif len(value) > TEXT_MOST:
            self.refuse(name, f"a text of more than {TEXT_MOST} characters")
        else:
            return whole(value).strip() or None
        return None

    def integer(self, name: str, value: object) -> int | None:
        """Return a whole number that fits 64 bits and is not negative; index version 1 writes some as texts."""
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _CODE_MOST:
            return value
        self.refuse(name, "is no whole number of at most 63 bits")
        return None

    def texts(self, name: str, value: object) -> list[str] | None:
        """Return the distinct texts of a list; what else is in it is a reject."""
        if value is None:
            return None
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.refuse(name, "is no list")
            return None
        if len(value) > LIST_MOST:
            self.refuse(name, f"a list of more than {LIST_MOST} entries; the rest is not read")
            value = value[:LIST_MOST]
        found = [self.text(name, item) for item in value]
        return list(dict.fromkeys(item for item in found if item))

    def mapping(self, name: str, value: object) -> dict[str, Any]:
        """Return an object, an empty one for none."""
        if value is None or isinstance(value, dict):
            return value or {}
        self.refuse(name, "is no object")
        return {}

    def words(self, name: str, value: object) -> list[str] | None:
        """Return the keys of an object, or the texts of a list, or of a list of objects with one key."""
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            value = [word for item in value for word in (item if isinstance(item, dict) else [item])]
        return self.texts(name, list(value) if isinstance(value, dict) else value)

    def author(self, app: App, name: object, site: object, labels: tuple[str, str]) -> str | None:
        """Take what may be kept of an author's name and web site; return the name for what follows, unkept."""
        stated, address = self.text(labels[0], name), self.text(labels[1], site)
        if stated:
            app.unknown_author = _FREE_TEXT
            if vendor.is_organisation(stated):
                try:
                    app.organisation = vendor.parse(stated)
                except ValueError:
                    self.refuse(labels[0], "holds what no organisation's name has, or is too long")
        if address:
            app.domain, why = authors.own_domain(address, stated)
            if why:
                app.unknown_author = why
            elif app.domain is None:
                app.unknown_author = _STRANGE
                self.refuse(labels[1], "names no host")
        return stated

    def signers(self, name: str, value: object) -> list[str]:
        """Return fingerprints of certificates in canonical form."""
        found = []
        for item in self.texts(name, value) or []:
            try:
                found.append(signer.parse(item))
            except ValueError:
                self.refuse(name, "is no SHA-256 fingerprint of 64 hexadecimal digits")
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Catalogue:
    """What is the same for all apps of a file."""

    prefix: str  # of their ids
    observed_at: Any = None  # datetime.date | None
    distributor: str | None = None  # a domain
    no_distributor: str = ""
    signed: Extent = "all"  # how much signers, where stated, are of all there are
    signed_why: str | None = None
    unsigned_why: str = ""


def is_package(text: str) -> bool:
    """Return whether it is an app's id."""
    try:
        packages.parse(text)
    except ValueError:
        return False
    return text == text.strip()


def batch(apps: list[App], catalogue: Catalogue) -> Batch:
    """Return apps as a batch, a bundle each: the app's own id is in its ties."""
    own = kinds.load("app").schema()
    ids = [packages.parse(app.package) for app in apps]
    said = [part.name for part in fields(App) if part.name in own and part.name != "package"]
    columns: dict[str, list[Any]] = {
        "name": [_shown(app.name or app.package) for app in apps],
        "locator": [_shown(app.locator) for app in apps],
        "package": ids,
        "apk_sha256": [app.apk_sha256 for app in apps],
    }
    columns |= {name: [_shown(getattr(app, name)) for app in apps] for name in said}
    types = dict(own) | {"name": pl.String(), "locator": pl.String(), "apk_sha256": pl.String()}
    assets = pl.DataFrame(
        [pl.Series(name, values, dtype=types[name], strict=True) for name, values in columns.items()]
    ).with_row_index("bundle")
    assets = assets.with_columns(
        pl.Series("asset", [f"app:{catalogue.prefix}{app.package}" for app in apps], dtype=pl.String),
        pl.lit(catalogue.observed_at, pl.Date).alias("observed_at"),
        *(pl.lit(None, dtype).alias(name) for name, dtype in own.items() if name not in columns),
    )
    identifiers, ties = encode_ties(_ties(apps, ids, catalogue))
    order = [name for name in TIE if name in ties.columns]
    return Batch(
        "app", assets.select(*ASSET, *own, "apk_sha256"), identifiers, ties.select(order), _extents(apps, catalogue)
    )


def _shown(value: Any) -> Any:  # noqa: ANN401 - a cell of any column
    """Return a text, or each of several, as it may be looked at."""
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return visible(value, TEXT_MOST) if isinstance(value, str) else value


def _ties(apps: list[App], ids: list[str], catalogue: Catalogue) -> pl.DataFrame:
    rows = []
    for bundle, (app, package) in enumerate(zip(apps, ids, strict=True)):
        made = [("publisher", "package", package, "inferred")]
        if app.domain:
            made.append(("publisher", "domain", app.domain, "declared"))
        if app.organisation:
            made.append(("publisher", "vendor", app.organisation, "declared"))
        made += [("signer", "signer", value, "declared") for value in app.signers]
        if catalogue.distributor:
            made.append(("distributor", "domain", catalogue.distributor, "declared"))
        rows += [(bundle, seq, *one) for seq, one in enumerate(made)]
    return pl.DataFrame(
        rows,
        schema={
            "bundle": pl.UInt32, "seq": pl.UInt32, "role": pl.String, "type": pl.String, "value": pl.String,
            "basis": pl.String,
        },
        orient="row",
    )  # fmt: skip


def _extents(apps: list[App], catalogue: Catalogue) -> pl.DataFrame:
    rows: list[tuple[int | None, str, Extent, str | None]] = [
        (None, "embeds", "none", UNSEEN_CODE),
        (None, "contacts", "none", UNSEEN_CONTACTS),
        (None, "distributor", "all", None) if catalogue.distributor
        else (None, "distributor", "none", catalogue.no_distributor),
        (None, "publisher", "all", None),
        (None, "signer", catalogue.signed, catalogue.signed_why),
    ]  # fmt: skip
    for bundle, app in enumerate(apps):
        if not (app.domain or app.organisation):
            rows.append((bundle, "publisher", "some", app.unknown_author))
        if not app.signers:
            rows.append((bundle, "signer", "none", catalogue.unsigned_why))
    return extent_rows(rows)

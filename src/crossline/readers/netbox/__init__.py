"""NetBox: an export of its database (`manage.py dumpdata`), or what its REST API answered; docs/readers/netbox.md.

Each machine is an asset of kind ``device``, each line of kind ``circuit``. Bytes run one way through this package:
``stream`` moves a window over the file, ``walking`` finds where wanted values lie (``models``, ``paths``), ``columns``
makes columns of them, ``export`` and ``pages`` join these, and ``devices`` and ``circuits`` make assets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "NetBox: an export of its database (dumpdata, JSON), or pages of its REST API."
LIMITS: Final = (
    "Only devices, their makers, parts, interfaces and addresses, cables, circuits and providers are read.",
    "A tenant is whom a machine serves; it is no party.",
    "Lines are followed through patch panels in an export only; in pages to the next machine at the end of a cable.",
    "A rear port of several positions is followed where the line came through one of them.",
    "A status that NetBox's configuration adds is not understood: such a device is taken to be in use.",
    "Virtual circuits, wireless links, power and console cables make no circuit; plugins' models are not read.",
    "After bytes that are no JSON the rest of the file is not read; an element of more than 32 MiB counts as such.",
    "Of values that are not wanted only strings and brackets are checked.",
    "A member's name with an escape in it is not known.",
    "A list of pages is not read; each page is a file.",
)
JAILED: Final = False  # nothing here parses but our own kernels, which check each position; polars is given columns

_APPS: Final = rb"(?:dcim|ipam|circuits|tenancy|virtualization)"
_EXPORT: Final = re.compile(
    rb'\A(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"model"\s*:\s*"[a-z_0-9]{1,64}\.[a-z_0-9]{1,64}"\s*,\s*"(?:pk|fields)"\s*:'
)
_PAGE: Final = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"(?:count|next|previous|results|id|url)"\s*:')
_LINK: Final = re.compile(rb'"(?:url|next|previous)"\s*:\s*"[^"]{0,900}?/api/' + _APPS + rb"/[a-z-]{1,40}/")
_NOTHING: Final = re.compile(
    rb'\A(?:\xef\xbb\xbf)?\s*\{\s*"count"\s*:\s*0\s*,.{0,200}"results"\s*:\s*\[\s*\]\s*\}\s*\Z', re.DOTALL
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file is an export of Django, or a page of NetBox's API: by its first members and addresses."""
    if head[:2] in _UTF16:
        return _EXPORT.match(head[2:].replace(b"\0", b"")) is not None
    if _EXPORT.match(head):
        return True
    if _NOTHING.match(head):
        return endpoint_of(path) is not None
    return _PAGE.match(head) is not None and _LINK.search(head) is not None


def endpoint_of(path: Path) -> str | None:
    """Return the endpoint that a file is named after: an empty page says nowhere else what it is a page of."""
    from crossline.readers.netbox.models import PAGES  # noqa: PLC0415 - polars is loaded for a file, not for a claim

    stem = re.sub(r"[^a-z]+", "-", path.stem.lower()).strip("-")
    return next((name for name in PAGES if stem in {name.partition("/")[2], name.replace("/", "-")}), None)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield batches of devices and of circuits, what was rejected, and notes. Never raises on data."""
    from crossline.readers.netbox import export, pages, stream  # noqa: PLC0415 - the compiler is loaded for a file

    try:
        with path.open("rb") as file:
            if file.read(2) in _UTF16:
                yield Reject("byte 0", "the file is UTF-16; save it as UTF-8")
                return
        tables = stream.read(path, limits)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    if tables.ended:
        yield Reject("file", tables.ended)
    yield from export.Export(tables).read() if tables.form == "export" else pages.read(tables, endpoint_of(path))
    yield from tables.refused.rejects()

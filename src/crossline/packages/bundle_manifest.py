"""Who an Android App Bundle says it is: its manifest, an ``XmlNode`` of aapt2 as a protocol buffer.

The definition is Resources.proto of aapt2 (https://android.googlesource.com/platform/frameworks/base, tools/aapt2),
whose numbers stand below. A bundle is signed as a jar is (``META-INF``), by whoever hands it to a store; the store may
sign what it makes of it with another key. A certificate is what the bundle *carries*, and nothing is verified.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from crossline.packages import archive, cms, protobuf, resource_table
from crossline.packages.manifest import COMPONENTS, MANIFEST_MOST, Manifest, Signer, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crossline.packages.archive import Archive

NODES_MOST: Final = 200_000  # elements and attributes; manifests have some thousands
DEPTH_MOST: Final = 256  # of elements; manifests have six
SIGNATURES_MOST: Final = 20
PLACE: Final = "manifest/AndroidManifest.xml"  # in a module

_ANDROID: Final = "http://schemas.android.com/apk/res/android"
_NODE_ELEMENT: Final = 1  # XmlNode
_ELEMENT_NAME, _ELEMENT_ATTRIBUTE, _ELEMENT_CHILD = 3, 4, 5  # XmlElement
_ATTRIBUTE_SPACE, _ATTRIBUTE_NAME, _ATTRIBUTE_VALUE, _ATTRIBUTE_ITEM = 1, 2, 3, 6  # XmlAttribute
_ITEM_REFERENCE, _ITEM_TEXT, _ITEM_RAW, _ITEM_PRIMITIVE = 1, 2, 3, 7  # Item
_REFERENCE_ID: Final = 2  # Reference
_PRIMITIVE_NUMBERS: Final = (6, 7)  # int_decimal_value, int_hexadecimal_value
_PRIMITIVE_BOOLEAN: Final = 8
_SIGNED: Final = re.compile(r"^META-INF/[^/]+\.(?:RSA|DSA|EC)$", re.IGNORECASE)
_KINDS: Final = ("activity", "activity-alias", "service", "receiver", "provider")


class _Reference(NamedTuple):
    number: int


_Value = str | int | bool | _Reference


class _Element(NamedTuple):
    name: str
    attributes: dict[str, _Value]  # of Android without a name space; of none by a name with ":" before it
    depth: int
    inside: str  # the element around it


def read(opened: Archive, whole: Archive) -> Manifest:
    """Read a module's manifest; raises :class:`crossline.packages.manifest.Unreadable`.

    ``opened`` is the module, with its names cut; ``whole`` the bundle, of which the signature is.
    """
    rows = opened.rows(PLACE)
    if not rows:
        raise Unreadable(f"no {PLACE}")
    if opened.entries["size"][rows[0]] > MANIFEST_MOST:
        raise Unreadable(f"{opened.entries['size'][rows[0]]:,} bytes; limit of {MANIFEST_MOST:,}")
    try:
        elements = list(_elements(memoryview(opened.read(rows[0]))))
    except (archive.Unreadable, protobuf.Unreadable) as error:
        raise Unreadable(str(error)) from None
    root = elements[0] if elements else None
    if root is None or root.name != "manifest":
        raise Unreadable("its first element is no manifest")
    signers, why = _signers(whole)
    return _manifest(root, elements, signers, why, lambda value: _label(opened, value))


def _manifest(
    root: _Element,
    elements: list[_Element],
    signers: tuple[Signer, ...],
    why: str | None,
    label_of: Callable[[_Value | None], str | None],
) -> Manifest:
    package = _text(root.attributes.get(":package"))
    application = next((one for one in elements if one.name == "application" and one.inside == "manifest"), None)
    platform = next((one for one in elements if one.name == "uses-sdk"), None)
    told = application.attributes if application else {}
    sdk = platform.attributes if platform else {}
    asked = {
        _text(one.attributes.get("name"))
        for one in elements
        if one.name in {"uses-permission", "uses-permission-sdk-23"}
    }
    parts = [
        (one.name, _full(package, _text(one.attributes.get("name"))), _flag(one.attributes.get("exported")),
         _text(one.attributes.get("permission")))
        for one in elements if one.name in _KINDS and one.inside == "application"
    ]  # fmt: skip
    return Manifest(
        package=package,
        version=_text(root.attributes.get("versionName")),
        version_code=_number(root.attributes.get("versionCode")),
        label=label_of(told.get("label")),
        application=_full(package, _text(told.get("name"))),
        min_sdk=_number(sdk.get("minSdkVersion")),
        target_sdk=_number(sdk.get("targetSdkVersion")),
        permissions=tuple(sorted(name for name in asked if name)),
        components=pl.DataFrame(parts, schema=COMPONENTS, orient="row"),
        signers=signers,
        stamps=(),
        split=_text(root.attributes.get(":split")),
        unsigned_why=why,
    )


def _elements(document: memoryview) -> Iterator[_Element]:
    """Yield the elements of a document, each before those in it; raises protobuf.Unreadable."""
    left = NODES_MOST
    pending = [(document, 0, "")]
    while pending:
        node, depth, inside = pending.pop()
        if depth > DEPTH_MOST:
            raise protobuf.Unreadable(f"elements are nested more than {DEPTH_MOST} deep")
        for number, held in protobuf.fields(node):
            if number != _NODE_ELEMENT or isinstance(held, int):
                continue  # text between elements
            parts = list(itertools.islice(protobuf.fields(held), left + 1))
            left -= len(parts)
            if left < 0:
                raise protobuf.Unreadable(f"more than {NODES_MOST:,} elements and attributes")
            one, children = _element(parts, depth, inside)
            yield one
            pending += [(child, depth + 1, one.name) for child in reversed(children)]


def _element(parts: list[tuple[int, int | memoryview]], depth: int, inside: str) -> tuple[_Element, list[memoryview]]:
    """Return an element, and the messages of what stands in it."""
    name, attributes, children = "", dict[str, _Value](), []
    for part, value in parts:
        if isinstance(value, int):
            continue
        if part == _ELEMENT_NAME:
            name = _decoded(value)
        elif part == _ELEMENT_ATTRIBUTE:
            attributes |= _attribute(value)
        elif part == _ELEMENT_CHILD:
            children.append(value)
    return _Element(name, attributes, depth, inside), children


def _attribute(message: memoryview) -> dict[str, _Value]:
    """Return name and value of an attribute of Android, or, with a colon before it, of no name space."""
    held = {number: value for number, value in protobuf.fields(message) if not isinstance(value, int)}
    space = _decoded(held.get(_ATTRIBUTE_SPACE, memoryview(b"")))
    if space not in {"", _ANDROID}:
        return {}
    name = _decoded(held.get(_ATTRIBUTE_NAME, memoryview(b"")))
    compiled = _item(held[_ATTRIBUTE_ITEM]) if _ATTRIBUTE_ITEM in held else None
    text = _decoded(held.get(_ATTRIBUTE_VALUE, memoryview(b"")))
    return {name if space else f":{name}": text if compiled is None else compiled}


def _item(message: memoryview) -> _Value | None:
    """Return what a compiled value is: a text, a number, whether it is true, or the number of a resource."""
    for number, held in protobuf.fields(message):
        if isinstance(held, int):
            continue
        for inner, value in protobuf.fields(held):
            if number in {_ITEM_TEXT, _ITEM_RAW} and inner == 1 and not isinstance(value, int):
                return _decoded(value)
            if number == _ITEM_REFERENCE and inner == _REFERENCE_ID and isinstance(value, int):
                return _Reference(value)
            if number == _ITEM_PRIMITIVE and isinstance(value, int):
                if inner in _PRIMITIVE_NUMBERS:
                    return value
                if inner == _PRIMITIVE_BOOLEAN:
                    return bool(value)
    return None


def _decoded(value: memoryview) -> str:
    return bytes(value).decode("utf-8", "replace")


def _text(value: _Value | None) -> str | None:
    return None if value is None or isinstance(value, (bool, _Reference)) else str(value) or None


def _number(value: _Value | None) -> int | None:
    """Return a number below 2**31, as Android's are; in a text it stands in decimal digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
        value = int(value)
    return value if type(value) is int and value < 1 << 31 else None


def _flag(value: _Value | None) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))


def _full(package: str | None, name: str | None) -> str | None:
    """Return a class name in full: one that begins with a dot, or has none, stands below the package."""
    if not name or package is None or "." in name.removeprefix("."):
        return f"{package}{name}" if name and package and name.startswith(".") else name
    return f"{package}.{name.removeprefix('.')}"


def _label(opened: Archive, value: _Value | None) -> str | None:
    if not isinstance(value, _Reference):
        return _text(value)
    for row in opened.rows(resource_table.PLACE)[:1]:
        try:
            return resource_table.read(opened.read(row)).text(value.number)
        except archive.Unreadable:
            return None
    return None


def _signers(whole: Archive) -> tuple[tuple[Signer, ...], str | None]:
    """Return the certificates of signers of the archive, and why one could not be read."""
    found: list[Signer] = []
    why = None
    rows = [row for row, name in enumerate(whole.entries["name"]) if _SIGNED.match(name)]
    for row in rows[:SIGNATURES_MOST]:
        try:
            message = cms.read(whole.read(row))
        except (archive.Unreadable, cms.Unreadable) as error:
            why = str(error)
            continue
        found += [Signer("v1", one.sha256, one.subject.get("CN", "")) for one in message.signers]
    return tuple(dict.fromkeys(found)), why

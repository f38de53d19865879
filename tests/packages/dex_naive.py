"""Decodes the types of a dex file one by one, for tests: slow, plain, and lenient where the package is."""

from __future__ import annotations

import struct


def text(data: bytes, place: int) -> str:
    """Return modified UTF-8 up to its zero as text; pairs of surrogates as one character."""
    raw = data[place : data.index(0, place)]
    return raw.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")


def string(data: bytes, number: int) -> int | None:
    """Return where a string begins."""
    count, ids = struct.unpack_from("<II", data, 0x38)
    if number >= count or ids + 4 * number + 4 > len(data):
        return None
    (place,) = struct.unpack_from("<I", data, ids + 4 * number)
    for length in range(1, 6):
        if place + length > len(data) - 1:
            return None
        if data[place + length - 1] < 0x80:
            return place + length
    return None


def types(data: bytes) -> dict[str, bool]:
    """Return the classes, and whether each is defined; whatever does not lie within the bytes is left out."""
    if len(data) < 0x70 or data[:4] != b"dex\n":
        return {}
    count, ids, *_, definitions, classes = struct.unpack_from("<IIIIIIIIII", data, 0x40)
    defined = {
        struct.unpack_from("<I", data, classes + 32 * row)[0]
        for row in range(min(definitions, (len(data) - classes) // 32))  # as many as lie in the file
    }
    found: dict[str, bool] = {}
    for number in range(count):
        if ids + 4 * number + 4 > len(data):
            break
        place = string(data, *struct.unpack_from("<I", data, ids + 4 * number))
        if place is None or 0 not in data[place:]:
            continue
        name = text(data, place)
        element = name.lstrip("[")
        if len(element) >= 3 and element[0] == "L" and element[-1] == ";":
            binary = element[1:-1].replace("/", ".")
            found[binary] = found.get(binary, False) or (number in defined and name == element)
    return found

"""Writes dex files, for tests: whole ones, that dexdump reads, with classes that have nothing in them."""

from __future__ import annotations

import hashlib
import struct
import zlib

Table = tuple[int, int]  # count, place


def mutf8(text: str) -> bytes:
    """Return modified UTF-8: UTF-16 units in one to three bytes each, and zero in two."""
    out = bytearray()
    for unit in memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H"):
        if 0 < unit < 0x80:
            out.append(unit)
        elif unit < 0x800:
            out += bytes([0xC0 | unit >> 6, 0x80 | unit & 0x3F])
        else:
            out += bytes([0xE0 | unit >> 12, 0x80 | unit >> 6 & 0x3F, 0x80 | unit & 0x3F])
    return bytes(out)


def uleb128(value: int) -> bytes:
    """Return a number as ULEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def units(text: str) -> int:
    """Return the length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def dex(defined: list[str], referenced: list[str] = [], strings: list[str] = [], version: int = 35) -> bytes:  # noqa: B006 - never changed
    """Return a dex file with descriptors of defined and of referenced types, and more strings."""
    return container([(defined, referenced, strings)], version)


def container(parts: list[tuple[list[str], list[str], list[str]]], version: int = 41) -> bytes:
    """Return a file with a dex file for each part, one after the other; places are from the start of the file."""
    out = b""
    for number, part in enumerate(parts):
        out += _part(*part, version=version, start=len(out), last=number == len(parts) - 1)
    if version >= 41:
        starts, at = [], 0
        while at < len(out):
            starts.append(at)
            at += struct.unpack_from("<I", out, at + 0x20)[0]
        whole = bytearray(out)
        for at in starts:
            struct.pack_into("<II", whole, at + 0x70, len(out), at)
        return bytes(whole)
    return out


def _part(
    defined: list[str], referenced: list[str], strings: list[str], *, version: int, start: int, last: bool
) -> bytes:
    del last
    header = 0x78 if version >= 41 else 0x70
    types = sorted({*defined, *referenced, "Ljava/lang/Object;"}, key=lambda t: t.encode("utf-16-be", "surrogatepass"))
    texts = sorted({*types, *strings}, key=lambda t: t.encode("utf-16-be", "surrogatepass"))
    string_ids = start + header
    type_ids = string_ids + 4 * len(texts)
    class_defs = type_ids + 4 * len(types)
    data = class_defs + 32 * len(defined)
    body, places = b"", []
    for text in texts:
        places.append(data + len(body))
        body += uleb128(units(text)) + mutf8(text) + b"\0"
    body += bytes(-len(body) % 4)
    map_off = data + len(body)
    sections = [(0, 1, start), (1, len(texts), string_ids), (2, len(types), type_ids)]
    sections += [(6, len(defined), class_defs)] if defined else []
    sections += [(0x2002, len(texts), data), (0x1000, 1, map_off)]
    body += struct.pack("<I", len(sections)) + b"".join(struct.pack("<HHII", k, 0, n, at) for k, n, at in sections)
    tables = b"".join(struct.pack("<I", place) for place in places)
    tables += b"".join(struct.pack("<I", texts.index(name)) for name in types)
    objects = types.index("Ljava/lang/Object;")
    for name in sorted(defined, key=types.index):
        tables += struct.pack("<8I", types.index(name), 1, objects, 0, 0xFFFFFFFF, 0, 0, 0)
    size = data + len(body) - start
    rest = struct.pack("<III", size, header, 0x12345678) + struct.pack("<III", 0, 0, map_off)
    for count, place in (
        (len(texts), string_ids), (len(types), type_ids), (0, 0), (0, 0), (0, 0),
        (len(defined), class_defs if defined else 0), (len(body), data),
    ):  # fmt: skip
        rest += struct.pack("<II", count, place)
    rest += bytes(header - 0x70) + tables + body
    signed = hashlib.sha1(rest).digest() + rest  # noqa: S324 - as the format has it
    return b"dex\n%03d\0" % version + struct.pack("<I", zlib.adler32(signed)) + signed

"""Protocol buffers on the wire (https://protobuf.dev/programming-guides/encoding/): fields of a message, by number.

Nothing is generated and nothing is required: whoever knows a message's published definition asks for its fields.
Groups, which no current definition has, end a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT_MOST: Final = 10  # bytes
_VARINT, _I64, _LENGTH, _I32 = 0, 1, 2, 5


class Unreadable(Exception):  # noqa: N818 - it ends one message, and is no error of the program
    """A message that cannot be read: why."""


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field, a number or bytes, as it comes; raises :class:`Unreadable`."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if not number:
            raise Unreadable("a field without a number")
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _LENGTH:
            size, at = _varint(message, at)
        elif kind in (_I64, _I32):
            size = 8 if kind == _I64 else 4
        else:
            raise Unreadable("a field of a kind that no message has")
        if size > end - at:
            raise Unreadable("a field that does not lie in its message")
        part = message[at : at + size]
        at += size
        yield number, part if kind == _LENGTH else int.from_bytes(part, "little")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_VARINT_MOST):
        if at + place >= len(message):
            break
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value & (1 << 64) - 1, at + place + 1
    raise Unreadable("a number that does not end")

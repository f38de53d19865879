"""Domain names, in small letters, as A-labels (RFC 5890, 2.3.2.1), without the dot at the end.

A label of letters outside ASCII is encoded as RFC 3490 says, which is what Python's library has. For four characters
the later RFC 5891 leads to another name (RFC 5894, 7.2), so a label with one of them is refused rather than guessed:
write its A-label.
"""

from __future__ import annotations

import re
import unicodedata
from encodings import idna
from typing import Final

ABOUT = "A domain name, which leads to the party that runs what it names."

_DOTS: Final = re.compile("[.\u3002\uff0e\uff61]")  # RFC 3490, 3.1
# Letters, digits and hyphens (RFC 1123, 2.1), and the underscore that service names carry (RFC 8552).
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_STRANGE: Final = frozenset(("Cc", "Cs", "Co", "Zs", "Zl", "Zp"))
_DEVIATIONS: Final = frozenset("\u00df\u03c2\u200c\u200d")
MAX_LENGTH: Final = 253  # RFC 1035, 2.3.4: 255 octets on the wire

# https://www.iana.org/assignments/special-use-domain-names/, those that are nobody's
_SPECIAL: Final = {
    "alt": "RFC 9476", "example": "RFC 6761", "example.com": "RFC 6761", "example.net": "RFC 6761",
    "example.org": "RFC 6761", "home.arpa": "RFC 8375", "invalid": "RFC 6761", "local": "RFC 6762",
    "localhost": "RFC 6761", "onion": "RFC 7686", "test": "RFC 6761",
}  # fmt: skip


def parse(text: str) -> str:
    """Return the name in canonical form; raises ValueError with a reason."""
    name = text.strip()
    if len(name) > 4 * MAX_LENGTH:
        raise ValueError(f"a domain name has {len(name)} characters: too long")
    labels = _DOTS.split(name)
    if labels[-1] == "":
        labels.pop()
    if len(labels) < 2:
        raise ValueError(f"{text!r} is not a domain name: at least two labels, joined by a dot")
    value = ".".join(_label(label, text) for label in labels)
    if len(value) > MAX_LENGTH:
        raise ValueError(f"{text!r} is not a domain name: longer than {MAX_LENGTH} characters")
    if value.rpartition(".")[2].isdigit():
        raise ValueError(f"{text!r} is not a domain name: its last label is a number")
    return value


def _label(label: str, text: str) -> str:
    if not label.isascii():
        if _DEVIATIONS & set(label.lower()):
            raise ValueError(f"{text!r}: two standards encode {label!r} differently; write its xn-- form")
        try:
            label = idna.ToASCII(label).decode("ascii")
        except UnicodeError as error:
            raise ValueError(f"{text!r} is not a domain name: {label!r} cannot be encoded ({error})") from None
    label = label.lower()
    if not _LABEL.fullmatch(label):
        raise ValueError(f"{text!r} is not a domain name: {label!r} is no label of 1 to 63 letters, digits, - and _")
    if label.startswith("xn--") and not _is_a_label(label):
        raise ValueError(f"{text!r} is not a domain name: {label!r} is not valid Punycode (RFC 3492)")
    return label


def _is_a_label(label: str) -> bool:
    tail = label[4:]
    try:
        decoded = tail.encode("ascii").decode("punycode")
        again = decoded.encode("punycode").decode("ascii")
    except (UnicodeError, OverflowError):
        return False
    # No name holds controls, spaces, halves of surrogate pairs or private characters (RFC 5892, 2).
    strange = any(unicodedata.category(character) in _STRANGE for character in decoded)
    return not strange and not decoded.isascii() and again == tail


def names_no_party(value: str) -> str | None:
    """Say why nobody holds this name: the IANA registry of special-use domain names."""
    labels = value.split(".")
    for start in range(len(labels)):
        rfc = _SPECIAL.get(".".join(labels[start:]))
        if rfc:
            return f"{value} is a special-use name ({rfc})"
    return None

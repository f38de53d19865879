"""Mach-O files: beside llvm-objdump on programs that clang and lld made; with pointers in chains; cut, fat, hostile."""

from __future__ import annotations

import re
import struct
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "readers"))

import apple_writer as writer

from crossline.packages import code_signature, macho

HERE = Path(__file__).parents[1] / "readers" / "apple"
BASE = 0x100000000  # where a program for a device of 64 bits lies


def entry(package: str, name: str) -> bytes:
    """Return what a package of the tests holds."""
    with zipfile.ZipFile(HERE / package) as opened:
        return opened.read(name)


FAT = entry("signed.ipa", "Payload/Example.app/Example")
LIBRARY = entry("signed.ipa", "Payload/Example.app/Frameworks/Acme.framework/Acme")
STORE = entry("store.ipa", "Payload/Example.app/Example")
WATCH = entry("watch.zip", "Watch.app/Watch")
PLACE, SIZE = struct.unpack_from(">II", FAT, 16)
DEVICE = FAT[PLACE : PLACE + SIZE]


def told(name: str) -> set[str]:
    """Return the classes that llvm-objdump prints: of each the name that stands before that of its metaclass."""
    text = (HERE / f"{name}.objdump.txt").read_text()
    parts = re.split(r"^[0-9a-f]{16} 0x[0-9a-f]+ _OBJC_CLASS_\$_", text, flags=re.MULTILINE)[1:]
    return {match[1] for part in parts if (match := re.search(r"^\s+name 0x[0-9a-f]+ (\S+)$", part, re.MULTILINE))}


def classes(data: bytes) -> list[set[str]]:
    """Return the classes of each slice."""
    slices, _ = macho.read(data)
    return [set(macho.classes(data, one)[0]) for one in slices]


def seen(data: bytes) -> bytes:
    """Return all bytes that are looked at for hosts."""
    strings, rest = macho.searched(macho.read(data)[0])
    return b"\n".join(data[first:last] for first, last in strings + rest)


def test_classes_as_llvm_objdump_tells_them() -> None:
    """The classes that a program or a library defines are those that llvm-objdump prints of it."""
    assert told("device") == {"ExampleRoot", "ExampleReader", "ExampleSender"}
    assert classes(DEVICE) == [told("device")]
    assert classes(LIBRARY) == [told("library")]


def symbols(name: str, kind: str) -> set[str]:
    """Return the classes among the symbols of a kind that llvm-nm prints of a file."""
    text = (HERE / "sdks.nm.txt").read_text().split(f"\n{name}:\n")[1].split("\n\n")[0]
    return set(re.findall(rf" {kind} _OBJC_CLASS_\$_(\S+)$", text, re.MULTILINE))


def test_class_symbols_as_llvm_nm_tells_them() -> None:
    """Classes that a file lets others use, and those that it takes from others, are those that llvm-nm prints."""
    for name, path in (("sdks", "Sdks"), ("sdks_library", "Frameworks/BUAdSDK.framework/BUAdSDK")):
        data = entry("sdks.ipa", f"Payload/Sdks.app/{path}")
        for hidden in (data, writer.encrypted(data)):  # which leaves symbols as they are
            (one,) = macho.read(hidden)[0]
            given, taken, lost = macho.class_symbols(hidden, one)
            assert (set(given), set(taken), lost) == (symbols(name, "S"), symbols(name, "U"), 0)
    assert symbols("sdks", "U") == {"AppsFlyerLib", "BUAdSDKManager"}


def test_class_symbols_of_32_bits() -> None:
    """Rows of the table of symbols are shorter there; the app of a watch is made of the same source as the device's."""
    ((given, taken, lost),) = [macho.class_symbols(WATCH, one) for one in macho.read(WATCH)[0]]
    assert (set(given), set(taken), lost) == (told("device"), set(), 0)


def test_symbols_that_lie_nowhere() -> None:
    """A table that is not in the file is told; texts outside their table, or without an end, are counted."""
    data = bytearray(entry("sdks.ipa", "Payload/Sdks.app/Sdks"))
    at = writer.command(bytes(data), 0x2)
    place, count, _, size = struct.unpack_from("<IIII", data, at + 8)
    for number in range(count):
        struct.pack_into("<I", data, place + 16 * number, size - 5 if number % 2 else 0xFFFFFFFF)
    (one,) = macho.read(bytes(data))[0]
    given, taken, lost = macho.class_symbols(bytes(data), one)
    kinds = [data[place + 16 * number + 4] for number in range(count)]
    outside = [n % 2 == 0 and kind & 0xE0 == 0 and kind & 1 for n, kind in enumerate(kinds)]
    assert (len(given), len(taken), lost) == (0, 0, sum(outside))
    assert lost > 1
    for field in (8, 12, 16, 20):
        lying = bytearray(data)
        struct.pack_into("<I", lying, at + field, 0xFFFFFFFF)
        (one,) = macho.read(bytes(lying))[0]
        assert "a table of symbols that does not lie in the file" in one.odd
        assert macho.class_symbols(bytes(lying), one)[0].is_empty()
        assert macho.class_symbols(bytes(lying), one)[2] == (0xFFFFFFFF if field == 12 else count)


def with_symbols(symbols: list[tuple[int, int]], texts: bytes) -> bytes:
    """Return a program for a device that is a table of symbols, each the place of its text and its type."""
    rows = b"".join(struct.pack("<IBBHQ", text, kind, 0, 0, 0) for text, kind in symbols)
    head = struct.pack("<IiiIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, 1, 24, 0, 0)
    return head + struct.pack("<IIIIII", 2, 24, 56, len(symbols), 56 + len(rows), len(texts)) + rows + texts


def test_many_symbols_of_one_name_hide_no_other() -> None:
    """A name that 6,000 symbols point at is taken once, and whatever comes behind it is taken too."""
    texts = b"\0_OBJC_CLASS_$_" + b"A" * 1000 + b"\0_OBJC_CLASS_$_Given\0_OBJC_CLASS_$_Taken\0"
    places = [texts.index(b"_OBJC_CLASS_$_" + name) for name in (b"A", b"Given", b"Taken")]
    symbols = [(places[0], 0x0F), (places[0], 0x01)] * 3000 + [(places[1], 0x0F), (places[2], 0x01)]
    data = with_symbols(symbols, texts)
    (one,) = macho.read(data)[0]
    given, taken, lost = macho.class_symbols(data, one)
    assert ([name[:5] for name in given], [name[:5] for name in taken]) == (["AAAAA", "Given"], ["AAAAA", "Taken"])
    assert lost == 0


def test_names_that_are_not_taken_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too long, or more than may be taken, is lost and counted, and of the latter the longest go first."""
    names = [b"B" * 2000, b"A" * 1000, b"Given"]
    texts = b"\0" + b"".join(b"_OBJC_CLASS_$_" + name + b"\0" for name in names)
    data = with_symbols([(texts.index(b"_OBJC_CLASS_$_" + name), 0x0F) for name in names], texts)
    (one,) = macho.read(data)[0]
    given, _, lost = macho.class_symbols(data, one)
    assert (given.str.len_chars().to_list(), lost) == ([1000, 5], 1)
    monkeypatch.setattr(macho, "TEXTS_MOST", 1000)
    given, _, lost = macho.class_symbols(data, one)
    assert (given.to_list(), lost) == (["Given"], 2)


def test_names_in_encrypted_bytes_are_counted() -> None:
    """A symbol whose text lies in the encrypted range, even in part, may name a class, and is counted."""
    texts = b"\0_OBJC_CLASS_$_Given\0_OBJC_CLASS_$_Taken\0"
    data = with_symbols([(1, 0x0F), (21, 0x01)], texts)
    (one,) = macho.read(data)[0]
    begin = data.index(texts)
    for first, last, expected in (
        (begin, len(data), ([], [], 2)),
        (begin + 22, len(data), (["Given"], [], 1)),
        (begin + 16, begin + 18, ([], ["Taken"], 1)),
        (begin + 38, begin + 40, (["Given"], [], 1)),
    ):
        one.encrypted = first, last
        given, taken, lost = macho.class_symbols(data, one)
        assert (given.to_list(), taken.to_list(), lost) == expected


def test_symbols_beyond_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Symbols that are more than are looked at are told and counted."""
    texts = b"\0_OBJC_CLASS_$_Given\0"
    data = with_symbols([(1, 0x0F)] * 12, texts)
    monkeypatch.setattr(macho, "SYMBOLS_MOST", 10)
    (one,) = macho.read(data)[0]
    assert one.odd == ["12 symbols, of which 10 are looked at"]
    given, _, lost = macho.class_symbols(data, one)
    assert (given.to_list(), lost) == (["Given"], 2)


def test_many_pointers_to_one_class_hide_no_other() -> None:
    """A list that names one class 100,000 times, of a name of 1,000 bytes, and then three others, tells them all."""
    program = bytearray(DEVICE)
    (one,) = macho.read(DEVICE)[0]
    first, last = one.listed[0]
    many = struct.unpack_from("<Q", program, first)[0]
    name = program.index(b"\0ExampleRoot\0") + 1
    # its name goes to the end of the file, where there is room for a long one, by a pointer in what the class holds
    address, place, _ = next(part for part in one.segments if part[1] <= first < part[1] + part[2])
    held = place + (many - address)
    (data_at,) = struct.unpack_from("<Q", program, held + 32)
    named_at = place + ((data_at & ~7) - address) + 24
    assert struct.unpack_from("<Q", program, named_at)[0] - BASE == name
    struct.pack_into("<Q", program, named_at, BASE + (1 << 32))
    end = len(program)
    program += b"C" * 1000 + b"\0" * 8
    begin = len(program)
    program += struct.pack("<Q", many) * 100_000 + DEVICE[first:last]
    one.segments.append((BASE + (1 << 32), end, 1001))
    one.listed = [(begin, len(program))]
    names, lost = macho.classes(bytes(program), one)
    assert (set(names), lost) == ({"C" * 1000, *told("device")} - {"ExampleRoot"}, 0)


def test_a_fat_file_and_one_of_32_bits() -> None:
    """Each slice of a fat file is read for itself; addresses of a watch have 32 bits, and lead to the same classes."""
    slices, odd = macho.read(FAT)
    assert ([one.cpu for one in slices], odd) == (["arm64", "x86_64"], [])
    assert classes(FAT) == [told("device")] * 2
    assert ([one.cpu for one in macho.read(WATCH)[0]], classes(WATCH)) == (["arm64_32"], [told("device")])


@pytest.mark.parametrize("form", ["address", "distance"])
def test_pointers_in_chains(form: str) -> None:
    """A pointer of a chain has the next one's distance above its own, and 36 bits of an address or of a distance."""
    program = bytearray(DEVICE)
    (one,) = macho.read(DEVICE)[0]
    changed = 0
    for _, first, size in one.segments[1:3]:  # the data
        for at in range(first, first + size, 8):
            (value,) = struct.unpack_from("<Q", program, at)
            if BASE <= value < BASE + 0x10000:
                struct.pack_into("<Q", program, at, (value if form == "address" else value - BASE) | 0x0042 << 51)
                changed += 1
    assert changed > 10
    assert classes(bytes(program)) == [told("device")]


def test_an_encrypted_program_keeps_its_names() -> None:
    """What the store encrypted is told and not looked at; before it was, class names and hosts stood in that range."""
    (one,) = macho.read(STORE)[0]
    assert one.encrypted is not None
    first, last = one.encrypted
    assert (b"ExampleReader" in DEVICE[first:last], b"acme-reader.com" in DEVICE[first:last]) == (True, True)
    assert (macho.classes(STORE, one)[0].len(), macho.classes(STORE, one)[1]) == (0, 3)
    assert STORE[first : first + 64] not in seen(STORE)


def test_encrypted_bytes_that_lie_nowhere() -> None:
    """A range of encrypted bytes beyond the file hides all of it: better nothing than a wrong word."""
    program = bytearray(STORE)
    struct.pack_into("<I", program, writer.command(STORE, writer.ENCRYPTION) + 8, 0x7FFFFFFF)
    (one,) = macho.read(bytes(program))[0]
    assert one.encrypted == (0, len(program))
    assert (macho.searched([one]), len(macho.classes(bytes(program), one)[0])) == (([], []), 0)


def test_what_is_looked_at_for_hosts() -> None:
    """Strings and data are, and of a signature, which names its issuers, nothing is."""
    held = seen(FAT)
    assert (b"https://api.acme-reader.com/v1" in held, b"Apple Distribution" in FAT) == (True, True)
    assert b"Apple Distribution" not in held


def test_libraries_that_are_linked() -> None:
    """The libraries that load commands name are told by their paths."""
    assert macho.read(DEVICE)[0][0].libraries == ["/usr/lib/libobjc.A.dylib"]


def test_the_signature_that_openssl_made() -> None:
    """Team, entitlements and the certificate of the signer are those that it was signed with; openssl tells its sum."""
    (one, _) = macho.read(FAT)[0]
    assert one.signature
    signature = code_signature.read(FAT[slice(*one.signature)])
    expected = (HERE / "leaf.txt").read_text().strip().rpartition("=")[2].replace(":", "").lower()
    assert (signature.identifier, signature.team) == ("com.acme.Example", writer.TEAM)
    assert signature.entitlements == writer.RIGHTS
    assert [cert.sha256 for cert in signature.signers] == [expected]
    assert signature.signers[0].subject["O"] == "Example GmbH"
    assert signature.odd == ()


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"\xfa\xde\x0c\xc0", struct.pack(">III", 0xFADE0CC0, 12, 0xFFFFFFFF),
        struct.pack(">IIIII", 0xFADE0CC0, 20, 1, 0x10000, 0xFFFFFFF0),
        writer.super_blob([(0x10000, writer.blob(0xFADE0B01, b"\x30\x80\x06"))]),
        writer.super_blob([(5, writer.blob(0xFADE7171, b"<!DOCTYPE a [<!ENTITY b 'c'>]><plist/>"))]),
        writer.super_blob([(0, writer.blob(0xFADE0C02, struct.pack(">IIIII", 0x20200, 0, 0, 0xFFFFFFFF, 0)))]),
    ],
)  # fmt: skip
def test_damaged_signatures(damage: bytes) -> None:
    """A signature that is cut, lies about its slots or holds what is none has no signer, and nothing is raised."""
    assert code_signature.read(damage).signers == ()


def test_every_beginning_of_a_program() -> None:
    """A program that is cut anywhere is read as far as it goes, and nothing is raised."""
    for end in [*range(1500), *range(1500, len(DEVICE), 997)]:
        classes(DEVICE[:end])
        seen(DEVICE[:end])


@given(st.lists(st.tuples(st.integers(0, 0xB000), st.integers(0, 255)), min_size=1, max_size=40))
def test_programs_with_other_bytes(changes: list[tuple[int, int]]) -> None:
    """Whatever bytes of a program are changed, nothing is raised, and no place lies outside it."""
    program = bytearray(DEVICE)
    for at, value in changes:
        program[at if at > 0x1000 else at % 0x700] = value
    for one in macho.read(bytes(program))[0]:
        macho.classes(bytes(program), one)
        for first, last in (*one.strings, *one.rest, *one.listed):
            assert 0 <= first <= last <= len(program)
    seen(bytes(program))


@pytest.mark.parametrize(
    ("slices", "why"),
    [
        ([(7, 0xFFFFFFFF, 0xFFFFFFFF)], "slice 0"),
        ([(7, 4, 100)], "slice 0"),
        ([(7, 0, 48)], "slice 0"),
        ([(7, 1 << 31, 1)] * 30, "30 slices"),
    ],
)
def test_wild_fat_files(slices: list[tuple[int, int, int]], why: str) -> None:
    """A slice that lies nowhere, or over the table of slices, is told, and there is nothing to read."""
    head = struct.pack(">II", 0xCAFEBABE, len(slices))
    data = head + b"".join(struct.pack(">IIIII", cpu, 0, first, size, 0) for cpu, first, size in slices) + bytes(64)
    found, odd = macho.read(data)
    assert found == []
    assert any(why in text for text in odd)


def test_slices_that_lie_over_one_another() -> None:
    """Each byte is looked at for hosts once, however many slices lie over it."""
    program = FAT[PLACE : PLACE + SIZE]
    rows = [(0x0100000C, 0x4000, len(program))] * 16
    head = struct.pack(">II", 0xCAFEBABE, 16) + b"".join(struct.pack(">IIIII", c, 0, f, s, 14) for c, f, s in rows)
    data = head.ljust(0x4000, b"\0") + program
    strings, rest = macho.searched(macho.read(data)[0])
    assert sum(last - first for first, last in strings + rest) < len(program)


def test_a_program_that_lists_a_million_classes() -> None:
    """A list of classes as long as the file, each the same, is bounded in time and memory."""
    program = bytearray(DEVICE + bytes(8 << 20))
    (one,) = macho.read(bytes(program))[0]
    first = one.listed[0][0]
    pointer = np.frombuffer(DEVICE[first : first + 8], "<u8")
    program[-(8 << 20) :] = np.repeat(pointer, 1 << 20).tobytes()
    one.listed = [(len(program) - (8 << 20), len(program))]
    start = time.monotonic()
    names, _ = macho.classes(bytes(program), one)
    assert names.to_list() == ["ExampleRoot"]
    assert time.monotonic() - start < 20


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20))),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20))),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=2),
)
def test_ranges_beside_sets(
    strings: list[tuple[int, int]], rest: list[tuple[int, int]], hidden: list[tuple[int, int]]
) -> None:
    """What is looked at is, byte by byte, what sets say: strings but hidden ones; the rest but both."""

    def spans(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(first, first + size) for first, size in pairs]

    def held(pairs: list[tuple[int, int]]) -> list[int]:
        return [byte for first, last in pairs for byte in range(first, last)]

    slices = [macho.Slice("arm64", 0, 99, encrypted=pair) for pair in spans(hidden)]
    slices.append(macho.Slice("arm64", 0, 99, strings=spans(strings), rest=spans(rest)))
    found = macho.searched(slices)
    cloaked = set(held(spans(hidden)))
    of_strings = set(held(spans(strings))) - cloaked
    assert held(found[0]) == sorted(of_strings)
    assert held(found[1]) == sorted(set(held(spans(rest))) - cloaked - of_strings)


def test_first_bytes() -> None:
    """The magics of thin and fat files are those of Mach-O; the same of a Java class (a version above 40) is not."""
    assert [macho.is_one(DEVICE[:8]), macho.is_one(FAT[:8]), macho.is_one(WATCH[:8])] == [True] * 3
    assert [macho.is_one(b"\xca\xfe\xba\xbe\0\0\0\x34"), macho.is_one(b"\x7fELF\2\1\1\0"), macho.is_one(b"")] == [
        False
    ] * 3

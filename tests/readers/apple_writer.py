"""Writes what Apple's tools write and no free one here does: code signatures, encrypted programs, packages.

As a script it is called by make-apple-packages.sh; tests use its functions to write what is not as it should be.
"""

from __future__ import annotations

import hashlib
import plistlib
import struct
import subprocess
import sys
from pathlib import Path

TEAM = "ABCDE12345"
SIGNATURE, ENCRYPTION, SEGMENT_64 = 0x1D, 0x2C, 0x19
_PAGE = 4096


def commands(program: bytes) -> list[tuple[int, int]]:
    """Return kind and place of each load command of a thin program of 64 bits."""
    count = struct.unpack_from("<I", program, 16)[0]
    found, at = [], 32
    for _ in range(count):
        kind, size = struct.unpack_from("<II", program, at)
        found.append((kind, at))
        at += size
    return found


def command(program: bytes, kind: int) -> int:
    """Return the place of the first load command of a kind."""
    return next(at for found, at in commands(program) if found == kind)


def blob(magic: int, content: bytes) -> bytes:
    """Return a blob of a code signature."""
    return struct.pack(">II", magic, len(content) + 8) + content


def directory(program: bytes, identifier: str, team: str) -> bytes:
    """Return a code directory, version 0x20200, of all bytes of a program."""
    pages = [hashlib.sha256(program[at : at + _PAGE]).digest() for at in range(0, len(program), _PAGE)]
    names = identifier.encode() + b"\0"
    named = 52
    hashed = named + len(names) + len(team) + 1
    head = struct.pack(
        ">IIIIIIIBBBBIII", 0x20200, 0, hashed, named, 0, len(pages), len(program), 32, 2, 0, 12, 0, 0,
        named + len(names),
    )  # fmt: skip
    return blob(0xFADE0C02, head + names + team.encode() + b"\0" + b"".join(pages))


def super_blob(parts: list[tuple[int, bytes]]) -> bytes:
    """Return a code signature of slots and blobs."""
    at, table, body = 12 + 8 * len(parts), b"", b""
    for slot, part in parts:
        table += struct.pack(">II", slot, at + len(body))
        body += part
    return blob(0xFADE0CC0, struct.pack(">I", len(parts)) + table + body)


def signed(program: bytes, identifier: str, entitlements: dict[str, object], folder: Path, team: str = TEAM) -> bytes:
    """Return a program with the signature of `leaf.pem`; it was linked with room for one (`-adhoc_codesign`)."""
    at = command(program, SIGNATURE)
    place = struct.unpack_from("<I", program, at + 8)[0]
    whole = bytearray(program[:place])
    room = 16384
    segment = next(
        at for kind, at in commands(program) if kind == SEGMENT_64 and program[at + 8 : at + 18] == b"__LINKEDIT"
    )
    offset = struct.unpack_from("<Q", whole, segment + 40)[0]
    struct.pack_into("<I", whole, at + 12, room)
    struct.pack_into("<Q", whole, segment + 48, place + room - offset)
    described = directory(bytes(whole), identifier, team)
    (folder / "directory").write_bytes(described)
    message = openssl(folder, "directory")
    parts = [
        (0, described),
        (5, blob(0xFADE7171, plistlib.dumps(entitlements))),
        (0x10000, blob(0xFADE0B01, message)),
    ]
    return bytes(whole) + super_blob(parts).ljust(room, b"\0")


def openssl(folder: Path, name: str, *more: str) -> bytes:
    """Return a signed message over a file of the folder: in BER, as Apple's are, by `-stream`."""
    call = ["openssl", "cms", "-sign", "-binary", "-stream", "-outform", "DER", "-in", name, "-signer", "leaf.pem",
            "-inkey", "leaf.key", "-certfile", "ca.pem", *more]  # fmt: skip
    return subprocess.run(call, cwd=folder, check=True, capture_output=True).stdout


def encrypted(program: bytes) -> bytes:
    """Return a program as the store has it: the range that its linker set aside cannot be read, and is marked so.

    Each byte is changed in the same way, which is no encryption, and keeps the file small.
    """
    at = command(program, ENCRYPTION)
    place, size = struct.unpack_from("<II", program, at + 8)
    whole = bytearray(program)
    struct.pack_into("<I", whole, at + 16, 1)
    whole[place : place + size] = bytes(byte ^ 0xA5 for byte in whole[place : place + size])
    return bytes(whole)


def fat(slices: list[tuple[int, bytes]]) -> bytes:
    """Return a fat file of processors and programs."""
    at, head, body = 0x4000, struct.pack(">II", 0xCAFEBABE, len(slices)), b""
    for cpu, program in slices:
        head += struct.pack(">IIIII", cpu, 0, at + len(body), len(program), 14)
        body += program + bytes(-len(program) % 0x4000)
    return head.ljust(at, b"\0") + body


INFO: dict[str, object] = {
    "CFBundleIdentifier": "com.acme.Example", "CFBundleDisplayName": "Example", "CFBundleExecutable": "Example",
    "CFBundleShortVersionString": "2.1", "CFBundleVersion": "37", "MinimumOSVersion": "14.0",
    "DTPlatformVersion": "17.2", "NSCameraUsageDescription": "to look", "NSLocationWhenInUseUsageDescription": "to go",
    "NSAppTransportSecurity": {
        "NSExceptionDomains": {
            "old.acme-plain.com": {"NSExceptionAllowsInsecureHTTPLoads": True}, "*.acme-star.com": {}, "localhost": {},
        }
    },
}  # fmt: skip
RIGHTS: dict[str, object] = {
    "application-identifier": f"{TEAM}.com.acme.Example", "aps-environment": "production", "get-task-allow": False,
    "com.apple.developer.associated-domains": ["applinks:go.acme-links.com?mode=developer"],
}  # fmt: skip
PROFILE: dict[str, object] = {
    "TeamIdentifier": [TEAM], "TeamName": "Example GmbH", "Entitlements": RIGHTS,
    "ProvisionedDevices": ["00008020-000000000000001E", "00008020-000000000000002E"],
}  # fmt: skip
PRIVACY = {"NSPrivacyTracking": True, "NSPrivacyTrackingDomains": ["track.acme-ads.com"]}
SOLD = {
    "artistName": "Example GmbH",
    "com.apple.iTunesStore.downloadInfo": {"accountInfo": {"AppleID": "who@buyer.net"}},
}


def files(program: bytes, library: bytes, profile: bytes | None) -> dict[str, bytes]:
    """Return what an app's package holds, by its names."""
    top = "Payload/Example.app/"
    found = {
        f"{top}Info.plist": plistlib.dumps(INFO, fmt=plistlib.FMT_BINARY),
        f"{top}Example": program,
        f"{top}main.jsbundle": b'fetch("https://cdn.acme-script.com/x.js")',
        f"{top}Frameworks/Acme.framework/Acme": library,
        f"{top}Frameworks/Acme.framework/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.acme.ads"}),
        f"{top}Frameworks/Acme.framework/PrivacyInfo.xcprivacy": plistlib.dumps(PRIVACY),
        f"{top}_CodeSignature/CodeResources": plistlib.dumps({"files": {}}),
    }
    return found | ({f"{top}embedded.mobileprovision": profile} if profile else {})


def sdks(folder: Path, out: Path) -> None:
    """Write the package of an app that carries libraries of makers, unsigned."""
    from apk_samples import Entry, archive  # noqa: PLC0415 - tests have it in their path, and this script beside it

    top = "Payload/Sdks.app/"
    info = INFO | {"CFBundleIdentifier": "com.acme.Sdks", "CFBundleExecutable": "Sdks"}
    held = {
        f"{top}Info.plist": plistlib.dumps(info),
        f"{top}Sdks": (folder / "sdks").read_bytes(),
        f"{top}Frameworks/BUAdSDK.framework/BUAdSDK": (folder / "sdks_library").read_bytes(),
        f"{top}Frameworks/Alamofire.framework/Info.plist": plistlib.dumps({"CFBundleIdentifier": "org.alamofire"}),
    }
    (out / "sdks.ipa").write_bytes(archive([Entry(name.encode(), data) for name, data in held.items()]))


def main(folder: Path, out: Path) -> None:
    """Write the packages of what make-apple-packages.sh linked."""
    from apk_samples import Entry, archive  # noqa: PLC0415 - tests have it in their path, and this script beside it

    device, library, simulator = ((folder / name).read_bytes() for name in ("device", "library", "simulator"))
    whole = signed(device, "com.acme.Example", RIGHTS, folder)
    (folder / "profile").write_bytes(plistlib.dumps(PROFILE))
    held = files(fat([(0x0100000C, whole), (0x01000007, simulator)]), library, openssl(folder, "profile", "-nodetach"))
    (out / "signed.ipa").write_bytes(archive([Entry(name.encode(), data) for name, data in held.items()]))
    held = files(encrypted(whole), encrypted(library), None) | {"iTunesMetadata.plist": plistlib.dumps(SOLD)}
    (out / "store.ipa").write_bytes(archive([Entry(name.encode(), data) for name, data in held.items()]))
    sdks(folder, out)
    watch = {
        "Watch": (folder / "watch").read_bytes(),
        "Info.plist": plistlib.dumps(INFO | {"CFBundleExecutable": "Watch"}),
    }
    entries = [Entry(f"Watch.app/{name}".encode(), data) for name, data in watch.items()]
    (out / "watch.zip").write_bytes(archive(entries))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Announces routes with any AS path that one likes: for make-route-tables.sh, which needs AS_SETs and confederations.

``python bgp_speaker.py ROUTES REMOTE-AS REMOTE-IPV4 REMOTE-IPV6`` opens one session for each ``peer`` line of the file
ROUTES, announces what stands below it, and stays until it is ended.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import sys
import threading
from pathlib import Path

from mrt_writer import attribute, nlri, update_body
from mrt_writer import message as bgp_message
from mrt_writer import path as as_path

SEGMENT = {"{": 1, "": 2, "(": 3, "[": 4}  # RFC 4271, 4.3; RFC 5065, 3
OPEN, UPDATE, KEEPALIVE = 1, 2, 4


def segments(text: str) -> list[tuple[int, list[int]]]:
    """Return the segments of a path that is written as routers do; ``64501*30`` stands for thirty of that number."""
    found: list[tuple[int, list[int]]] = []
    for bracket, inside, plain in re.findall(r"([{(\[])([^})\]]*)[})\]]|([\d*]+)", text):
        kind = SEGMENT[bracket]
        numbers: list[int] = []
        for word in (inside or plain).split():
            number, _, times = word.partition("*")
            numbers += [int(number)] * int(times or 1)
        if kind == SEGMENT[""] and found and found[-1][0] == kind and len(found[-1][1]) + len(numbers) < 256:
            found[-1][1].extend(numbers)
        else:
            found.append((kind, numbers))
    return found


def opening(asn: int, address: str) -> bytes:
    """Return an OPEN: AS numbers of four octets, unicast of the address's family."""
    family = 1 if ":" not in address else 2
    capabilities = struct.pack("!BBHBB", 1, 4, family, 0, 1) + struct.pack("!BBI", 65, 4, asn)
    identifier = ipaddress.ip_address(f"198.18.0.{asn % 250}").packed
    options = bytes([2, len(capabilities)]) + capabilities
    short = asn if asn < 65536 else 23456
    return bgp_message(OPEN, struct.pack("!BHH", 4, short, 240) + identifier + bytes([len(options)]) + options)


def announcement(prefix: str, path: str, address: str) -> bytes:
    """Return an UPDATE that announces one prefix."""
    attributes = attribute(1, b"\0") + attribute(2, as_path(segments(path), 4), long=True)
    if ":" in prefix:
        reach = struct.pack("!HBB", 2, 1, 16) + ipaddress.ip_address(address).packed + b"\0" + nlri(prefix)
        body = update_body(attrs=attributes + struct.pack("!BBB", 0x80, 14, len(reach)) + reach)  # RFC 4760, 3
    else:
        body = update_body(
            attrs=attributes + attribute(3, ipaddress.ip_address(address).packed), announced=nlri(prefix)
        )
    return bgp_message(UPDATE, body)


def session(asn: int, address: str, remote: str, routes: list[tuple[str, str]]) -> None:
    """Open a session from ``address``, announce, and keep it alive."""
    while True:
        try:
            with socket.create_connection((remote, 179), 5, (address, 0)) as line:
                line.sendall(opening(asn, address) + bgp_message(KEEPALIVE, b""))
                line.settimeout(20)
                line.recv(4096)
                threading.Event().wait(1)
                line.sendall(b"".join(announcement(prefix, path, address) for prefix, path in routes))
                while True:
                    line.sendall(bgp_message(KEEPALIVE, b""))
                    try:
                        if not line.recv(65536):
                            break
                    except TimeoutError:
                        continue
        except OSError as error:
            sys.stderr.write(f"bgp_speaker.py: AS{asn} to {remote}: {error}" + "\n")
            threading.Event().wait(1)


def main() -> None:
    """Open all sessions of the file."""
    file, _, *remotes = sys.argv[1:]
    sessions: list[tuple[int, str, str, list[tuple[str, str]]]] = []
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        first, _, rest = line.strip().partition(" ")
        if first == "peer":
            address, asn = rest.split()
            remote = remotes[0] if ":" not in address else remotes[1]
            sessions.append((int(asn), address, remote, []))
        elif first and not first.startswith("#"):
            sessions[-1][3].append((first, rest))
    for one in sessions:
        threading.Thread(target=session, args=one).start()


if __name__ == "__main__":
    main()

"""Fetch one file over HTTPS, to the last byte and no further.

A transfer that breaks off is resumed where it stopped (RFC 9110 section 14: `Range`, with `If-Range` so that two
editions are never spliced). Redirects are followed a few times, never to another scheme and never to an address
that is not public; the address that was checked is the one that is connected to. Plain HTTP is for the loopback
interface only, where tests run.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import re
import socket
import ssl
import time
import urllib.request
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REDIRECTS_MOST: Final = 5
TRIES: Final = 4
_STEP: Final = 1 << 18
_AGENT: Final = "crossline"


class FetchError(Exception):
    """A file could not be fetched; the message says why and what to do."""


class _Again(Exception):  # noqa: N818 - a signal between functions here, never seen outside
    """The transfer broke off and may be resumed."""


@dataclass(frozen=True)
class Limits:
    """What a transfer may spend."""

    bytes_most: int = 512 << 20
    seconds_idle: float = 30.0
    seconds: float = 3600.0


@dataclass(frozen=True)
class Fetched:
    """A whole file. ``validator`` is its ETag or Last-Modified; ``modified`` the latter."""

    path: Path
    size: int
    validator: str
    modified: str


@dataclass
class _Part:
    """What is known of a file that is half here."""

    url: str = ""
    validator: str = ""
    modified: str = ""
    total: int = -1


def _public(host: str, port: int, *, loopback: bool) -> list[tuple[Any, ...]]:
    """Resolve a host; raises FetchError unless every address of it is public (or, in tests, the loopback)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"{host}: cannot be resolved ({error.strerror or error}); is there a connection?") from error
    for _, _, _, _, where in found:
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not (address.is_loopback if loopback else address.is_global and not address.is_multicast):
            raise FetchError(f"{host}: leads to {address}, which is not a public address")
    return found


def is_loopback(url: str) -> bool:
    """Whether the address names the loopback interface outright."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def check(url: str) -> None:
    """Raise FetchError unless the address is one that may be fetched."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"{url[:200]!r} is not an address: {error}") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise FetchError(f"{url[:200]}: only https is fetched")
    if not parts.hostname or parts.username or parts.password or port == 0 or re.search(r"[\x00-\x20\x7f]", url):
        raise FetchError(f"{url[:200]!r} is not an address to fetch from")


def _connect(url: str, idle: float) -> http.client.HTTPConnection:
    """Return a connection to the host of the address, through the proxy that the environment names, if any."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = ssl.create_default_context()
    proxy = (
        "" if is_loopback(url) or urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https", "")
    )
    if proxy and secure:
        by = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        tunnel = http.client.HTTPSConnection(by.hostname or "", by.port or 8080, timeout=idle, context=context)
        tunnel.set_tunnel(host, port)
        return tunnel
    found = _public(host, port, loopback=is_loopback(url))
    connection = http.client.HTTPConnection(host, port, timeout=idle)
    failure: OSError | None = None
    for family, kind, protocol, _, where in found:
        channel = socket.socket(family, kind, protocol)
        channel.settimeout(idle)
        try:
            channel.connect(where)
            connection.sock = context.wrap_socket(channel, server_hostname=host) if secure else channel
        except OSError as error:
            channel.close()
            failure = error
        else:
            return connection
    raise _Again(f"{host}: no connection ({failure})")


def _request(url: str, headers: dict[str, str], idle: float) -> tuple[str, http.client.HTTPResponse]:
    """Send a GET, following redirects; return where it ended and the response, whose body is still to be read."""
    first = urlsplit(url)
    for _ in range(REDIRECTS_MOST + 1):
        connection = _connect(url, idle)
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity", "Host": parts.netloc, **headers}
        connection.request("GET", target, headers=sent)
        response = connection.getresponse()
        if response.status not in (301, 302, 303, 307, 308):
            return url, response
        following = urljoin(url, response.headers.get("Location") or "")
        response.close()
        connection.close()
        check(following)
        onward = urlsplit(following)
        if onward.scheme != first.scheme:
            raise FetchError(f"{url}: redirects to another scheme ({onward.scheme})")
        if is_loopback(following) and not is_loopback(url):
            raise FetchError(f"{url}: redirects to {onward.netloc}, which is not public")
        url = following
    raise FetchError(f"{first.geturl()}: more than {REDIRECTS_MOST} redirects")


def _stored(side: Path) -> _Part:
    try:
        held = json.loads(side.read_bytes())
        return _Part(str(held["url"]), str(held["validator"]), str(held["modified"]), int(held["total"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _Part()


def _size(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,15}", text, re.ASCII) else -1


def fetch(
    url: str,
    target: Path,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """Fetch ``url`` to ``target``; the part that is here already, as ``target`` with ``.part``, is continued.

    ``progress`` is told the bytes here and the bytes in all (-1: not known). Raises FetchError; what was received
    stays for the next try unless it is of no use.
    """
    limits = limits or Limits()
    check(url)
    deadline = time.monotonic() + limits.seconds
    reason = ""
    for _ in range(TRIES):
        try:
            return _once(url, target, limits, deadline, progress)
        except (_Again, http.client.HTTPException, OSError) as error:
            reason = str(error) or type(error).__name__
    raise FetchError(f"{url}: broke off {TRIES} times ({reason}); what came is kept, run it again to go on")


def _once(
    url: str, target: Path, limits: Limits, deadline: float, progress: Callable[[int, int], None] | None
) -> Fetched:
    part, side = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.part.json")
    held = _stored(side)
    here = part.stat().st_size if part.is_file() and held.url == url and held.validator else 0
    headers = {"Range": f"bytes={here}-", "If-Range": held.validator} if here else {}
    _, response = _request(url, headers, limits.seconds_idle)
    with response:
        if response.headers.get("Content-Encoding", "identity") not in ("identity", ""):
            raise FetchError(f"{url}: the server sends a content encoding that was not asked for")
        if response.status == 416:
            part.unlink(missing_ok=True)
            side.unlink(missing_ok=True)
            raise _Again("the server has no such range: starting afresh")
        if response.status >= 500 or response.status == 429:
            raise _Again(f"the server answers {response.status}")
        here = _begin(url, response, here)
        length = _size(response.headers.get("Content-Length"))
        total = here + length if length >= 0 else -1
        if max(total, here) > limits.bytes_most:
            raise FetchError(f"{url}: {total:,} bytes; the limit is {limits.bytes_most:,}")
        etag = response.headers.get("ETag") or ""
        modified = response.headers.get("Last-Modified") or ""
        # Only a strong validator may vouch for a continuation (RFC 9110 section 13.1.5).
        validator = etag if etag and not etag.startswith("W/") else modified
        side.write_text(json.dumps(asdict(_Part(url, validator, modified, total))), encoding="utf-8")
        size = _receive(url, response, part, here, total, limits, deadline, progress)
    part.replace(target)
    side.unlink(missing_ok=True)
    return Fetched(target, size, validator, modified)


def _begin(url: str, response: http.client.HTTPResponse, here: int) -> int:
    """Return at which byte the response begins; raises FetchError where the answer is no file."""
    if response.status == 206:
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range") or "", re.ASCII)
        if not match or int(match[1]) != here:
            raise FetchError(f"{url}: the server sends another range than the one asked for")
        return here
    if response.status == 200:
        return 0
    raise FetchError(f"{url}: the server answers {response.status} {response.reason}")


def _receive(  # noqa: PLR0913, PLR0917 - one transfer, all of whose terms are needed
    url: str,
    response: http.client.HTTPResponse,
    part: Path,
    here: int,
    total: int,
    limits: Limits,
    deadline: float,
    progress: Callable[[int, int], None] | None,
) -> int:
    """Write the body behind what is here; return the size of the whole."""
    size = here
    with part.open("r+b" if here else "wb") as file:
        file.seek(here)
        while True:
            if time.monotonic() > deadline:
                raise FetchError(f"{url}: took longer than {limits.seconds:.0f} seconds; run it again to go on")
            step = response.read1(_STEP)
            if not step:
                break
            size += len(step)
            if size > limits.bytes_most:
                raise FetchError(f"{url}: more than {limits.bytes_most:,} bytes, which is the limit")
            file.write(step)
            if progress:
                progress(size, total)
    if 0 <= total != size:
        raise _Again(f"{size:,} of {total:,} bytes came")
    return size

"""Fetching from publishers, against a server on the loopback interface."""

from __future__ import annotations

import hashlib
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from crossline.world import editions, fetch, pull, sources
from crossline.world.sources import Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TODAY = date(2026, 7, 15)
BODY = bytes(range(256)) * 4000


class Server:
    """Answers each path with a function of the request, and remembers what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers.get("Range")))
                outer.pages.get(self.path, lambda request: request.send_error(404))(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def page(self, path: str, body: bytes, **headers: str) -> str:
        """Serve bytes whole, or the range asked for if the validator is still the same."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            wanted, condition = request.headers.get("Range"), request.headers.get("If-Range")
            start = 0
            if wanted and condition in (headers.get("ETag"), headers.get("Last-Modified")):
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            send(request, body[start:], 206 if start else 200, start, len(body), headers)

        self.pages[path] = answer
        return self.url + path


def send(  # noqa: PLR0917 - a test's own
    request: BaseHTTPRequestHandler, body: bytes, status: int, start: int, total: int, headers: dict[str, str]
) -> None:
    """Write a response."""
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    if status == 206:
        request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    request.send_header("Content-Length", str(total - start))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server for one test."""
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()


def test_a_file_comes_whole(server: Server, tmp_path: Path) -> None:
    """The bytes are those that were served, progress ends at the size, and nothing is left beside the file."""
    told: list[tuple[int, int]] = []
    got = fetch.fetch(server.page("/f", BODY, ETag='"1"'), tmp_path / "f", None, lambda *step: told.append(step))
    assert got.path.read_bytes() == BODY
    assert (len(BODY), '"1"') == (got.size, got.validator)
    assert (len(BODY), len(BODY)) == told[-1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]


def test_a_broken_transfer_is_resumed_where_it_stopped(server: Server, tmp_path: Path) -> None:
    """After a cut, only the rest is asked for, and the file is whole."""
    url = server.page("/f", BODY, ETag='"1"')
    whole = server.pages["/f"]

    def cut(request: BaseHTTPRequestHandler) -> None:
        server.pages["/f"] = whole
        send(request, BODY[:5000], 200, 0, len(BODY), {"ETag": '"1"'})

    server.pages["/f"] = cut
    assert fetch.fetch(url, tmp_path / "f").path.read_bytes() == BODY
    assert server.asked == [("/f", None), ("/f", "bytes=5000-")]


def test_two_editions_are_never_spliced(server: Server, tmp_path: Path) -> None:
    """If the file changed in between, or has no validator, it is fetched afresh."""
    for validator in ({"ETag": '"1"'}, {"ETag": 'W/"1"'}, {}):
        url = server.url + "/f"

        def cut(request: BaseHTTPRequestHandler, validator: dict[str, str] = validator) -> None:
            server.page("/f", BODY[::-1], ETag='"2"')
            send(request, BODY[:5000], 200, 0, len(BODY), validator)

        server.pages["/f"] = cut
        assert BODY[::-1] == fetch.fetch(url, tmp_path / "f").path.read_bytes()


def test_what_came_is_kept_for_the_next_run(server: Server, tmp_path: Path) -> None:
    """A server that always breaks off leaves a part that a later run continues."""
    url = server.page("/f", BODY, ETag='"1"')
    whole = server.pages["/f"]

    def cut(request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers.get("Range") or "bytes=0-")[6:-1])
        send(request, BODY[start : start + 1000], 206 if start else 200, start, len(BODY), {"ETag": '"1"'})

    server.pages["/f"] = cut
    with pytest.raises(fetch.FetchError, match="run it again"):
        fetch.fetch(url, tmp_path / "f")
    assert (tmp_path / "f.part").stat().st_size == 1000 * fetch.TRIES
    server.pages["/f"] = whole
    assert fetch.fetch(url, tmp_path / "f").path.read_bytes() == BODY
    assert f"bytes={1000 * fetch.TRIES}-" == server.asked[-1][1]


def _redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def test_redirects_are_followed_a_few_times_and_not_anywhere(server: Server, tmp_path: Path) -> None:
    """A loop ends; another scheme, a file, credentials and an address without a host are refused."""
    server.page("/f", BODY)
    server.pages["/a"] = _redirect("/b")
    server.pages["/b"] = _redirect(server.url + "/f")
    assert fetch.fetch(server.url + "/a", tmp_path / "f").path.read_bytes() == BODY
    server.pages["/loop"] = _redirect("/loop")
    with pytest.raises(fetch.FetchError, match="more than 5 redirects"):
        fetch.fetch(server.url + "/loop", tmp_path / "g")
    for to, told in (
        ("https://example.org/", "another scheme"),
        ("file:///etc/passwd", "only https"),
        ("ftp://127.0.0.1/", "only https"),
        ("http://10.0.0.1/", "only https"),
        ("http://user:word@127.0.0.1/", "not an address"),
        ("", "more than 5 redirects"),
    ):
        server.pages["/to"] = _redirect(to)
        with pytest.raises(fetch.FetchError, match=told):
            fetch.fetch(server.url + "/to", tmp_path / "g")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "file:///x",
        "https://",
        "https://u@example.org/",
        "https://example.org/a b",
        "https://[::1",
        "x",
    ],
)
def test_only_https_is_fetched(url: str) -> None:
    """Other schemes, credentials and malformed addresses are refused before anything is sent."""
    with pytest.raises(fetch.FetchError):
        fetch.check(url)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "0.0.0.0",  # noqa: S104 - refused, not bound to
        "100.64.0.1",
        "224.0.0.1",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a name resolves to is checked, and it is the checked address that is connected to."""
    where = (address, 443) if "." in address and ":" not in address else (address, 443, 0, 0)
    monkeypatch.setattr(
        fetch.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", where)]
    )
    with pytest.raises(fetch.FetchError, match="not a public address"):
        fetch._public("publisher.example", 443, loopback=False)


def test_limits_and_wrong_answers_are_named(server: Server, tmp_path: Path) -> None:
    """Too large by header or by body, an encoding nobody asked for, a missing file, another range."""
    small = fetch.Limits(bytes_most=1000)
    with pytest.raises(fetch.FetchError, match="the limit is 1,000"):
        fetch.fetch(server.page("/f", BODY), tmp_path / "f", small)

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(BODY)

    server.pages["/e"] = endless
    with pytest.raises(fetch.FetchError, match="which is the limit"):
        fetch.fetch(server.url + "/e", tmp_path / "e", small)
    with pytest.raises(fetch.FetchError, match="content encoding"):
        fetch.fetch(server.page("/z", BODY, Content_Encoding="gzip"), tmp_path / "z")
    with pytest.raises(fetch.FetchError, match="404"):
        fetch.fetch(server.url + "/none", tmp_path / "n")
    server.pages["/r"] = lambda request: send(request, BODY[7:], 206, 7, len(BODY), {})
    with pytest.raises(fetch.FetchError, match="another range"):
        fetch.fetch(server.url + "/r", tmp_path / "r")
    with pytest.raises(fetch.FetchError, match="took longer than 0 seconds"):
        fetch.fetch(server.page("/t", BODY), tmp_path / "t", fetch.Limits(seconds=0.0))


def test_a_server_that_says_nothing_is_given_up(server: Server, tmp_path: Path) -> None:
    """A connection on which nothing comes ends after the idle time, a few times, with a message."""
    stop = threading.Event()
    server.pages["/s"] = lambda _request: stop.wait(5)  # type: ignore[assignment, return-value]  # answers nothing
    with pytest.raises(fetch.FetchError, match="broke off"):
        fetch.fetch(server.url + "/s", tmp_path / "s", fetch.Limits(seconds_idle=0.1))
    stop.set()


def wanted(offer: Offer) -> pull.Wanted:
    """Ask for one file."""
    return pull.Wanted("test", "Title", "Licence", offer)


def one(output: Path, offer: Offer, **more: Any) -> pull.Pulled:
    """Pull one file."""
    return pull.pull(output, [wanted(offer)], today=TODAY, **more)[0]


@pytest.mark.parametrize("form", ["{} *f", "{}  some/path/f", "MD5 (f) = {}", "{}", "MD5(f)= {}", "aa  other\n{}  f\n"])
def test_publishers_checksums_are_checked_in_every_form(server: Server, tmp_path: Path, form: str) -> None:
    """The forms of md5sum, of BSD and of OpenSSL are read; a wrong sum keeps the file out."""
    digest = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    server.page("/f", BODY)
    server.page("/f.md5", form.format(digest).encode())
    offer = Offer(server.url + "/f", "f", checksum=server.url + "/f.md5", algorithm="md5")
    got = one(tmp_path, offer)
    assert (got.state, got.checked_by) == ("new", "md5 of the publisher")
    assert (tmp_path / "f").read_bytes() == BODY
    server.page("/f", BODY[1:])
    got = one(tmp_path, offer)
    assert got.state == "failed"
    assert "md5 is not the one" in got.reason
    assert (tmp_path / "f").read_bytes() == BODY
    assert {"f", "editions.csv"} == {entry.name for entry in tmp_path.iterdir()}


def test_a_checksum_file_without_the_file_in_it_fails(server: Server, tmp_path: Path) -> None:
    """Where the publisher's list lacks the file, nothing is taken on trust."""
    server.page("/f", BODY)
    for text in (b"", b"<html>", b"00  g\n11  h\n", b"x" * 64):
        server.page("/sums", text)
        got = one(tmp_path, Offer(server.url + "/f", "f", checksum=server.url + "/sums"))
        assert (got.state, "holds no sha256" in got.reason) == ("failed", True)


def test_first_use_pins_and_dates_are_kept(server: Server, tmp_path: Path) -> None:
    """The SHA-256 and the server's date are recorded; the same again is the same; new bytes are a new edition."""
    stamp = "Wed, 01 Jul 2026 10:00:00 GMT"
    offer = Offer(server.page("/f", BODY, ETag='"1"', Last_Modified=stamp), "f")
    got = one(tmp_path, offer)
    assert ("new", hashlib.sha256(BODY).hexdigest()) == (got.state, got.sha256)
    row = editions.read(tmp_path)["f"]
    assert (date(2026, 7, 1), offer.url, got.sha256, '"1"') == (row.published, row.url, row.sha256, row.validator)
    assert date(2026, 7, 1) == editions.stated(tmp_path / "f")
    assert (one(tmp_path, offer).state, one(tmp_path, offer).checked_by) == ("same", "SHA-256 recorded earlier")
    server.page("/f", BODY[1:], ETag='"2"')
    got = one(tmp_path, offer)
    assert got.state == "changed"
    assert editions.stated(tmp_path / "f") == TODAY  # no Last-Modified: it was current on the day of fetching


def test_other_bytes_under_the_same_name_are_refused(server: Server, tmp_path: Path) -> None:
    """A fixed address, or an unchanged validator, with other bytes than before is not accepted."""
    for number, fixed in enumerate((True, False)):
        offer = Offer(server.page("/f", BODY, ETag='"1"'), f"f{number}", fixed=fixed)
        assert one(tmp_path, offer).state == "new"
        server.page("/f", BODY[::-1], ETag='"2"' if fixed else '"1"')
        got = one(tmp_path, offer)
        assert (got.state, "other bytes" in got.reason) == ("failed", True)
        assert (tmp_path / f"f{number}").read_bytes() == BODY


def test_terms_have_to_be_accepted(server: Server, tmp_path: Path) -> None:
    """A file under terms is asked for only after consent, and the terms are shown before."""
    offer = Offer(server.page("/f", BODY), "f", terms="the terms")
    assert pull.terms([wanted(offer)]) == {"test": "the terms"}
    got = one(tmp_path, offer)
    assert (got.state, "the terms" in got.reason) == ("terms", True)
    assert server.asked == []
    assert one(tmp_path, offer, accept={"test"}).state == "new"


def test_one_failure_does_not_stop_the_others(server: Server, tmp_path: Path) -> None:
    """Each file has its own outcome, and a name that is no file's name is refused."""
    offers = [Offer(server.url + "/none", "a"), Offer(server.page("/f", BODY), "../b"), Offer(server.url + "/f", "c")]
    states = [got.state for got in pull.pull(tmp_path, [wanted(offer) for offer in offers], today=TODAY)]
    assert states == ["failed", "failed", "new"]


def test_offers_of_all_sources_are_well_formed() -> None:
    """Every offer is https with a plain name, monthly ones ask for the last whole month, CAIDA's ask for consent."""
    files = pull.wanted(date(2026, 1, 3))
    assert {file.source for file in files} <= set(sources.names())
    for file in files:
        fetch.check(file.offer.url)
        assert file.offer.url.startswith("https://")
        assert "{" not in file.offer.url + file.offer.name
        assert file.licence
    links = [file for file in files if file.source == "caida_as_rel"]
    assert [file.offer.name for file in links] == ["20251201.as-rel2.txt.bz2"]
    assert {"caida_as_rel", "peeringdb"} == set(pull.terms(files))
    assert sum(file.offer.algorithm == "md5" for file in files) == 5
    assert len(files) == len({file.offer.name for file in files})
    with pytest.raises(KeyError):
        pull.wanted(TODAY, ["nobody"])

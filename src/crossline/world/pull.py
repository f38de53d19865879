"""Fetch the open data that a world is built of from its publishers.

What is fetched is checked against the publisher's own checksums where there are any; for the rest the SHA-256 is
written into ``editions.csv`` when the file is first fetched, and other bytes under the same name (a fixed address,
or the same ETag or Last-Modified) are refused. The same file records each file's date, for formats without one: the
server's Last-Modified, or else the day of fetching.

Nothing is fetched under terms that were not accepted: :func:`terms` says which there are.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from crossline.world import editions, sources
from crossline.world.fetch import Fetched, FetchError, Limits, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from crossline.world.sources import Offer

_CHECKSUMS_MOST: Final = 1 << 20
_LENGTHS: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}


@dataclass(frozen=True)
class Wanted:
    """A file to fetch: of which source, under which licence, and the offer with its address filled in."""

    source: str
    title: str
    licence: str
    offer: Offer


@dataclass(frozen=True)
class Pulled:
    """What became of one file. ``state`` is new, changed, same, failed, or terms (which were not accepted)."""

    wanted: Wanted
    state: str
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    checked_by: str = ""  # the publisher's checksum, or what stood in for it
    reason: str = ""


def wanted(today: date, names: Iterable[str] | None = None) -> list[Wanted]:
    """List what the publishers offer, of the named sources or of all; raises KeyError for an unknown name.

    ``today`` decides which month a monthly file is asked for: the last that has ended.
    """
    month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y%m")
    found = []
    for name in sources.names() if names is None else names:
        module = sources.load(name)
        for offer in module.FILES:
            filled = replace(offer, url=offer.url.replace("{month}", month), name=offer.name.replace("{month}", month))
            found.append(Wanted(name, module.TITLE, module.LICENCE, filled))
    return found


def terms(files: Iterable[Wanted]) -> dict[str, str]:
    """Return by source the terms that have to be accepted before its files may be fetched."""
    return {file.source: file.offer.terms for file in files if file.offer.terms}


def pull(  # noqa: PLR0913 - all but two are named
    output: Path,
    files: Iterable[Wanted],
    *,
    today: date,
    accept: Collection[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
    limits: Limits | None = None,
) -> list[Pulled]:
    """Fetch files into a folder, in which ``editions.csv`` keeps their dates and checksums.

    ``accept`` names the sources whose terms are accepted. ``progress`` is told the file's name, the bytes here and
    the bytes in all (-1: not known). A file that fails does not stop the others. Raises ValueError where
    ``editions.csv`` cannot be read, and OSError where the folder cannot be written.
    """
    output.mkdir(parents=True, exist_ok=True)
    known = editions.read(output)
    results = []
    for file in files:
        if file.offer.terms and file.source not in accept:
            results.append(Pulled(file, "terms", reason=f"not fetched without consent to {file.offer.terms}"))
            continue
        try:
            result, edition = _pull(output, file, known.get(file.offer.name), today, progress, limits)
        except FetchError as error:
            results.append(Pulled(file, "failed", reason=str(error)))
            continue
        known[file.offer.name] = edition
        editions.write(output, known.values())
        results.append(result)
    return results


def _pull(  # noqa: PLR0913, PLR0917 - one transfer, all of whose terms are needed
    output: Path,
    file: Wanted,
    before: editions.Edition | None,
    today: date,
    progress: Callable[[str, int, int], None] | None,
    limits: Limits | None,
) -> tuple[Pulled, editions.Edition]:
    offer = file.offer
    if not re.fullmatch(r"[\w][\w.+-]{0,120}", offer.name, re.ASCII):
        raise FetchError(f"{offer.name!r} is not a name for a file")
    target = output / offer.name
    allowed = replace(limits or Limits(), bytes_most=min(offer.bytes_most, (limits or Limits()).bytes_most))
    fresh = target.with_name(f"{offer.name}.new")
    told = (lambda here, total: progress(offer.name, here, total)) if progress else None
    try:
        got = fetch(offer.url, fresh, allowed, told)
        sha256 = _digest(fresh, "sha256")
        checked = _check(offer, fresh, sha256, got, before, output)
        was = before.sha256 if before and target.is_file() else ""
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    same = before is not None and was == sha256
    published = before.published if same and before else _day(got, today)
    edition = editions.Edition(offer.name, published, offer.url, sha256, got.validator)
    state = "same" if same else "changed" if was else "new"
    return Pulled(file, state, target, got.size, sha256, checked), edition


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _day(got: Fetched, today: date) -> date:
    """Return the day the server says the file is of, or today: the file was current when it was fetched."""
    try:
        modified = parsedate_to_datetime(got.modified).date()
    except (ValueError, TypeError):
        return today
    return modified if date(1990, 1, 1) <= modified <= today else today


def _check(  # noqa: PLR0913, PLR0917 - what is compared with what
    offer: Offer, path: Path, sha256: str, got: Fetched, before: editions.Edition | None, output: Path
) -> str:
    """Compare with the publisher's checksum, or with what was fetched before; return which it was."""
    if offer.checksum:
        stated = _published_checksum(offer, output)
        if _digest(path, offer.algorithm) != stated:
            raise FetchError(f"{offer.url}: the {offer.algorithm} is not the one in {offer.checksum}; fetch it again")
        return f"{offer.algorithm} of the publisher"
    if before is None or not before.sha256 or before.url != offer.url:
        return "first fetched: SHA-256 recorded"
    if before.sha256 == sha256:
        return "SHA-256 recorded earlier"
    if offer.fixed or (got.validator and got.validator == before.validator):
        raise FetchError(
            f"{offer.url}: other bytes than when it was first fetched, under an address that should always lead to "
            f"the same; if the publisher has replaced the file, remove its line from {editions.NAME}"
        )
    return "a new edition: SHA-256 recorded"


def _published_checksum(offer: Offer, output: Path) -> str:
    """Fetch the publisher's checksums and find the file's, in either of the forms of md5sum and of BSD's md5."""
    place = output / f"{offer.name}.checksum"
    try:
        fetch(offer.checksum or "", place, Limits(bytes_most=_CHECKSUMS_MOST, seconds=120.0))
        text = place.read_text(encoding="utf-8", errors="replace")
    finally:
        place.unlink(missing_ok=True)
    found = re.findall(rf"(?<![0-9a-f])[0-9a-f]{{{_LENGTHS[offer.algorithm]}}}(?![0-9a-f])", text.lower())
    lines = [line for line in text.splitlines() if line.strip()]
    ending = offer.url.rsplit("/", 1)[1]
    if len(lines) > 1:
        # `digest  path` and `MD5 (path) = digest`: the line whose path ends in the file's name.
        pattern = re.compile(rf"(?:^|[\s(/*]){re.escape(ending)}(?:\)|\s|$)")
        lines = [line for line in lines if pattern.search(line)]
        found = [word for line in lines for word in re.findall(r"[0-9a-f]{32,128}", line.lower())]
    if len(lines) != 1 or len(found) != 1 or len(found[0]) != _LENGTHS[offer.algorithm]:
        raise FetchError(f"{offer.checksum}: holds no {offer.algorithm} of {ending}")
    return str(found[0])

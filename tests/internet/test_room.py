"""How much memory is left is asked of the system, and more is refused with how much is wanted."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from crossline.internet import room
from crossline.internet.graph.topology import TopologyError

if TYPE_CHECKING:
    from pathlib import Path


def said(folder: Path, meminfo: str, limit: str | None = None, used: str = "0") -> list[tuple[Path, Path]]:
    """Write what a system would say, and return where its limits stand."""
    (folder / "meminfo").write_text(meminfo)
    pair = (folder / "max", folder / "current")
    if limit is not None:
        for path, text in zip(pair, (limit, used), strict=True):
            path.write_text(text)
    return [pair]


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [(None, "0", 1000 * 1024), ("max", "5", 1000 * 1024), ("3000", "1000", 2000), ("1000", "3000", 0)],
)
def test_the_least_of_all_limits_is_left(
    limit: str | None, used: str, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system has, or what is left to this group of processes if that is less, and never less than nothing."""
    limits = said(tmp_path, "MemTotal: 5000 kB\nMemAvailable:    1000 kB\n", limit, used)
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(room, "_LIMITS", limits)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert room.available() == left


def test_a_limit_on_addresses_counts() -> None:
    """A process whose address space is limited has what is left of it, at most."""
    code = "import resource; from crossline.internet import room; most = 3 << 30; "
    code += "resource.setrlimit(resource.RLIMIT_AS, (most, most)); print(room.available())"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert 0 < int(made.stdout) < 3 << 30


def test_a_system_that_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is known nothing is refused."""
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "nowhere")
    monkeypatch.setattr(room, "_LIMITS", ())
    monkeypatch.setattr(os, "sysconf_names", {})
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert room.available() is None
    room.make(1 << 60, "anything")


def test_more_than_there_is_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says for what, how much, how much is left, what to do instead; all there is may be taken."""
    monkeypatch.setattr(room, "available", lambda: 10 << 20)
    room.make(10 << 20, "counting")
    expected = "counting needs 3,072 MiB of memory, and 10 MiB are left: do less"
    with pytest.raises(TopologyError, match=expected):
        room.make(3 << 30, "counting", "do less")

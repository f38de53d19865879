"""Whatever a file does to the library that reads it, one reject says so and nothing else is disturbed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import hostile_reader
from crossline import jail, readers
from crossline.jail import receiving, server, starting
from crossline.tables import Batch, Limits, Note, Reject
from crossline.world import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Run = Callable[..., list[Batch | Reject | Note]]

LIMITS = Limits(seconds=20)
HERE = Path(__file__).parent
needs_forks = pytest.mark.skipif(not starting.FORKS, reason="forks are sound on Linux alone")


@pytest.fixture(autouse=True)
def _path_and_nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let the child find the hostile reader, and hold that no run leaves anything in the temporary folder."""
    monkeypatch.syspath_prepend(str(HERE))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    yield
    assert list(scratch.iterdir()) == []


@pytest.fixture(params=[pytest.param(True, marks=needs_forks, id="forked"), pytest.param(False, id="alone")])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., list[Batch | Reject | Note]]]:
    """Return what gives everything that the hostile reader leaves behind, from a fork of its server or from itself."""
    with jail.Jail(forks=request.param) as apart:

        def runs(act: str, path: Path, **more: Any) -> list[Batch | Reject | Note]:
            arguments: dict[str, Any] = {"limits": LIMITS} | more
            return list(apart.run_module("hostile_reader", path, options={"act": act}, **arguments))

        yield runs


def test_a_sound_reader_is_handed_through(run: Run, tmp_path: Path) -> None:
    """A batch arrives as it was sent, with rejects and notes in their order."""
    batch, reject, note = run("behave", tmp_path / "x")
    sent = hostile_reader.batch()
    assert isinstance(batch, Batch)
    assert batch.kind == sent.kind
    for part in ("assets", "identifiers", "ties", "extents"):
        assert getattr(sent, part).equals(getattr(batch, part))
        assert getattr(sent, part).schema == getattr(batch, part).schema
    assert Reject("line 2", "a bad row", 3) == reject
    assert Note("a note") == note


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("abort", "signal 6"),
        ("segfault", "signal 11"),
        ("panic", "PanicException: made to panic"),
        ("exit", "SystemExit"),
        ("vanish", "status 0 before it was done"),
        ("allocate", "limit of 2048 MiB of memory"),
        ("allocate in rust", "limit of 2048 MiB of memory"),
        ("lie", "whose column value is Int64, not String"),
    ],
)
def test_a_fall_is_one_reject_and_what_came_before_stands(act: str, words: str, run: Run, tmp_path: Path) -> None:
    """A crash, panic, exit, hunger or lie becomes one reject that says what it was, after what was whole."""
    batch, bad_row, note, last = run(act, tmp_path / "x", memory_bytes=2 << 30)
    assert isinstance(batch, Batch)
    assert (Reject("line 2", "a bad row", 3), Note("a note")) == (bad_row, note)
    assert isinstance(last, Reject)
    assert (last.locator, last.count) == ("file", 1)
    assert words in last.reason


@pytest.mark.parametrize("act", ["spin", "sleep"])
def test_time_is_limited(act: str, run: Run, tmp_path: Path) -> None:
    """A reader that does not end is ended, and the limit is named."""
    begin = time.monotonic()
    *_, last = run(act, tmp_path / "x", limits=Limits(seconds=2))
    assert isinstance(last, Reject)
    assert "the limit of 2 seconds" in last.reason
    assert time.monotonic() - begin < 15


def test_time_spent_with_the_results_is_not_the_readers(tmp_path: Path) -> None:
    """The clock stands still while the caller works on what it was given."""
    items = []
    for item in jail.run_module("hostile_reader", tmp_path, Limits(seconds=3), options={"act": "behave"}):
        items.append(item)
        time.sleep(1.2)
    assert len(items) == 3


def test_what_a_library_prints_is_no_message(run: Run, tmp_path: Path) -> None:
    """Text on standard output neither ends the reading nor breaks it."""
    assert [type(item) for item in run("print", tmp_path / "x")] == [Batch, Reject, Note]


def test_a_child_has_no_input_no_environment_and_no_core(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard input is empty, secrets of the environment stay outside, and no core is dumped."""
    monkeypatch.setenv("A_SECRET", "x")
    *_, facts, environment = run("limits", tmp_path / "file.bin")
    assert Note("file.bin 20 (0, 0) ''") == facts
    assert isinstance(environment, Note)
    assert "A_SECRET" not in environment.text
    assert not {"A_SECRET", "PATH", "HOME", "USER"} & set(environment.text.split())


def test_a_child_cannot_reach_the_network(run: Run, tmp_path: Path) -> None:
    """A port that listens on this machine is out of reach, where the kernel lets a process give its network up."""
    probe = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True)
    if probe.returncode:
        probe = subprocess.run(["unshare", "--user", "--net", "true"], check=False, capture_output=True)
    if probe.returncode:
        pytest.skip("this kernel lets no process give its network up")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        (tmp_path / "port").write_text(str(server.getsockname()[1]))
        *_, last = run("network", tmp_path / "port")
    assert isinstance(last, Note)
    assert last.text != "connect 0"


def test_a_reader_that_is_not_taken_to_its_end_is_ended(tmp_path: Path) -> None:
    """Closing the iterator ends the child, and leaves no process and no file behind."""
    items = jail.run_module("hostile_reader", tmp_path / "x", LIMITS, options={"act": "sleep"})
    next(items)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = children.read_text().split()
    items.close()  # type: ignore[attr-defined]
    assert before
    assert not set(before) & set(children.read_text().split())


def told(items: Iterable[Batch | Reject | Note]) -> str:
    """Return the text of the last item, which is a note."""
    *_, last = items
    assert isinstance(last, Note)
    return last.text


@needs_forks
def test_a_server_prepares_once_for_many_files(tmp_path: Path) -> None:
    """What `prepare` makes of the tables is made in one process, and given to readers that are its children."""
    known = {"signature": pl.DataFrame({"name": ["a", "b"]})}
    with jail.Jail() as apart:
        said = [
            told(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "tell"}, known=known))
            for _ in range(2)
        ]
    (made, first, server), (again, second, _) = (text.rsplit(" ", 2) for text in said)
    assert made == again == str({"signature": ["a", "b"], "by": [server]})
    assert first != second


@pytest.mark.parametrize(
    ("table", "words"), [("raise", "ValueError: made to raise"), ("threads", "no fork takes along")]
)
@needs_forks
def test_a_server_that_cannot_prepare_says_so_of_each_file(table: str, words: str, tmp_path: Path) -> None:
    """A reader that fails before any file, or starts threads that a fork would lack, is one reject for each file."""
    known = {table: pl.DataFrame({"name": ["b", "a"]})}
    with jail.Jail() as apart:
        for _ in range(2):
            (only,) = apart.run_module("hostile_reader", tmp_path, LIMITS, known=known)
            assert isinstance(only, Reject)
            assert words in only.reason


@needs_forks
def test_one_file_that_falls_disturbs_no_other(tmp_path: Path) -> None:
    """Files that are read at the same time from one server get what is theirs, whatever becomes of some of them."""
    acts = ["behave", "abort", "behave", "segfault", "vanish", "behave", "print", "panic", "behave", "exit"]
    with jail.Jail() as apart, ThreadPoolExecutor(4) as pool:

        def read(act: str) -> list[Batch | Reject | Note]:
            return list(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": act}))

        found = list(pool.map(read, acts))
    fallen = [len(items) == 4 and isinstance(items[3], Reject) for items in found]
    assert [len(items) for items in found] == [
        4 if act in {"abort", "segfault", "vanish", "panic", "exit"} else 3 for act in acts
    ]
    assert fallen == [len(items) == 4 for items in found]


@needs_forks
def test_a_server_that_was_killed_is_replaced(tmp_path: Path) -> None:
    """Whoever kills the server costs the files that are being read, and none that are read later."""
    with jail.Jail() as apart:

        def read() -> str:
            return told(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "tell"}))

        server = int(read().rsplit(" ", 1)[1])
        os.kill(server, signal.SIGKILL)
        while not next(iter(apart._servers.values())).ended():  # all of its threads have to
            time.sleep(0.01)
        assert int(read().rsplit(" ", 1)[1]) != server


@needs_forks
def test_what_a_child_leaves_running_is_ended(tmp_path: Path) -> None:
    """A process that a reader started and left behind ends with the file."""
    with jail.Jail() as apart:
        group = told(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "leave"}))
        until = time.monotonic() + 10  # what was killed takes a moment to end
        while members(group) and time.monotonic() < until:
            time.sleep(0.01)
        assert members(group) == []


@needs_forks
def test_what_leaves_its_group_is_ended(tmp_path: Path) -> None:
    """A process that a reader started, and that began a session of its own, ends with the file."""
    with jail.Jail() as apart:
        stray = int(told(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "stray"})))
        assert left([stray]) == []


@needs_forks
def test_many_that_leave_their_group_are_ended(tmp_path: Path) -> None:
    """Of 200 such processes none is left."""
    with jail.Jail() as apart:
        started = told(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "bomb"})).split()
        assert len(started) == 200
        assert left(map(int, started)) == []


@needs_forks
def test_what_keeps_the_pipe_open_does_not_hold_up_its_file(tmp_path: Path) -> None:
    """A child that has ended is known to have, whoever else could still write to where its messages come from."""
    begin = time.monotonic()
    with jail.Jail() as apart:
        *_, last = apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "stray and fall"})
    assert isinstance(last, Reject)
    assert "ended with status 3" in last.reason
    assert time.monotonic() - begin < 15  # less than its limit


@needs_forks
def test_strays_end_with_the_jail(tmp_path: Path) -> None:
    """What left its group ends even where the file that started it is still being read when the jail is closed."""
    apart = jail.Jail()
    items = apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "stray and wait"})
    *_, said = (next(items) for _ in range(4))
    assert isinstance(said, Note)
    assert running(int(said.text))
    apart.close()
    assert left([int(said.text)]) == []
    assert [type(item) for item in items] == [Reject]


@needs_forks
def test_a_server_that_was_stopped_goes_on(tmp_path: Path) -> None:
    """Whoever stops the server holds up no file: it is let go on, and nothing is lost."""
    begin = time.monotonic()
    with jail.Jail() as apart:
        for act in ("stop", "behave", "stop", "behave"):
            items = apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": act})
            assert [type(item) for item in items] == [Batch, Reject, Note]
    assert time.monotonic() - begin < 15


@needs_forks
def test_a_server_that_says_nothing_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not go on costs the file that finds it so, and the next has a new one."""
    monkeypatch.setattr(starting.Server, "wake", lambda _: None)
    monkeypatch.setattr(receiving, "_END_SECONDS", 0.5)

    def read(act: str, seconds: float = 20) -> list[Batch | Reject | Note]:
        return list(apart.run_module("hostile_reader", tmp_path, Limits(seconds=seconds), options={"act": act}))

    with jail.Jail() as apart:
        assert len(read("stop")) == 3
        first = next(iter(apart._servers.values()))
        assert first.silent
        assert len(read("behave")) == 3
        assert next(iter(apart._servers.values())) is not first
        assert first.ended()


@needs_forks
def test_files_of_a_silent_server_are_read_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is replaced for new files; those that it began go on, and it ends with the last of them."""
    monkeypatch.setattr(receiving, "_END_SECONDS", 0.5)
    with jail.Jail() as apart:
        begun = apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "tell"})
        next(begun)
        first = next(iter(apart._servers.values()))
        first.silent = True
        assert len(list(apart.run_module("hostile_reader", tmp_path, LIMITS, options={"act": "behave"}))) == 3
        assert not first.ended()
        assert len(list(begun)) == 3
        assert first.ended()


@needs_forks
def test_processes_are_limited(run: Run, tmp_path: Path) -> None:
    """A child may start some thousands of processes more than its user has; whom the kernel exempts is its affair."""
    *_, said = run("processes", tmp_path / "x")
    assert isinstance(said, Note)
    most, hard = (int(word) for word in said.text.strip("()").split(","))
    ours = server.PROCESSES + server._started()  # which others change meanwhile
    outer = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    expected = ours if outer == resource.RLIM_INFINITY else min(ours, outer)
    assert most == hard
    assert abs(most - expected) < 1000


def members(group: str) -> list[str]:
    """Return the processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, member_of, *_ = path.read_text().rpartition(")")[2].split()
            if member_of == group and state not in "ZX":
                found.append(path.parent.name)
    return found


# has a child that sleeps, says who it and its server are, and sleeps
STARTER = """
import pathlib, sys, time
sys.path[:0] = sys.argv[1:2]
from crossline import jail
from crossline.tables import Limits
apart = jail.Jail()
items = apart.run_module("hostile_reader", pathlib.Path("x"), Limits(seconds=60), options={"act": "wait"})
next(items)
server = next(iter(apart._servers.values())).process.pid
print(server, *open(f"/proc/{server}/task/{server}/children").read().split(), flush=True)
time.sleep(60)
"""


@needs_forks
def test_children_end_with_the_program(tmp_path: Path) -> None:
    """A program that is killed takes its server and its readers along."""
    command = [sys.executable, "-c", STARTER, str(HERE)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert started.stdout
    pids = started.stdout.readline().split()
    started.kill()
    started.wait()
    started.stdout.close()
    assert len(pids) == 2
    assert left(map(int, pids)) == []


def left(processes: Iterable[int]) -> list[int]:
    """Return those that still run after ten seconds: what was killed takes a moment to end."""
    alive, until = list(processes), time.monotonic() + 10
    while (alive := [process for process in alive if running(process)]) and time.monotonic() < until:
        time.sleep(0.02)
    return alive


def running(process: int) -> bool:
    """Say whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("name", [name for name in readers.names() if readers.load(name).JAILED])
@needs_forks
def test_every_jailed_reader_may_be_forked(name: str, tmp_path: Path) -> None:
    """No reader that is jailed starts threads before it is forked, and each comes to an end with a file of a byte."""
    (tmp_path / "x").write_bytes(b"x")
    known = {table: pl.DataFrame(schema=SCHEMAS[table]) for table in getattr(readers.load(name), "KNOWS", ())} or None
    with jail.Jail() as apart:
        items = list(apart.run(name, tmp_path / "x", LIMITS, known))
    said = " ".join(item.reason for item in items if isinstance(item, Reject))
    assert "broke off" not in said
    assert "fork" not in said


# tries each file named, says which before it does, and stops at the first on which polars panics
PROBE = """
import sys, polars as pl
for path in sys.argv[1:]:
    print(path, flush=True)
    try:
        pl.read_parquet(path)
    except pl.exceptions.PanicException:
        sys.exit(9)
    except Exception:
        pass
"""


def test_parquet_that_makes_polars_panic_is_a_reject(tmp_path: Path) -> None:
    """A file on which polars panics or aborts, found by changing bytes, is a reject and the program goes on."""
    sound = tmp_path / "sound.parquet"
    names = [f"d{n}" for n in range(50)]
    columns = {"kind": ["device"] * 50, "asset": names, "name": ["x" * n for n in range(50)], "n": list(range(50))}
    pl.DataFrame(columns).write_parquet(sound, compression="uncompressed")
    chance = random.Random(1)  # noqa: S311 - a fixed sequence is what is wanted
    paths = []
    for n in range(300):
        data = bytearray(sound.read_bytes())
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(4, len(data) - 4)] = chance.randrange(256)
        (tmp_path / str(n)).mkdir()
        paths.append(tmp_path / str(n) / "session.parquet")
        paths[-1].write_bytes(data)
    probe = subprocess.run([sys.executable, "-c", PROBE, *map(str, paths)], check=False, capture_output=True, text=True)
    if probe.returncode == 0:
        pytest.skip("no panic in three hundred broken files: this polars is sturdier")
    items = list(jail.run("table", Path(probe.stdout.split()[-1]), LIMITS))
    assert any(isinstance(item, Reject) for item in items)


def changed(part: str, frame: pl.DataFrame) -> Batch:
    """Return a sound batch with one part exchanged."""
    return dataclasses.replace(hostile_reader.batch(), **{part: frame})


SOUND = hostile_reader.batch()


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (dataclasses.replace(SOUND, kind="no-such-kind"), "does not exist"),
        (changed("assets", SOUND.assets.drop("observed_at")), "columns"),
        (changed("assets", SOUND.assets.with_columns(pl.lit(1).alias("more"))), "columns"),
        (changed("assets", SOUND.assets.with_columns(pl.lit(None, pl.String).alias("asset"))), "empty asset"),
        (changed("ties", SOUND.ties.with_columns(pl.lit("nobody").alias("role"))), "role"),
        (changed("ties", SOUND.ties.with_columns(pl.lit("vendor").alias("role"))), "role"),
        (changed("ties", SOUND.ties.with_columns(pl.lit(7, pl.UInt32).alias("identifier"))), "not there"),
        (changed("ties", SOUND.ties.with_columns(pl.lit("x").alias("since"))), "since is String"),
        (changed("identifiers", SOUND.identifiers.with_columns(pl.lit("shoe").alias("type"))), "known type"),
        (changed("extents", SOUND.extents.cast({"extent": pl.String})), "extent is String"),
    ],
)
def test_a_batch_of_the_wrong_shape_is_found(batch: Batch, words: str) -> None:
    """Each part of the contract of a batch is checked."""
    assert jail.fault(SOUND) is None
    assert words in (jail.fault(batch) or "")


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"[]",
        b"{}",
        b'{"what": "batch"}',
        b'{"what": "note", "text": 1}',
        b"[" * 9999,
        *(
            b'{"what": "reject", "locator": "", "text": "", "count": %s}' % count
            for count in (b"-5", b"true", b"1.0", b"1" + b"0" * 30)
        ),
    ],
)
def test_nonsense_from_a_child_is_a_reject(line: bytes, tmp_path: Path) -> None:
    """A message of no known form ends the file with a reject."""
    with pytest.raises(receiving.Broken):
        receiving.item_of(receiving.parsed(line), tmp_path)

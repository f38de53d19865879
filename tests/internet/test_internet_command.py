"""``crossline simulate internet``: every option, every form of its answer, and one line for each mistake."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema
import pytest
from cases import DAY, FOLDER, make

import crossline
import invoked
from crossline import console
from crossline.commands.simulate import internet as command
from crossline.impact import formats
from crossline.internet import room, sides, simulation
from crossline.internet.asking import Changes
from crossline.internet.routing import pairs, readiness
from crossline.world import SCHEMAS, World, store

if TYPE_CHECKING:
    from click.testing import Result

GRAPH = FOLDER / "made-up.as-rel2.txt"
SCHEMA = Path(formats.__file__).parent / "schema" / "impact-report.json"
QUICK = ("--no-ranges", "--without-transit")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the small Internet's world."""
    folder = tmp_path_factory.mktemp("small") / "made-up-world"
    make().world(folder)
    return folder


def run(*arguments: str | Path) -> Result:
    """Ask it; whatever happens it ends by an exit status and shows no traceback."""
    return invoked.run("simulate", "internet", *arguments)


def asked(world: Path, *arguments: str | Path, scenario: str | None = "depeer") -> Any:
    """Return the JSON of a question about the small Internet that is answered."""
    base: tuple[str | Path, ...] = ("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--format", "json")
    given = ("--scenario", FOLDER / f"{scenario}.yaml") if scenario else ()
    result = run(*base, *given, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return report


def figures(report: Any) -> dict[str, Any]:
    """Return the figures of a report by their ids."""
    return {one["id"]: one for one in report["figures"]}


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where the long work begins."""

    def begun(*_: Any, **__: Any) -> None:
        raise AssertionError("the long work began")

    for module, name in ((pairs, "measure"), (sides, "joining"), (sides, "line"), (simulation.transit, "compare")):
        monkeypatch.setattr(module, name, begun)


def refused(*arguments: str | Path) -> str:
    """Return what is said of a mistake: one line on standard error, nothing on standard output, status 2."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    said = [line for line in result.stderr.splitlines() if not re.match(r"Usage: |Try '|$", line)]
    assert len(said) == 1, result.stderr
    return re.sub("^(crossline|Error): ", "", said[0])


# -- what is answered -------------------------------------------------------------------------------------------


def test_every_parameter_is_told(world: Path) -> None:
    """What was asked stands in the report, files by their names, no folder of this machine anywhere in it."""
    report = asked(
        world, "--users", FOLDER / "ases.csv", "--tie", "highest", "--coalition", "XA", "--action", "filter",
        "--mirror", "--members-by", "control", "--without-doubtful", "--accept-stale", "--ensemble", "2",
        "--copycat", "2", "--sanctions", "--without-cycles", *QUICK,
    )  # fmt: skip
    told = report["asked"]
    wanted = {
        "coalition": ["state XA"], "named": ["party belloria-telecom"], "action": "filter", "answer": "mirror",
        "members_by": "control", "sanctions": True, "copycat": 2, "remove": [], "scenario": "depeer.yaml",
        "world": "made-up-world", "users": "ases.csv", "tie": "highest", "ensemble": 2, "ranges": False,
        "transit": False, "without_doubtful": True, "without_cycles": True, "accept_stale": True,
    }  # fmt: skip
    assert {key: told[key] for key in wanted} == wanted
    assert told["changed"] == ("--coalition XA --action filter --mirror --sanctions --copycat 2 --members-by control")
    # A title of the file's own would be wrong about what was laid over it.
    assert told["title"] == "Arvenia and Corvale take down their links with Belloria Telecom, changed"
    assert str(world.parent) not in json.dumps(report)
    assert str(FOLDER.parent) not in json.dumps(report)
    assert {"lots-pairs-lost", "lost-users", "lost-addresses"} <= set(figures(report))
    assert report["labelled"].startswith("A made-up Internet")


def test_of_files_the_name_is_told(world: Path, tmp_path: Path) -> None:
    """A regime's file, beside a scenario or by itself, is told by its name and not by its folder."""
    regime = tmp_path / "mine.yaml"
    shipped = (Path(crossline.__file__).parent / "regimes" / "us_clean_network.yaml").read_text(encoding="utf-8")
    regime.write_text(shipped.replace("id: us-clean-network", "id: mine", 1), encoding="utf-8")
    path = scenario(tmp_path, "named: [{regime: mine.yaml}, {party: [belloria-telecom]}]\ncoalition: [{state: [XA]}]\n")
    report = asked(world, "--scenario", path, *QUICK, scenario=None)
    assert report["asked"]["named"] == ["regime mine.yaml", "party belloria-telecom"]
    assert str(tmp_path) not in json.dumps(report)


def test_what_is_laid_over_a_scenario_changes_it(world: Path) -> None:
    """A filter loses more than ended links, an answer more than none, and networks that are gone lose all pairs."""
    lost = {
        name: figures(asked(world, *arguments, *QUICK))["pairs-lost"]["value"]
        for name, arguments in {
            "depeer": (), "filter": ("--action", "filter"), "mirror": ("--action", "filter", "--mirror"),
            "gone": ("--remove", "64513"), "xa": ("--coalition", "XA"),
        }.items()
    }  # fmt: skip
    assert lost["xa"] <= lost["depeer"] < lost["filter"] < lost["mirror"]
    assert lost["gone"] >= 2 * 92


def test_removal_alone_asks_for_nothing_else(world: Path) -> None:
    """Without a scenario, a regime or a coalition, ``--remove`` is all that happens; with one it is laid over it."""
    report = asked(world, "--remove", "XE", *QUICK, scenario=None)
    assert (report["asked"]["named"], report["asked"]["coalition"]) == ([], [])
    assert report["title"] == "Without the networks of XE: 8 networks removed"
    # 8 networks of 93 reach all and are reached by all before: 8 · 92 · 2 less the 8 · 7 pairs between them, and
    # nobody stands behind them.
    assert figures(report)["pairs-lost"]["value"] == 8 * 92 * 2 - 8 * 7
    assert figures(report)["pairs-lost-others"]["value"] == 0
    assert not {"accession", "line", "members", "named"} & set(report["tables"])
    assert asked(world, "--remove", "XE", *QUICK)["asked"]["named"] == ["party belloria-telecom"]


@pytest.mark.usefixtures("nothing_runs")
def test_a_regime_is_asked_by_default(world: Path) -> None:
    """Without a scenario whoever the default regime names is looked for; on a made-up graph there is nobody."""
    for given in ((), ("--regime", "us-clean-network")):
        said = refused("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--coalition", "XA", *given)
        assert "names nobody" in said or "names no network" in said


def test_formats_and_files(world: Path, tmp_path: Path) -> None:
    """The suffix of each output decides its format; a table is printed, and all of them tell the same figures."""
    outputs = [tmp_path / name for name in ("a.json", "b.html", "c.txt", "d.HTM")]
    result = run(
        "--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "filter.yaml", *QUICK,
        *(part for path in outputs for part in ("--output", path)),
    )  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("! A made-up Internet")
    lost = figures(json.loads(outputs[0].read_text()))["pairs-lost"]["value"]
    assert f"{lost:,} pairs" in result.stdout
    assert f"{lost:,}" in outputs[1].read_text()
    assert outputs[1].read_text().startswith("<!doctype html>")
    assert outputs[1].read_text() == outputs[3].read_text()
    assert f"{lost:,} pairs" in outputs[2].read_text()
    for form in ("html", "json", "table"):
        printed = run("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "filter.yaml",
                      *QUICK, "--format", form)  # fmt: skip
        assert printed.exit_code == 0
        if form == "json":
            assert printed.stdout == outputs[0].read_text()


def test_the_head_of_the_table_answers(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first screen of a whole answer, of forty-five lines, has every figure with its range, and what to look at."""
    monkeypatch.setenv("COLUMNS", "100")
    result = run("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "mirror.yaml")
    head = "\n".join(result.stdout.splitlines()[:45])
    assert "pairs of networks that had a route and have none" in head
    assert "Ranges span: as asked; ties broken by the highest AS number;" in head
    assert "What to look at" in head
    assert "gains most transit" in head
    order = ["Figures", "What to look at", "What each state loses", "Transit states", "Who adds most", "The fault line",
             "Which networks lose most", "From state to state", "Who is named", "Who refuses", "Notes"]  # fmt: skip
    places = [result.stdout.index(f"\n{heading}") for heading in order]
    assert places == sorted(places)


def test_the_same_question_has_the_same_answer(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs, and one by a single thread, write the same bytes."""
    arguments = ("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "mirror.yaml",
                 "--users", FOLDER / "ases.csv", "--ensemble", "2", "--format", "json")  # fmt: skip
    first, again = run(*arguments).stdout, run(*arguments).stdout
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert first == again == run(*arguments).stdout


def test_the_verb(world: Path) -> None:
    """``crossline.simulate`` and ``crossline.report`` do what the command does; what nothing simulates is refused."""
    known = crossline.load_world(world)
    found = crossline.simulate(
        "internet", DAY, known, topology=GRAPH, scenario_file=FOLDER / "depeer.yaml",
        changes=Changes(coalition="XA"), ranges=False, transit=False,
    )  # fmt: skip
    assert json.loads(crossline.report(found, "json")) == asked(world, "--coalition", "XA", *QUICK)
    with pytest.raises(ValueError, match="satellites"):
        crossline.simulate("satellites", DAY, known)
    with pytest.raises(ValueError, match="one of the two"):
        crossline.simulate("internet", DAY, known, scenario_file=FOLDER / "depeer.yaml", regime="us-clean-network")


def test_no_option_is_forgotten() -> None:
    """Every option of the command is used in this file."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert isinstance(command.internet, click.Command)
    for option in command.internet.params:
        assert any(name in text for name in (*option.opts, *option.secondary_opts)), option.opts


# -- what is not understood, and mistakes -----------------------------------------------------------------------


def test_lines_that_are_no_links_are_counted(world: Path, tmp_path: Path) -> None:
    """A malformed line is left out and told with its place; the rest of the graph is used."""
    bad = tmp_path / "bad.txt"
    bad.write_text(GRAPH.read_text() + "64512|x|0|bgp\n64512|64512|0|bgp\n")
    result = run("--topology", bad, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "depeer.yaml",
                 "--format", "json", *QUICK)  # fmt: skip
    report = json.loads(result.stdout)
    assert (result.exit_code, report["basis"]["topology"]["rejected"]) == (0, 2)
    assert any("2 lines not used; the first is line 146" in note for note in report["notes"])
    assert figures(report)["pairs-lost"] == figures(asked(world, *QUICK))["pairs-lost"] | {
        key: figures(report)["pairs-lost"][key] for key in ("rests_on", "biased_by")
    }


def scenario(folder: Path, text: str) -> Path:
    """Write a scenario file."""
    path = folder / "scenario.yaml"
    path.write_text(text)
    return path


NAMED = "named: [{party: [belloria-telecom]}]\n"
MISTAKES = {
    "unknown-as": ("named: [{asn: [65000]}]\ncoalition: [{state: [XA]}]\n", r":1:\d+: .*AS65000.*graph"),
    "empty-coalition": (NAMED + "coalition: []\n", "empty coalition"),
    "nobody-there": (NAMED + "coalition: [{state: [FR]}]\n", r":2:\d+: .*an empty coalition.*93 networks"),
    "names-nobody": ("coalition: [{state: [XA]}]\n", "names nobody"),
    "all-named": ("named: [{state: [XA]}]\ncoalition: [{state: [XA]}]\n", "a named network is never a member"),
    "nothing": ("title: x\n", "nobody does anything"),
    "bad-yaml": ("named: [{party: [x]\n", r":\d+:\d+: "),
    "misspelt": (NAMED + "coalitoin: [{state: [XA]}]\n", "coalition"),
    "unknown-party": ("named: [{party: [belloria-telekom]}]\ncoalition: [{state: [XA]}]\n", "belloria-telecom"),
    "unknown-list": ("named: [{list: nowhere}]\ncoalition: [{state: [XA]}]\n", "no list 'nowhere'"),
    "one-copycat": (NAMED + "coalition: [{state: [XA]}]\ncopycat: 1\n", "two at least"),
    "gone-nobody": ("remove: [{state: [FR]}]\n", "removes no network"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.usefixtures("nothing_runs")
def test_a_scenario_that_cannot_be_run(name: str, world: Path, tmp_path: Path) -> None:
    """A scenario's mistake is told with its file and place before any pair is routed."""
    text, said = MISTAKES[name]
    path = scenario(tmp_path, text)
    told = refused("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", path)
    assert told.startswith(str(path)), told
    assert re.search(said, told), told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scenario", "DEPEER", "--regime", "us-clean-network"), "one of the two"),
        (("--scenario", "nowhere.yaml"), "nowhere.yaml: No such file"),
        (("--scenario", "DEPEER", "--coalition", ""), "--coalition: nobody stands in it"),
        (("--scenario", "DEPEER", "--coalition", "!!"), "--coalition: '!!' is no state, party or AS number"),
        (("--scenario", "DEPEER", "--coalition", "UK"), "--coalition"),
        (("--scenario", "DEPEER", "--coalition", "FR"), "--coalition: an empty coalition"),
        (("--scenario", "DEPEER", "--remove", "AS65001"), "--remove.*AS65001"),
        (("--scenario", "DEPEER", "--copycat", "1"), "--copycat.*two at least"),
        (("--scenario", "DEPEER", "--copycat", "7"), "--copycat"),
        (("--remove", "XE", "--mirror"), "--mirror: .*no coalition"),
        (("--remove", "XE", "--sanctions"), "--sanctions: .*no coalition"),
        (("--regime", "nowhere"), "nowhere"),
        (("--scenario", "DEPEER", "--set", "us-clean-network.home=CN"), "not a regime of this scenario"),
        (("--scenario", "DEPEER", "--output", "nowhere/x.json"), "nowhere: no such folder"),
        (("--scenario", "DEPEER", "--output", "x.exe"), r"x\.exe: the suffix is none of"),
        (("--scenario", "DEPEER", "--users", "nowhere.csv"), "nowhere.csv: No such file"),
        (("--scenario", "DEPEER", "--tie", "middle"), "neither lowest nor highest"),
        (("--scenario", "DEPEER", "--as-of", "yesterday"), "YYYY-MM-DD"),
        (("--scenario", "DEPEER", "--action", "ignore"), "--action"),
        (("--scenario", "DEPEER", "--members-by", "luck"), "--members-by"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("nothing_runs")
def test_options_that_cannot_be_followed(arguments: tuple[str, ...], said: str, world: Path) -> None:
    """Whatever is wrong with an option is told in one line that names it, before any pair is routed."""
    given = [FOLDER / "depeer.yaml" if word == "DEPEER" else word for word in arguments]
    base: tuple[str | Path, ...] = () if "--as-of" in arguments else ("--as-of", str(DAY))
    assert re.search(said, refused("--topology", GRAPH, "--world", world, *base, *given))


@pytest.mark.usefixtures("nothing_runs")
def test_a_graph_that_cannot_be_used(world: Path, tmp_path: Path) -> None:
    """A file that is no graph, is not there, is a folder, or has a cycle is told so, the cycle network by network."""
    base = ("--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "depeer.yaml")
    text = tmp_path / "text.txt"
    text.write_text("a poem\n")
    assert refused("--topology", text, *base).startswith("text.txt: no line is a link")
    assert "no such file" in refused("--topology", tmp_path / "nowhere", *base)
    assert str(tmp_path) in refused("--topology", tmp_path, *base)
    assert "AS64512 -> AS64520 -> AS64700 -> AS64512" in refused("--topology", cyclic(tmp_path), *base)


def cyclic(folder: Path) -> Path:
    """Return the small graph with a network that is its provider's provider."""
    path = folder / "cycle.txt"
    path.write_text(GRAPH.read_text().replace("64512|64523|-1|bgp\n", "64520|64700|-1|bgp\n64700|64512|-1|bgp\n"))
    return path


def test_cycles_may_be_left_out(world: Path, tmp_path: Path) -> None:
    """With ``--without-cycles`` the links of a cycle are left out, and a note says so."""
    result = run("--topology", cyclic(tmp_path), "--world", world, "--as-of", str(DAY), "--scenario",
                 FOLDER / "depeer.yaml", "--without-cycles", "--format", "json", *QUICK)  # fmt: skip
    assert result.exit_code == 0
    assert any(
        note.startswith("Left out: 3 provider-customer links in cycles") for note in json.loads(result.stdout)["notes"]
    )


@pytest.mark.usefixtures("nothing_runs")
def test_a_world_without_a_graph(tmp_path: Path) -> None:
    """Where neither a file nor the world has a graph, one line says how to get one, and under whose terms."""
    said = refused("--as-of", str(DAY), "--regime", "us-clean-network")
    assert "--topology" in said
    assert "CAIDA" in said
    assert "crossline world" in said
    assert re.search("terms|Acceptable Use", said)
    empty = tmp_path / "empty"
    store.save(World({name: store.shipped().table(name) for name in SCHEMAS}), empty, facts=store.facts_version())
    assert refused("--as-of", str(DAY), "--regime", "us-clean-network", "--world", empty) == said


@pytest.mark.usefixtures("nothing_runs")
def test_more_memory_than_there_is(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs more memory than is left is refused before it begins, with how much, and what does without it."""
    arguments = ("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "depeer.yaml")
    with monkeypatch.context() as patch:
        patch.setattr(room, "available", lambda: 0)
        said = refused(*arguments)
        assert re.search("counting all pairs needs .* MiB of memory, and 0 MiB are left: use a smaller graph", said)
    for module, name, option in (
        (simulation.transit, "memory_bytes", "--without-transit"), (simulation.ties, "memory", "--no-ranges"),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda *_, **__: 1 << 60)
            assert option in refused(*arguments)
            # What is not wanted needs no room: the work begins.
            with pytest.raises(AssertionError, match="depeer"):
                run(*arguments, option)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "columns asn and users"), ("", "not a CSV file"), ("asn,users\n1,5\n", "none of its AS numbers"),
        ("asn,users\n64512,0\n", "nobody"), ("asn,users\n64512,many\n", "none of its 1 lines"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nothing_runs")
def test_users_that_cannot_be_read(text: str, said: str, world: Path, tmp_path: Path) -> None:
    """A file of users without its columns, or of which nothing fits, is told so by name."""
    file = tmp_path / "users.csv"
    file.write_text(text)
    told = refused("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "depeer.yaml",
                   "--users", file)  # fmt: skip
    assert told.startswith(str(file))
    assert said in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_takes_no_answer_away(world: Path, tmp_path: Path) -> None:
    """An output that cannot be written is told in one line, status 2; what was found is printed all the same."""
    full = tmp_path / "full.json"
    full.symlink_to("/dev/full")
    result = run("--topology", GRAPH, "--world", world, "--as-of", str(DAY), "--scenario", FOLDER / "depeer.yaml",
                 *QUICK, "--output", full)  # fmt: skip
    assert result.exit_code == 2
    assert "Figures" in result.stdout
    assert result.stderr == f"crossline: {full}: No space left on device\n"


# -- progress ---------------------------------------------------------------------------------------------------


def test_progress_is_for_terminals(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a pipe nothing is written to standard error; what would be shown are the steps, in their order."""
    said: list[str] = []
    assert asked(world)["figures"]
    found = crossline.simulate(
        "internet", DAY, crossline.load_world(world), topology=GRAPH, scenario_file=FOLDER / "depeer.yaml",
        say=lambda what, part: said.append(what) if 0 <= part <= 1 else said.append("wrong"),
    )  # fmt: skip
    assert found.figures
    assert "wrong" not in said
    steps = ("reading the graph", "placing networks", "counting crossings", "routing all pairs: as asked",
             "routing all pairs: ties broken", "bounding ties")  # fmt: skip
    places = [next(place for place, what in enumerate(said) if what.startswith(step)) for step in steps]
    assert places == sorted(places)
    assert not any("compiling" in what for what in said)
    with console.progress("simulating") as say:
        say("routing", 0.5)
    assert not sys.stderr.isatty()
    monkeypatch.setattr(pairs, "compiled", lambda: False)
    assert readiness.begun(readiness.PAIRS).startswith("compiling")


def test_nobody_waits_for_the_compiler_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without machine code, from this run or an earlier one, is said to be compiled first."""

    class Cache:
        class _cache_file:  # noqa: N801 - numba's name
            _load_index = staticmethod(dict)

    class Kernel:
        signatures = ()
        _cache = Cache

    for what, (module, name) in readiness._KERNELS.items():
        assert hasattr(getattr(module, name), "signatures")
        with monkeypatch.context() as patch:
            patch.setattr(module, name, Kernel)
            assert readiness.begun(what) == f"compiling, this once, then {what}"

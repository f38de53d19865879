r"""Run what others said and measured of a divided Internet; print the tables of docs/explanations/consequences.md.

    python examples/published/run.py --topology 20250901.as-rel2.txt.bz2 --world my-world \
        --earlier 20161101.as-rel.txt.bz2

With ``--page FILE`` the tables take the place of those in the page; with ``--check FILE`` each cell of the page that is
not what comes out now is told, and the exit status is 1 if there is one. The numbers rest on the two graphs and on the
world; docs/simulate.md says how to get both.
"""

# ruff: noqa: INP001, T201 - a script

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crossline.internet.graph import asrel
from crossline.world import store

sys.path.insert(0, str(Path(__file__).resolve().parent))
from ground import ABSENT, HERE, Ground, Table, figures, hops, lost, pct, rows, spread
from studies import cone, graphs, studies, third_states

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crossline.world import World

SCENARIOS = (
    "direct-us", "direct-dated", "direct-all", "western-firewall-direct", "states-direct", "mirror-direct",
    "four-companies-direct", "indirect-us", "indirect-dated", "indirect-all", "indirect-us-wide", "western-firewall",
    "answered", "copycat", "states-indirect", "mirror-indirect", "four-companies-indirect",
)  # fmt: skip
RUSSIA = ("russia-two-carriers", "russia-exchange", "russia-west-direct", "russia-west-indirect")
REMOVED = ("without-cn", "without-ru", "without-us")
SWEPT = ("threshold", "threshold-china")
THRESHOLDS_PCT = (10, 20, 25, 50)
LOSERS = 5
TABLES = (
    "graphs",
    "sides",
    "scenarios",
    "cone",
    "between",
    "losers",
    "russia",
    "earlier",
    "removed",
    "thresholds",
    "studies",
)


# -- scenarios -----------------------------------------------------------------------------------------------------


def scenarios(ground: Ground, other: Ground | None, names: Iterable[str], table: str) -> Table:
    """Return what each scenario does; ``other``: the same graph with other statements of who stands where."""
    lines = []
    for name in names:
        impact = ground.asked(name)
        told = figures(impact)
        again = figures(other.asked(name, ranges=False)) if other else {}
        across = ("line-before", "line-after")
        links = ("crossings-links-before", "crossings-before", "crossings-after")
        lines.append((
            f"[{name}](../../examples/published/{name}.yaml)",
            lost(told), lost(again) if again else ABSENT,
            f"{told['pairs-lost'].value:,.0f}", f"{told['pairs-lost-others'].value:,.0f}",
            pct(told["pairs-longer"].value), spread(told["length-added"], hops),
            pct(told["lost-addresses"].value, 3) if "lost-addresses" in told else ABSENT,
            " → ".join(pct(told[one].value) for one in across) if across[0] in told else ABSENT,
            f"{told[links[0]].value:,.0f}" if links[0] in told else ABSENT,
            f"{told[links[1]].value:,.0f} → {told[links[2]].value:,.0f}" if links[1] in told else ABSENT,
        ))  # fmt: skip
    heads = (
        "scenario", "pairs lost", "with older registrations", "in number", "neither end refused", "longer",
        "hops added, mean", "lost, by addresses", "across the sides", "direct links", "separate paths, at most",
    )  # fmt: skip
    return Table(table, heads, tuple(lines))


def sides(ground: Ground, other: Ground, names: Iterable[str]) -> Table:
    """Return how many networks each scenario names and binds, with and without stale statements."""
    lines = []
    for name in names:
        told = []
        for one in (ground, other):
            impact = one.asked(name, ranges=False)
            # The title says how many; memberships that are claimed several times have a row each.
            members = re.search(r": ([\d,]+) networks?\b", impact.title)
            bound = re.search(r"binding ([\d,]+) further", impact.title)
            told += [
                f"{len(rows(impact, 'named')):,}",
                (members[1] if members else ABSENT) + (f" and {bound[1]} bound" if bound else ""),
            ]
        lines.append((name, told[0], told[2], told[1], told[3]))
    heads = ("scenario", "named", "named, stale too", "in the coalition", "in the coalition, stale too")
    return Table("sides", heads, tuple(lines))


def losers(ground: Ground, other: Ground, names: Iterable[str]) -> Table:
    """Return which networks, not refused themselves, lose most by each scenario, and where either reading puts them."""
    lines, again = [], dict(zip(other.topology.asn.tolist(), other.standing().state(), strict=True))
    for name in names:
        impact = ground.asked(name)
        for row in [row for row in rows(impact, "networks") if not row["refused"]][:LOSERS]:
            placed = [row["state"] or "??", again[row["asn"]] or "??"]
            told = re.sub(r"[|<>\s]+", " ", row["name"] or "").strip()
            lines.append((name, f"AS{row['asn']} {told}", *placed, pct(row["lost_share"], 1)))
    return Table(
        "losers", ("scenario", "network", "stands under", "with older registrations", "of its pairs lost"), tuple(lines)
    )


def swept(ground: Ground) -> Table:
    """Return what the share above which a holder controls changes: the files' own threshold, exchanged for others."""
    lines = []
    for name in SWEPT:
        text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
        for threshold in THRESHOLDS_PCT:
            file = HERE / f".{name}-{threshold}.yaml"
            file.write_text(re.sub(r"threshold_pct: \d+", f"threshold_pct: {threshold}", text), encoding="utf-8")
            try:
                impact = ground.asked(f"{name}, above {threshold} %", ranges=False, file=file)
            finally:
                file.unlink()
            named = rows(impact, "named")
            told = figures(impact)
            states = sorted({row["state"] for row in named if row["state"]})
            lines.append((
                name, f"{threshold} %", f"{len(named):,}", f"{len({row['party'] for row in named}):,}",
                f"{len(states):,}", lost(told), f"{told['pairs-lost-others'].value:,.0f}",
            ))  # fmt: skip
    heads = (
        "scenario",
        "above",
        "networks named",
        "parties",
        "states they answer to",
        "pairs lost",
        "neither end refused",
    )
    return Table("thresholds", heads, tuple(lines))


def removed(ground: Ground, other: Ground) -> Table:
    """Return what is left of the others where a state's networks are gone, and who carries more then."""
    lines = []
    for name in REMOVED:
        impact, again = ground.asked(name, moved=True), figures(other.asked(name, ranges=False))
        told = figures(impact)
        code = name.rpartition("-")[2].upper()
        states = [row for row in rows(impact, "states") if row["state"] not in {code, "??"} and row["lost_others"]]
        worst = sorted(states, key=lambda row: -row["lost_others"] / row["reached"])
        worst = [row for row in worst if row["ases"] >= 20][:4]
        moved = sorted(rows(impact, "transit_by_registration"), key=lambda row: -row["change"])[:4]
        own = next(row for row in rows(impact, "states") if row["state"] == code)
        others = told["reachable-before"].value
        whole = told["pairs-lost"].value / (1 - told["reachable-after"].value / others) - own["reached"]
        lines.append((
            name, f"{own['ases']:,}", pct(told["pairs-lost-others"].value / whole),
            f"{told['pairs-lost-others'].value:,.0f}", f"{again['pairs-lost-others'].value:,.0f}",
            hops(told["length-added"].value),
            ", ".join(f"{row['state']} {pct(row['lost_others'] / row['reached'], 1)}" for row in worst) or "none",
            ", ".join(f"{row['state']} {pct(row['share_before'], 1)} → {pct(row['share_after'], 1)}" for row in moved),
        ))  # fmt: skip
    heads = (
        "scenario", "networks gone", "pairs of others lost", "in number", "with older registrations",
        "hops added, mean", "states of 20 networks or more that lose most, of all their pairs",
        "states that gain most transit, of all pairs left",
    )  # fmt: skip
    return Table("removed", heads, tuple(lines))


def side_by_side(lines: Iterable[tuple[str, ...]]) -> Table:
    """Return the shares of studies, a line each, with the graphs beside each other."""
    told: dict[str, dict[str, str]] = {}
    for what, graph, share in lines:
        told.setdefault(what, {})[graph] = share
    titles = list(dict.fromkeys(graph for shares in told.values() for graph in shares))
    found = tuple((what, *(shares.get(title, ABSENT) for title in titles)) for what, shares in sorted(told.items()))
    return Table("studies", ("what", *titles), found)


# -- the page ------------------------------------------------------------------------------------------------------


def placed(page: str, tables: Sequence[Table]) -> str:
    """Return a page with its tables exchanged for these; a table stands below a comment ``<!-- table NAME -->``."""
    for table in tables:
        pattern = rf"(<!-- table {table.name} -->\n\n)(?:\|.*\n)*\n*"
        page, count = re.subn(pattern, lambda found, table=table: f"{found[1]}{table.markdown()}\n\n", page)
        if count != 1:
            raise SystemExit(f"the page has {count} places for the table {table.name!r}; it needs one")
    return page.rstrip("\n") + "\n"


def made(topology: Path, earlier: Path | None, world: World) -> Iterator[Table]:
    """Yield the tables as they come."""
    graph = asrel.read(topology)
    later, stale = (Ground(topology, graph, world, stale) for stale in (False, True))
    past = Ground(earlier, asrel.read(earlier), world, stale=True) if earlier else None
    yield graphs([ground for ground in (later, stale, past) if ground])
    yield scenarios(later, stale, SCENARIOS, "scenarios")
    yield scenarios(later, stale, RUSSIA, "russia")
    yield sides(later, stale, [*SCENARIOS, *RUSSIA])
    yield losers(later, stale, ("direct-us", "direct-all", "russia-exchange"))
    yield cone(later)
    yield removed(later, stale)
    yield swept(stale)
    if past:
        yield scenarios(past, None, (*RUSSIA, "states-direct", "mirror-direct"), "earlier")
    yield third_states(later)
    lines = studies(later, f"{graph.edition}")
    lines += studies(stale, f"{graph.edition}, stale too", ("as asked",))
    lines += studies(past, f"{past.topology.edition}, stale too", ("as asked", "control")) if past else []
    yield side_by_side(lines)


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topology", type=Path, required=True, help="AS relationships, serial 2, September 2025")
    parser.add_argument("--earlier", type=Path, help="AS relationships of November 2016, for studies of that time")
    parser.add_argument("--world", type=Path, required=True, help="a world folder, as crossline world build makes it")
    parser.add_argument("--page", type=Path, help="put the tables into this page")
    parser.add_argument("--check", type=Path, help="compare the tables of this page")
    asked = parser.parse_args()
    tables = []
    for table in made(asked.topology, asked.earlier, store.load(asked.world)):
        tables.append(table)
        print(f"<!-- table {table.name} -->\n\n{table.markdown()}\n", flush=True)
    if asked.page:
        asked.page.write_text(placed(asked.page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if asked.check:
        old = asked.check.read_text(encoding="utf-8")
        new = placed(old, tables)
        for a, b in zip(old.splitlines(), new.splitlines(), strict=False):
            if a != b:
                print(f"page: {a}\nnow:  {b}", file=sys.stderr)
        if old != new:
            raise SystemExit(1)


if __name__ == "__main__":
    main()

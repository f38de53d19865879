"""The figures of an outcome, each with its range, and what stands out."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import Figure, amounts
from crossline.kleene import TRUE, UNKNOWN
from crossline.stores.judging import REMOVALS
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.impact import Table, Unit
    from crossline.stores.telling.tables import Count, Counts

_SURE: Final = "what a rule says is a violation"
_WHOLE: Final = "with what is in doubt as well"
_BEFORE: Final = {"measure": "", "answer": "Answer in kind: ", "owners": "Without the code: "}
_BIASED: Final = (
    "Rules speak of stores; apps that people already have, or bring from elsewhere, are not taken away: too high.",
    "Who may publish again under another name, or answer in kind, is not foreseen.",
)
_OF_USERS: Final = (
    "A person counts once for each app: persons are fewer, by how many is not known.",
    "An app that more than one store offers counts with the highest figure: too low where their users differ.",
)


def figures(counts: Counts) -> tuple[Figure, ...]:
    """Return the figures of every run."""
    shelves = counts.outcome.shelves
    many = offered(counts)
    known = int(counts.first.apps["users"].is_not_null().sum())
    rests = (
        f"{many}, {shelves.places['unit'].n_unique():,} times in a storefront.",
        f"Users are known of {known:,} of the apps." if known else "Users are known of none of the apps.",
    )
    return tuple(figure for count in counts.runs for figure in _of_run(count, rests))


def offered(counts: Counts) -> str:
    """Say how many apps there are, and in how many stores; who hands out apps, but has no store, counts apart."""
    shelves = counts.outcome.shelves
    stores, others = of_stores(counts)
    parts = [f"in {plural(stores, 'store')}"] if stores or not others else []
    parts += [f"from {plural(others, 'other distributor' if stores else 'distributor')}"] if others else []
    return f"{plural(shelves.apps, 'app')} {' and '.join(parts)}"


def of_stores(counts: Counts) -> tuple[int, int]:
    """Return how many stores there are, and how many others hand out apps: on phones, say."""
    how = counts.outcome.shelves.stores["how"]
    stores = int(how.str.split(", ").list.contains("store").sum())
    return stores, len(how) - stores


def _of_run(count: Count, rests: tuple[str, ...]) -> list[Figure]:
    run, apps = count.run, count.apps
    before, key = _BEFORE[run.id], "" if run.id == "measure" else f"{run.id}-"
    biased = _BIASED
    total = max(apps.height, 1)

    def ranged(name: str, title: str, sure: float, high: float, unit: Unit, *more: str) -> Figure:
        over = tuple(f"{said}: {amounts.exact(one, unit)}" for said, one in ((_SURE, sure), (_WHOLE, high)))
        return Figure(f"{key}{name}", _titled(before, title), sure, unit, sure, high, over, rests, (*biased, *more))

    out, may = (int((apps["most"] >= code).sum()) for code in (TRUE, UNKNOWN))
    gone, leaving = (int((apps["least"] >= code).sum()) for code in (TRUE, UNKNOWN))
    found = [ranged("out", "Apps taken out of a storefront", out, may, "count")]
    stay = _could_stay(count) if run.asked else 0
    if stay:
        title = _titled(before, "Of these, by rules that ask for no removal")
        found.append(Figure(f"{key}could-stay", title, stay, "count", rests_on=rests, biased_by=biased))
    found += [
        ranged("share", "Apps taken out, of all apps", out / total, may / total, "share"),
        ranged("gone", "Apps taken out wherever they are offered", gone, leaving, "count"),
    ]
    users = apps.drop_nulls("users")
    if users.height:
        lost, unsure, whole = (int(users[name].sum()) for name in ("lost", "unsure", "users"))
        found.append(ranged("users", "App-users lost", lost, lost + unsure, "users", *_OF_USERS))
        if whole:
            part, most = lost / whole, (lost + unsure) / whole
            found.append(ranged("users-share", "App-users lost, of those known", part, most, "share", *_OF_USERS))
        # Of the users of one app no two are the same person; of two apps they may all be.
        one = int(users["lost"].max() or 0)  # type: ignore[arg-type]  # a column of whole numbers
        over = (f"all of them users of one app: {one:,}", f"no two of them the same person: {lost:,}")
        title = _titled(before, "Persons who surely lose an app")
        found.append(Figure(f"{key}persons", title, None, "users", one, lost, over, rests, biased))
    return found


def _titled(before: str, title: str) -> str:
    return f"{before}{title[0].lower()}{title[1:]}" if before else title


def _could_stay(count: Count) -> int:
    """Count apps that no rule takes out which asks for removal."""
    units, removed = count.outcome.shelves.units, None
    for asked in count.run.asked:
        if REMOVALS & set(asked.rule.remedy):
            here = asked.code == TRUE
            removed = here if removed is None else removed | here
    taken = units.filter(pl.Series(count.run.code == TRUE))["app"].unique()
    surely = units.filter(pl.Series(removed))["app"].unique() if removed is not None else taken.clear()
    return int((~taken.is_in(surely.to_list())).sum())


def looking(counts: Counts, shown: Mapping[str, Table]) -> tuple[str, ...]:
    """Say what stands out, in a few sentences; first of all what stands in the way of an answer."""
    said = [*_unplaced(counts), *_most(counts, shown)]
    if "apps" in shown:
        said += _gone(counts, shown["apps"])
    said += [_compared(counts.first, one, users=counts.with_users) for one in counts.runs if one.run.id == "answer"]
    if "rules" in shown and int(counts.first.apps["most"].eq(UNKNOWN).sum()):
        row = shown["rules"].frame.sort("doubt", descending=True).row(0, named=True)
        if row["doubt"]:
            said.append(f"{row['rule']} leaves {plural(row['doubt'], 'app')} in doubt, more than any other rule.")
    if "missing" in shown and shown["missing"].frame.height:
        row = shown["missing"].frame.row(0, named=True)
        said.append(
            f"Missing most often, of {plural(row['offers'], 'offer')}: {visible(row['missing'], STATEMENT_LIMIT)}."
        )
    if "owners" in shown:
        row = shown["owners"].frame.row(0, named=True)
        said.append(f"Code of {visible(row['name'])} stands in {plural(row['apps'], 'app')}, more than anybody else's.")
    return tuple(said)


def _unplaced(counts: Counts) -> list[str]:
    """Say which line to write where most that is in doubt is so for want of the states in which apps are offered."""
    outcome, run = counts.outcome, counts.first.run
    if not any("offered_in" in one.rule.applies for one in run.asked):
        return []
    units = outcome.shelves.units.with_columns(code=pl.Series(run.code)).filter(pl.col("code") == UNKNOWN)
    loose = units.filter(pl.col("storefront").is_null() & (pl.col("kind") == "app") & ~pl.col("nowhere"))
    apps, doubt = loose["app"].n_unique(), units["app"].n_unique()
    if not apps or 2 * apps < doubt:
        return []
    file = outcome.estate.holdings["app"].assets.filter(pl.col("offered_in").is_null())["file"].drop_nulls()
    name = PurePath(file[0]).name if len(file) else ""
    name = name if re.fullmatch(r"\w[\w.+-]*", name) else "FILE"
    asked = [count.run.binding.home for count in counts.runs if count.run.binding is not None]
    line = f"files: [{{path: {name}, columns: {{offered_in: [{', '.join(dict.fromkeys(asked))}]}}}}]"
    said = (
        f"Of {apps:,} of {plural(doubt, 'app')} in doubt nobody says in which states they are offered, and a rule on a "
        f"state's storefronts decides nothing before. Where they are offered everywhere, or there, write `{line}` in "
        "estate.yaml at the top of the catalogue's folder."
    )
    return [said]


def _most(counts: Counts, shown: Mapping[str, Table]) -> list[str]:
    """Say which store and which storefront lose most."""
    said = []
    by, users = ("lost" if counts.with_users else "out"), counts.with_users
    for name, label, word in (("stores", "name", "store"), ("countries", "storefront", "storefront")):
        frame = shown[name].frame
        losing = frame.filter(pl.col(by) > 0)
        if losing.height and frame.height > 1:
            row = losing.row(0, named=True)
            apps = plural(row["out"], "app")
            what = f"{amounts.headline(row['lost'], 'users')} of {apps}" if users else f"{apps} of {row['apps']:,}"
            said.append(f"The {word} that loses most is {visible(row[label])}: {what}.")
    return said


def _gone(counts: Counts, table: Table) -> list[str]:
    """Say which app most users lose, and of which nothing else of its category is left."""
    said = []
    gone = counts.first.apps.filter(pl.col("most") == TRUE)
    named = table.frame.filter(pl.col("most") == "taken out")
    total = int(gone["lost"].sum() or 0)
    if total:
        row = named.sort("lost", descending=True, nulls_last=True, maintain_order=True).row(0, named=True)
        part = amounts.exact(row["lost"] / total, "share")
        said.append(f"{visible(row['name'])} alone is {part} of the app-users that are surely lost.")
    bare = named.filter(pl.col("left_high") == 0)
    if bare.height:
        some = ", ".join(visible(name) for name in bare["name"].head(3))
        more = f" and {bare.height - 3:,} more" if bare.height > 3 else ""
        said.append(f"No other app of its category is left beside {some}{more}.")
    return said


def _compared(first: Count, second: Count, *, users: bool) -> str:
    """Put an answer beside the measure."""
    one, two = (int((count.apps["most"] == TRUE).sum()) for count in (first, second))
    said = f"The measure surely takes out {plural(one, 'app')}, the answer {two:,}"
    if users:
        lost = [amounts.headline(int(count.apps["lost"].sum() or 0), "users") for count in (first, second)]
        said += f"; app-users lost are {lost[0]} by the measure and {lost[1]} by the answer"
    return f"{said}."

"""Tell an outcome: figures, tables and pictures, as an Impact that every writer can show."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.evaluate.mirroring import asked
from crossline.impact import Changes, Impact
from crossline.stores import audience
from crossline.stores.shelves import KINDS
from crossline.stores.telling import code, evidence, tables
from crossline.stores.telling.figures import figures, looking, of_stores, offered
from crossline.stores.telling.tables import Count, Counts, Ground
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.impact import Picture, Table
    from crossline.stores.judging import Run
    from crossline.stores.outcome import Outcome

_DRAWN: Final = 12
_COVERAGE: Final = 20


def tell(outcome: Outcome) -> Impact:
    """Return the outcome as figures, tables and pictures."""
    ground = Ground(outcome)
    counts = Counts(outcome, tuple(Count(ground, run) for run in outcome.runs))
    of_app = counts.first.apps
    whose = code.table(counts, of_app)
    grounds, sources = evidence.grounds(counts)
    made = [
        tables.stores(counts), tables.countries(counts), tables.publishers(counts), tables.states(counts),
        tables.apps(counts), tables.categories(counts), tables.rules(counts), whose, grounds, evidence.missing(counts),
    ]  # fmt: skip
    shown = {table.id: table for table in made if table.frame.height}
    return Impact(
        subject="stores",
        title=_title(counts),
        as_of=outcome.as_of,
        asked=_asked(outcome),
        basis=_basis(counts),
        figures=figures(counts),
        tables=tuple(shown.values()),
        pictures=_pictures(counts, shown),
        look_at=looking(counts, shown),
        notes=_notes(counts),
        labelled=_label(outcome),
        sources=_sources(outcome, sources),
    )


def _title(counts: Counts) -> str:
    """Say what was asked in one sentence."""
    said = [f"{count.run.title}, asked of {offered(counts)}: {_went(count)}" for count in counts.runs[:1]]
    said += [f"{_SIDES[count.run.id]} {_went(count)}" for count in counts.runs[1:]]
    return "; ".join(said)


_AFTER: Final = {"answer": ", by an answer in kind", "owners": ", without the code that was named"}
_SIDES: Final = {"answer": "by an answer in kind", "owners": "without the code that was named"}


def _went(count: Count) -> str:
    apps = count.apps
    out, doubt = int((apps["most"] == 2).sum()), int((apps["most"] == 1).sum())
    return f"{out:,} taken out, {doubt:,} in doubt"


def _asked(outcome: Outcome) -> Mapping[str, Any]:
    """Return what was asked: who, of whom, and every parameter."""
    said: dict[str, Any] = dict(outcome.parameters)
    for run in outcome.runs:
        if run.binding is not None and run.asked:
            parameters = run.binding.parameters()
            plain = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
            # What is as long as a list of apps has its place in the regime's file.
            short = {name: v for name, v in plain.items() if not isinstance(v, list) or len(v) <= _DRAWN}
            said[run.id] = {"regime": run.binding.regime.id, "title": run.title, "parameters": short}
        else:
            said[run.id] = {"title": run.title}
    return said


def _basis(counts: Counts) -> Mapping[str, Any]:
    outcome = counts.outcome
    shelves, apps = outcome.shelves, counts.first.apps
    said = outcome.audience
    stores, others = of_stores(counts)
    read = [item for item in outcome.estate.coverage if item.of_a_file and not item.kinds.keys().isdisjoint(KINDS)]
    return {
        "catalogues": [
            {"file": item.path, "reader": item.reader, "assets": item.rows, "rejected": item.rejected}
            for item in read[:_COVERAGE]
        ],
        "files": len(read),
        "apps": shelves.apps,
        "apps_in_storefronts": shelves.places["unit"].n_unique(),
        "stores": stores,
        "other_distributors": others,
        "apps_with_users": int(apps["users"].is_not_null().sum()),
        "apps_with_publisher": shelves.publishers.filter(pl.col("id") != "")["app"].n_unique(),
        "apps_with_storefront": shelves.units.drop_nulls("storefront")["app"].n_unique(),
        "apps_seen_into": code.seen_apps(counts),
        "audience": None if said is None else {
            "file": said.name, "rows": said.lines, "not_used": said.refused, "sources": list(said.sources),
        },
    }  # fmt: skip


def _notes(counts: Counts) -> tuple[str, ...]:
    """Say what a reader has to know: users first, then the rules, then the files."""
    outcome = counts.outcome
    said = _of_users(counts)
    for run in outcome.runs:
        said += [*run.notes, *_of_rules(outcome, run)]
    said += _unsaid(counts)
    said += [*outcome.notes, *_unread(outcome)]
    if outcome.parameters["accept_stale"]:
        said.append("Identifiers known from other times only were resolved by the nearest sighting (--accept-stale).")
    return tuple(dict.fromkeys(said))


def _of_users(counts: Counts) -> list[str]:
    """Say of how many apps users are known, and on whose word."""
    outcome = counts.outcome
    known, every = int(counts.first.apps["users"].is_not_null().sum()), outcome.shelves.apps
    said = []
    if not known:
        said.append("Nobody said how many use which app, so that apps are counted and users are not: --audience FILE.")
    elif known < every:
        said.append(f"Users are known for {known:,} of {every:,} apps: figures of users leave the others out.")
    if outcome.audience is not None:
        said.append(audience.told(outcome.audience))
    elif known:
        said.append("Users are those that the catalogues themselves state, without saying where they live.")
    return said


def _of_rules(outcome: Outcome, run: Run) -> list[str]:
    """Say which lists of a regime are not used, and which of its rules have no effect."""
    if run.binding is None or not run.asked:
        return []
    binding, regime = run.binding, run.binding.regime
    names = sorted(set[str]().union(*(asked(one.rule) for one in run.asked)) & regime.lists.keys())
    dropped = [binding.unused(regime.lists[name]) for name in names]
    said = [f"{regime.id}: {why}." for why in dropped if why]
    resting = [one.rule.id for one in run.asked if not binding.in_force(one.rule)]
    if resting:
        said.append(f"Not in force on {outcome.as_of}, and so without effect: {', '.join(resting)}.")
    nobody = binding.binds_nobody()
    return [*said, f"{nobody}."] if nobody else said


def _unsaid(counts: Counts) -> list[str]:
    """Say what catalogues leave open of where apps are offered, and whose code they carry."""
    shelves, said = counts.outcome.shelves, []
    loose = shelves.units.filter(pl.col("storefront").is_null() & (pl.col("kind") == "app") & ~pl.col("nowhere"))
    if loose.height:
        apps = f"{loose['app'].n_unique():,} of {plural(shelves.apps, 'app')}"
        said.append(
            f"Of {apps} it is not stated in which states they are offered; a rule on a state's storefronts leaves "
            "them in doubt. Of a catalogue of one state, say so in estate.yaml: "
            "`files: [{path: FILE, columns: {offered_in: [XX]}}]`."
        )
    unseen = shelves.apps - code.seen_apps(counts)
    if unseen:
        said.append(f"The code of {unseen:,} of {plural(shelves.apps, 'app')} was not seen.")
    return said


def _unread(outcome: Outcome) -> list[str]:
    """Say what of the catalogues was not understood; a file of users that lies among them is none."""
    said, people = [], outcome.audience.name if outcome.audience else None
    for item in outcome.estate.coverage:
        if item.rejected:
            first, pieces = item.rejects[0], plural(item.rejected, "piece")
            said.append(f"{item.path}: {pieces} not understood; the first: {first.locator}: {first.reason}.")
        elif item.reader is None and PurePath(item.path).name != people:
            said.append(f"{item.path}: not read: {(*item.notes, 'no reader takes it')[0]}.")
    if len(said) > _COVERAGE:
        said = [*said[:_COVERAGE], f"The same of {len(said) - _COVERAGE:,} more files."]
    return said


def _label(outcome: Outcome) -> str | None:
    """Say so over everything where the users are made up, as the file itself says."""
    if outcome.audience is None or not outcome.audience.made_up:
        return None
    return f"Made-up users: {outcome.audience.name} says of its numbers that nobody counted them."


def _pictures(counts: Counts, shown: Mapping[str, Table]) -> tuple[Picture, ...]:
    """Draw what is left, of users where any are known, else of apps: by storefront, publisher's state and category."""
    found: list[Picture] = []
    users = counts.with_users
    drawn = (("stores", "name"), ("countries", "storefront"), ("states", "state"), ("categories", "category"))
    for name, label in drawn:
        if name not in shown:
            continue
        rows = shown[name].frame
        rows = rows.filter(pl.col("users" if users else "apps") > 0)
        rows = rows.filter(pl.col("lost" if users else "out") > 0) if name == "categories" else rows
        rows = rows.head(_DRAWN)
        owns = ["" if count is counts.first else f"{count.run.id}_" for count in counts.runs]
        if not rows.height or not any(rows[own + ("lost" if users else "out")].sum() for own in owns):
            continue
        before = rows["users" if users else "apps"]
        title = f"{'App-users' if users else 'Apps'}, {shown[name].title[0].lower()}{shown[name].title[1:]}"
        for count in counts.runs if name in ("stores", "countries") else counts.runs[:1]:
            own = "" if count is counts.first else f"{count.run.id}_"
            after = before - rows[own + ("lost" if users else "out")].fill_null(0)
            found.append(Changes(
                f"{name}-{count.run.id}" if own else name, f"{title}{_AFTER[count.run.id] if own else ''}",
                tuple(rows[label]), tuple(map(float, before)), tuple(map(float, after)),
                "users" if users else "count",
                "Before, and after what is surely taken out; what is in doubt is left in.", name,
            ))  # fmt: skip
    if "owners" in shown:
        owners = code.picture(counts, shown["owners"])
        found += [owners] if owners else []
    return tuple(found)


def _sources(outcome: Outcome, told: list[str]) -> tuple[Mapping[str, Any], ...]:
    used = outcome.world.table("source")
    return tuple(
        {
            "source": row["id"], "title": row["title"], "issuer": row["issuer"], "url": row["url"],
            "published": row["published"].isoformat() if row["published"] else None, "licence": row["licence"],
        }
        for row in used.filter(pl.col("id").is_in(told)).unique("id").sort("id").iter_rows(named=True)
    )  # fmt: skip

"""Tables of what is taken out: by store, storefront, publisher, state, category, app and rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.impact import Column, Table
from crossline.kleene import TRUE, UNKNOWN
from crossline.stores import answering, counting

if TYPE_CHECKING:
    from crossline.kleene import Codes
    from crossline.stores.judging import Run
    from crossline.stores.outcome import Outcome

NOT_STATED: Final = "not stated"
NOT_KNOWN: Final = "not known"
_COUNTED: Final = (
    "Taken out: a rule says violation. In doubt: what a rule asks is not known. Users are of apps, and a person counts "
    "once for each; they are known for some apps only, and a dash stands where they are for none."
)


@dataclass(frozen=True)
class Ground:
    """What all runs are counted over: where apps stand, and which shelves the users of each have them from."""

    outcome: Outcome

    @cached_property
    def offered(self) -> pl.DataFrame:
        """Unit, app, store, storefront."""
        return counting.offered(self.outcome.shelves)

    @cached_property
    def of_apps(self) -> counting.Reach:
        """The figures of each app."""
        return counting.of_apps(self.outcome.cells, self.offered)

    @cached_property
    def of_stores(self) -> tuple[counting.Reach, pl.DataFrame]:
        """The figures of each app in each store, and which those are."""
        return counting.of_stores(self.outcome.cells, self.offered)

    @cached_property
    def by_app(self) -> counting.Places:
        """The shelves of each app."""
        return counting.places(self.offered)

    @cached_property
    def by_store(self) -> counting.Places:
        """The shelves of each app in each store."""
        return counting.places(self.offered, "store")

    @cached_property
    def by_front(self) -> counting.Places:
        """The shelves of each app in each state's storefronts."""
        return counting.places(self.offered, "storefront")


@dataclass(frozen=True)
class Count:
    """One run, counted: what became of each app, and of its users."""

    ground: Ground
    run: Run

    @property
    def outcome(self) -> Outcome:
        """What was asked."""
        return self.ground.outcome

    @cached_property
    def countries(self) -> pl.DataFrame:
        """Users of each app by country: key, country, users, lost, unsure."""
        return counting.users(self.ground.of_apps, self.run.code)

    @cached_property
    def apps(self) -> pl.DataFrame:
        """A row for each app: app, most, least, users, lost, unsure."""
        return self.under(self.run.code)

    def grouped(self, groups: pl.DataFrame, *by: str) -> pl.DataFrame:
        """Count apps by groups, which have app and the columns ``by``."""
        return counting.tally(groups.join(self.apps, on="app", maintain_order="left"), *by)

    def under(self, code: Codes) -> pl.DataFrame:
        """Return a row for each app as if a code were all: app, most, least, users, lost, unsure."""
        users = counting.summed(counting.users(self.ground.of_apps, code)).rename({"key": "app"})
        fates = counting.fates(self.ground.by_app, code)
        return fates.join(users, on="app", how="left", maintain_order="left")


@dataclass(frozen=True)
class Counts:
    """All runs, counted: the first is what tables are sorted by, the second stands beside it."""

    outcome: Outcome
    runs: tuple[Count, ...]

    @property
    def first(self) -> Count:
        """The run that was asked for."""
        return self.runs[0]

    @property
    def with_users(self) -> bool:
        """Whether the users of any app are known."""
        return bool(self.outcome.cells.height)

    def side_by_side(self, parts: list[pl.DataFrame], *by: str) -> pl.DataFrame:
        """Join the tallies of runs; what comes after the first is named after its run."""
        whole = parts[0]
        for count, part in zip(self.runs[1:], parts[1:], strict=True):
            changed = ("out", "doubt", "lost", "unsure")
            named = part.select(*by, *(pl.col(name).alias(f"{count.run.id}_{name}") for name in changed))
            whole = whole.join(named, on=list(by), how="left", maintain_order="left", nulls_equal=True)
        return self.ordered(whole)

    def ordered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Sort: what loses most users first, then most apps, then what is in doubt."""
        by = [name for name in ("lost", "out", "answer_lost", "answer_out", "owners_out", "unsure", "doubt", "apps")
              if name in frame.columns]  # fmt: skip
        return frame.sort([*by, frame.columns[0]], descending=[*[True] * len(by), False], nulls_last=True)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns of a tally, of every run; those of users only where some are known."""
        plain = [Column("apps", "Apps", "count"), *_changed(self.first.run.id, "", users=self.with_users)]
        if self.with_users:
            plain.insert(3, Column("users", "App-users", "users"))
        more = [_changed(count.run.id, f"{count.run.id}_", users=self.with_users) for count in self.runs[1:]]
        return tuple(plain) + tuple(column for part in more for column in part)


def _changed(run: str, prefix: str, *, users: bool) -> list[Column]:
    word = {"measure": "", "answer": "Answer: ", "owners": "Without the code: " if prefix else ""}[run]

    def title(text: str) -> str:
        return f"{word}{text.lower()}" if word else text

    out = [Column(f"{prefix}out", title("Taken out"), "count"), Column(f"{prefix}doubt", title("In doubt"), "count")]
    if users:
        out += [
            Column(f"{prefix}lost", title("Users lost"), "users"),
            Column(f"{prefix}unsure", title("Users in doubt"), "users"),
        ]
    return out


def stores(counts: Counts) -> Table:
    """Count by who distributes: an app that two stores offer counts in both."""
    parts = []
    for count in counts.runs:
        figures, pairs = count.ground.of_stores
        users = counting.summed(counting.users(figures, count.run.code)).join(pairs, on="key").drop("key")
        rows = counting.fates(count.ground.by_store, count.run.code)
        rows = rows.join(users, on=["app", "store"], how="left", maintain_order="left")
        parts.append(counting.tally(rows, "store"))
    named = counts.outcome.shelves.stores.select("store", "name", "how")
    frame = counts.side_by_side(parts, "store").join(named, on="store", how="left", maintain_order="left")
    return Table(
        "stores", "By store",
        (Column("name", "Store"), Column("how", "How"), *counts.columns(), Column("store", "Id")),
        frame,
        "A row is who distributes apps; an app in two stores counts in both, and its users only with a store that a "
        f"figure names, or where it is in no other. {_COUNTED}",
    )  # fmt: skip


def countries(counts: Counts) -> Table:
    """Count by the state of the storefront."""
    parts = []
    for count in counts.runs:
        users = count.countries.rename({"key": "app", "country": "storefront"})
        # Users beyond the countries that have figures of their own are nobody's in particular.
        spoken = users.drop_nulls("storefront")
        rows = counting.fates(count.ground.by_front, count.run.code)
        rows = rows.join(spoken, on=["app", "storefront"], how="left", maintain_order="left")
        rest = users.filter(pl.col("storefront").is_null()).select("users", "lost", "unsure").sum()
        tallied = counting.tally(rows, "storefront")
        if users.height > spoken.height:
            missing = pl.DataFrame({"storefront": [None]}, schema={"storefront": pl.String})
            if not tallied["storefront"].null_count():
                tallied = pl.concat([tallied, missing], how="diagonal").with_columns(
                    pl.col("apps", "out", "doubt", "known").fill_null(0)
                )
            here = pl.col("storefront").is_null()
            tallied = tallied.with_columns(
                pl.when(here).then(pl.col(name).fill_null(0) + int(rest[name][0])).otherwise(name).alias(name)
                for name in ("users", "lost", "unsure")
            )
        parts.append(tallied)
    frame = counts.side_by_side(parts, "storefront").with_columns(pl.col("storefront").fill_null(NOT_STATED))
    return Table(
        "countries", "By country of the storefront",
        (Column("storefront", "Storefront"), *counts.columns()),
        frame,
        "A row is a state in whose storefronts apps are offered. Users whose country is not stated stand with what "
        "does not say where it is offered.",
    )  # fmt: skip


def publishers(counts: Counts) -> Table:
    """Count by who publishes."""
    groups = counts.outcome.shelves.publishers
    parts = [count.grouped(groups.select("app", "id"), "id") for count in counts.runs]
    named = groups.group_by("id").agg(pl.col("name").first(), answering.written().first().alias("state"))
    named = named.with_columns(pl.col("state").fill_null(NOT_KNOWN))
    frame = counts.side_by_side(parts, "id").join(named, on="id", how="left", maintain_order="left")
    return Table(
        "publishers", "By publisher",
        (Column("name", "Publisher"), Column("state", "Controlled from"), *counts.columns(), Column("id", "Id")),
        frame,
        "A row is a party, or the name of one that leads to none; an app whose id leads to several counts for each.",
    )  # fmt: skip


def states(counts: Counts) -> Table:
    """Count by the state that controls the publisher."""
    groups = counts.outcome.shelves.publishers.select("app", state="states").explode("state").unique()
    groups = groups.with_columns(pl.col("state").fill_null(NOT_KNOWN)).sort("app", "state")
    parts = [count.grouped(groups, "state") for count in counts.runs]
    return Table(
        "states", "By the state that controls the publisher",
        (Column("state", "State"), *counts.columns()),
        counts.side_by_side(parts, "state"),
        "By the regime's own doctrine of control, with the codes that a state covers in it. An app whose owner answers "
        "to two states counts for each; \u201cnot known\u201d where no party is, or no state. Where a party is merely "
        "incorporated does not count, but for the two states that the regime is about.",
    )  # fmt: skip


def categories(counts: Counts) -> Table:
    """Count by the store's own category."""
    groups = counts.outcome.shelves.categories.with_columns(pl.col("category").fill_null(NOT_STATED))
    parts = [count.grouped(groups, "category") for count in counts.runs]
    frame = counts.side_by_side(parts, "category").with_columns(left=pl.col("apps") - pl.col("out") - pl.col("doubt"))
    first, *rest = counts.columns()
    return Table(
        "categories", "By category",
        (Column("category", "Category"), first, Column("left", "Left for sure", "count"), *rest),
        frame,
        "In the stores' own words; an app of two categories counts in both.",
    )  # fmt: skip


def apps(counts: Counts) -> Table:
    """Name the apps that are taken out, or in doubt, those that most use first."""
    shelves = counts.outcome.shelves
    frame = counts.first.apps
    touched = pl.col("most") >= UNKNOWN
    for count in counts.runs[1:]:
        beside = (pl.col(name).alias(f"{count.run.id}_{name}") for name in ("most", "lost", "unsure"))
        frame = frame.join(count.apps.select("app", *beside), on="app", how="left", maintain_order="left")
        touched |= pl.col(f"{count.run.id}_most") >= UNKNOWN
    frame = frame.filter(touched)
    # What the first run touches is told of that one.
    gone = pl.concat(
        [counting.left_in_category(shelves, count.ground.by_front, count.run.code) for count in counts.runs]
    )
    gone = gone.unique("app", keep="first", maintain_order=True)
    where = shelves.units.select("app", "storefront").with_columns(code=pl.Series(counts.first.run.code))
    left = where.filter(pl.col("code") == TRUE).group_by("app").agg(
        pl.col("storefront").drop_nulls().unique().sort().str.join(" ").alias("from")
    )  # fmt: skip
    who = shelves.publishers.group_by("app").agg(pl.col("name").unique().sort().str.join("; ").alias("publisher"))
    kinds = shelves.categories.group_by("app").agg(
        pl.col("category").drop_nulls().unique().sort().str.join("; ").alias("category")
    )
    for part in (shelves.names, who, kinds, left, gone, _by_rule(counts)):
        frame = frame.join(part, on="app", how="left", maintain_order="left")
    words = {0: "stays", 1: "in doubt", 2: "taken out"}
    fates = ["most", *(f"{count.run.id}_most" for count in counts.runs[1:])]
    order = [name for name in ("lost", "answer_lost", "owners_lost", "unsure", "users") if name in frame.columns]
    down = [True] * (len(fates) + len(order))
    frame = frame.sort([*fates, *order, "app"], descending=[*down, False], nulls_last=True)
    frame = frame.with_columns(
        *(pl.col(name).replace_strict(words, return_dtype=pl.String, default=None) for name in fates),
        pl.when(pl.col("category") != "").then("category").alias("category"),
        pl.when((pl.col("from") != "") & pl.col("from").is_not_null()).then("from").alias("from"),
    )
    users = [
        Column("users", "Users", "users"),
        Column("lost", "Lost", "users"),
        Column("unsure", "Users in doubt", "users"),
    ]
    other = [
        Column(f"{count.run.id}_most", "Answer" if count.run.id == "answer" else "Without the code")
        for count in counts.runs[1:]
    ]
    return Table(
        "apps", "Apps that are taken out, or in doubt",
        (Column("name", "App"), Column("publisher", "Publisher"), Column("most", "What becomes of it"), *other,
         *(users if counts.with_users else ()), Column("from", "From the storefronts of"),
         Column("left", "Others of its category left", "count"), Column("left_high", "At most", "count"),
         Column("category", "Category"), Column("rules", "By rules"), Column("app", "Id")),
        frame,
        "Others of its category: apps that stay in the storefronts it leaves, or may leave; the last are counted under "
        "\u201cat most\u201d with those in doubt. An app of the same category need not be a substitute.",
    )  # fmt: skip


def _by_rule(counts: Counts) -> pl.DataFrame:
    """Return the rules that take each app out: app, rules."""
    app = counts.outcome.shelves.units["app"]
    parts = [pl.DataFrame(schema={"app": pl.String, "rule": pl.String})]
    parts += [
        pl.DataFrame({"app": app.filter(pl.Series(asked.code == TRUE)).unique()}).with_columns(
            rule=pl.lit(asked.rule.id)
        )
        for count in counts.runs
        for asked in count.run.asked
    ]
    return (
        pl.concat(parts).group_by("app").agg(pl.col("rule").unique(maintain_order=True).str.join(", ").alias("rules"))
    )


def rules(counts: Counts) -> Table:
    """Say what each rule takes out, and what it alone does."""
    rows = []
    for count in counts.runs:
        for place, asked in enumerate(count.run.asked):
            others = [one.code for number, one in enumerate(count.run.asked) if number != place]
            rest = np.maximum.reduce(others) if others else np.zeros_like(asked.code)
            found = count.under(asked.code)
            alone = counting.fates(count.ground.by_app, rest).filter(pl.col("most") == TRUE)
            gone = found.filter(pl.col("most") == TRUE)
            row = counting.tally(found.with_columns(all=pl.lit(0)), "all").row(0, named=True)
            rows.append({
                "run": count.run.id,
                "rule": asked.rule.id, "title": asked.rule.title, "kind": asked.rule.kind,
                "in_force": "yes" if count.run.binding and count.run.binding.in_force(asked.rule) else "no",
                "remedy": ", ".join(asked.rule.remedy), "apps": row["apps"], "out": row["out"], "doubt": row["doubt"],
                "alone": gone.join(alone, on="app", how="anti").height, "lost": row["lost"], "unsure": row["unsure"],
            })  # fmt: skip
    schema = {
        "run": pl.String, "rule": pl.String, "title": pl.String, "kind": pl.String, "in_force": pl.String,
        "remedy": pl.String, "apps": pl.Int64, "out": pl.Int64, "doubt": pl.Int64, "alone": pl.Int64,
        "lost": pl.Int64, "unsure": pl.Int64,
    }  # fmt: skip
    users = (Column("lost", "Users lost", "users"), Column("unsure", "Users in doubt", "users"))
    return Table(
        "rules", "What each rule takes out",
        ((Column("run", "Asked by"),) if len(counts.runs) > 1 else ())
        + (Column("rule", "Rule"), Column("out", "Taken out", "count"), Column("doubt", "In doubt", "count"),
           Column("alone", "By it alone", "count"), *(users if counts.with_users else ()), Column("remedy", "Asks for"),
           Column("in_force", "In force"), Column("title", "What it says")),
        pl.DataFrame(rows, schema=schema, orient="row"),
        "By it alone: no other rule asked here takes the app out as well. A rule that asks for something else than to "
        "remove the app leaves it where that is done.",
    )  # fmt: skip

"""Whose code stands in apps: one owner's removed at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import Changes, Column, Table
from crossline.stores import owners

if TYPE_CHECKING:
    from crossline.stores.telling.tables import Counts

_DRAWN: Final = 12


def table(counts: Counts, of_app: pl.DataFrame) -> Table:
    """Return what each owner's code stands in, the most apps first."""
    outcome = counts.outcome
    frame = owners.one_at_a_time(outcome.shelves, outcome.binding, outcome.code, of_app)
    frame = frame.with_columns(
        share=pl.col("apps") / max(seen_apps(counts), 1), state=pl.col("state").fill_null("not known")
    )
    users = (Column("users", "App-users", "users"),) if counts.with_users else ()
    group = (Column("group_users", "Their app-users", "users"),) if counts.with_users else ()
    return Table(
        "owners", "Removing one owner's code at a time",
        (Column("name", "Whose code"), Column("state", "Controlled from"),
         Column("apps", "Apps that carry it", "count"), Column("share", "Of apps seen into", "share"), *users,
         Column("group_apps", "With all it controls", "count"), *group,
         Column("libraries", "Identifiers", "count"), Column("id", "Id")),
        frame,
        "A row is a party whose code was seen in apps, or a library that leads to none; if that code had to go, these "
        "apps would have to change or go. Apps that nobody looked into may carry it too, and are not counted.",
    )  # fmt: skip


def seen_apps(counts: Counts) -> int:
    """Return of how many apps some code was seen, or that there is none."""
    outcome = counts.outcome
    units = outcome.shelves.units
    whole = units.filter(outcome.code.seen)["app"]
    return int(pl.concat([whole, outcome.code.ties["app"]]).n_unique())


def picture(counts: Counts, made: Table) -> Changes | None:
    """Draw what is left of the apps that were seen into without each of the owners that most carry."""
    seen, rows = seen_apps(counts), made.frame.head(_DRAWN)
    if rows.height < 2:
        return None
    return Changes(
        "owners", "Apps left without one owner's code",
        tuple(rows["name"]), (float(seen),) * rows.height, tuple(float(seen - one) for one in rows["apps"]), "count",
        f"Of {seen:,} apps whose code was seen. One owner at a time, not one after another.", "owners",
    )  # fmt: skip

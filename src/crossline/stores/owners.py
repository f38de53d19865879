"""Whose code apps carry, and what is lost if one owner's code had to go: the ties of role ``embeds``.

Only what readers saw is known: a catalogue without packages shows no code, and such an app is in doubt for every owner.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.stores import answering
from crossline.stores.audience import StoresError
from crossline.stores.judging import Run
from crossline.stores.shelves import Shelves, holders, tied
from crossline.text import plural
from crossline.world import control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.evaluate.binding import Binding
    from crossline.kleene import Codes

_MOST: Final = 500  # owners whose companies are closed one by one


@dataclass(frozen=True)
class Carried:
    """Whose code was seen: a row for each app, identifier of code, and holder of it."""

    ties: pl.DataFrame  # unit, app, key, id, party, name, states
    seen: pl.Series  # of each unit: whether all of its code could be seen

    @property
    def apps_seen(self) -> int:
        """Return how many units' code was seen whole."""
        return int(self.seen.sum())


def carried(shelves: Shelves, binding: Binding) -> Carried:
    """Return the code that apps were seen to carry, with whose it is."""
    session = shelves.session
    ties = tied(shelves, "embeds").join(holders(session), on="key", maintain_order="left")
    ties = ties.join(answering.states(session, binding), on="id", how="left", maintain_order="left")
    extents = session.estate.extents.whole
    bundle = shelves.units["bundle"].to_numpy()
    whole = extents["embeds"][bundle] == 1 if "embeds" in extents else np.zeros(len(bundle), np.bool_)
    seen = pl.Series("seen", whole & (shelves.units["kind"] == "app").to_numpy())
    return Carried(ties.select("unit", "app", "key", "id", "party", "name", "states"), seen)


def groups(shelves: Shelves, binding: Binding, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return, for each party, all parties that it certainly controls under the regime's doctrine, and itself."""
    graph, name = shelves.session.answers.graph, binding.regime.controlled_by
    found = {}
    for one in ids:
        if one not in graph.number or name is None:
            found[one] = frozenset({one})
            continue
        base = np.zeros(graph.size, np.uint8)
        base[graph.number[one]] = TRUE
        closure = control.close(graph, binding.regime.doctrines[name], base)
        found[one] = frozenset(graph.ids[number] for number in np.flatnonzero(closure.codes == TRUE))
    return found


def one_at_a_time(shelves: Shelves, binding: Binding, code: Carried, of_app: pl.DataFrame) -> pl.DataFrame:
    """Return what each owner's code stands in: id, name, state, libraries, apps, users, and with all it controls.

    ``of_app`` has app and users. The most apps come first. Of owners beyond the first 500 the companies they control
    are not added.
    """
    ties = code.ties.join(of_app.select("app", "users"), on="app", how="left")
    per_app = ties.unique(["id", "app"])
    owners = (
        ties.group_by("id")
        .agg(
            pl.col("name").first(),
            pl.col("party").first(),
            answering.written().first().alias("state"),
            pl.col("key").n_unique().cast(pl.Int64).alias("libraries"),
        )
        .join(per_app.group_by("id").agg(_apps(), _users()), on="id")
        .sort(["apps", "id"], descending=[True, False])
    )
    parties = owners.filter("party")["id"].head(_MOST).to_list()
    groups_of = groups(shelves, binding, parties)
    members = pl.DataFrame(
        [(owner, one) for owner, group in groups_of.items() for one in sorted(group)],
        schema={"owner": pl.String, "id": pl.String},
        orient="row",
    )
    closed = members.join(per_app, on="id").unique(["owner", "app"]).group_by(id="owner").agg(
        _apps().alias("group_apps"), _users().alias("group_users")
    )  # fmt: skip
    return owners.join(closed, on="id", how="left", maintain_order="left").with_columns(
        pl.col("group_apps").fill_null(pl.col("apps")), pl.col("group_users").fill_null(pl.col("users"))
    )


def _apps() -> pl.Expr:
    return pl.len().cast(pl.Int64).alias("apps")


def _users() -> pl.Expr:
    known = pl.col("users").is_not_null().any()
    return pl.when(known).then(pl.col("users").sum()).alias("users")


def without(shelves: Shelves, binding: Binding, code: Carried, asked: Sequence[str]) -> Run:
    """Take out what carries code of some owners, or of whom they control; raises StoresError for one nobody knows."""
    graph = shelves.session.answers.graph
    there = dict(code.ties.select("id", "name").unique("id", keep="first").sort("id").iter_rows())
    for one in asked:
        if one not in graph.number and one not in there:
            close = difflib.get_close_matches(one, [*there, *graph.ids], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "; `crossline world lookup` finds the id of a party"
            raise StoresError(f"--without-sdk-owner: nobody is known by the id {one!r}{hint}")
    group = frozenset[str]().union(*groups(shelves, binding, asked).values())
    names = [graph.names[graph.number[one]] if one in graph.number else there[one] for one in asked]
    more = (
        f" and {plural(len(group) - len(asked), 'party', 'parties')} that they hold" if len(group) > len(asked) else ""
    )
    return Run("owners", f"Without code of {', '.join(names)}{more}", _codes(shelves, code, group), binding)


def _codes(shelves: Shelves, code: Carried, group: frozenset[str]) -> Codes:
    """Return what carries code of the group, and what may: code not all seen, or that leads to nobody."""
    mine = code.ties["id"].is_in(sorted(group))
    result = np.full(shelves.units.height, FALSE, np.uint8)
    result[~code.seen.to_numpy() & (shelves.units["kind"] == "app").to_numpy()] = UNKNOWN
    result[code.ties.filter(~pl.col("party"))["unit"].to_numpy()] = UNKNOWN
    several = code.ties.group_by("unit", "key").agg(mine_all=pl.col("id").is_in(sorted(group)).all())
    some = code.ties.filter(mine).join(several, on=["unit", "key"])
    result[some.filter(~pl.col("mine_all"))["unit"].to_numpy()] = UNKNOWN
    result[some.filter("mine_all")["unit"].to_numpy()] = TRUE
    return result

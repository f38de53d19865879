"""To which states parties answer: from where each is controlled under a regime's doctrine.

A party may answer to several states: its head office is in one, and a body of another holds it. Where it was merely
incorporated says nothing of that, but for the two states that the regime is about, of which its own words are asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline.auditing.exposure import by_state, candidates
from crossline.kleene import TRUE
from crossline.regimes import terms

if TYPE_CHECKING:
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding

_SCHEMA = pl.Schema({"id": pl.String(), "states": pl.List(pl.String())})


def states(session: Session, binding: Binding) -> pl.DataFrame:
    """Return the states that surely control each party: id, states (in alphabetical order); others have no row.

    Codes that a state covers in the regime on the day asked about count under that state.
    """
    answers = session.answers
    closures = [*by_state(session, binding, candidates(session)).items()]
    for state in filter(None, (binding.home, binding.target)):
        asked = terms.Predicate(0, "controlled_from", state)
        closure = answers.held(asked, binding, binding.regime.rules[0], None)
        closures += [] if closure is None else [(state, closure)]
    ids = pl.Series("id", answers.graph.ids, pl.String)
    parts = [pl.DataFrame(schema={"id": pl.String, "states": pl.String})]
    for state, closure in closures:
        held = ids.gather(np.flatnonzero(closure.codes == TRUE))
        parts.append(pl.DataFrame({"id": held}).with_columns(states=pl.lit(state)))
    return pl.concat(parts).group_by("id").agg(pl.col("states").unique().sort()).cast(_SCHEMA)


def written(states: str = "states") -> pl.Expr:
    """Write a party's states; null where none is known."""
    return pl.when(pl.col(states).list.len() > 0).then(pl.col(states).list.join(", "))

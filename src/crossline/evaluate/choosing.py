"""Of a regime's rules, those on some kinds of asset: what a simulation asks."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from crossline.mistakes import Mistake
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from crossline.regimes.model import Regime


def chosen(regime: Regime, kinds: Collection[str], only: Sequence[str], *, about: str, nothing: str) -> Regime:
    """Return a regime with nothing but its rules on those kinds, or those of them that are named.

    Clauses that no evidence decides are left out. ``about`` says what the rules are on, ``nothing`` what follows where
    there are none. Raises Mistake where there are none, or for a name that is none of theirs.
    """
    rules = [rule for rule in regime.rules if rule.kind in kinds and rule.decidable != "never"]
    ids = [rule.id for rule in rules]
    if not rules:
        raise Mistake(f"{regime.id} has no rule on {about}, so that {nothing}")
    for name in only:
        other = next((rule for rule in regime.rules if rule.id == name and rule.kind not in kinds), None)
        if other is not None:
            on = plural(2, other.kind.replace("-", " ")).partition(" ")[2]
            raise Mistake(f"{regime.id}: {name!r} is a rule on {on}, not on {about}; there are {', '.join(ids)}")
        if name not in ids:
            close = difflib.get_close_matches(name, ids, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(ids)}"
            raise Mistake(f"{regime.id} has no rule {name!r} on {about}{hint}")
    return replace(regime, rules=tuple(rule for rule in rules if not only or rule.id in only))

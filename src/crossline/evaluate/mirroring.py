"""The mirror: the same rules with home and target exchanged."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crossline.evaluate.binding import Binding, We
from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from crossline.regimes.model import Regime, Rule, Selection

_NAMED: Final = re.compile(r"""listed\(\s*["']([^"']+)""")


def mirrored(binding: Binding) -> Binding:
    """Return the same rules with home and target exchanged, asked by whoever is at home there.

    A list that is aimed at one of the two gives way to the one that the regime states as its mirror, where that is
    aimed at the other. The rest drops out, as do lists issued by one of the two; where that leaves a rule with nothing
    to ask, the wide reading asks who controls a party. A reading that was set stays. Raises Mistake for a regime
    without a target.
    """
    regime, target = binding.regime, binding.target
    if target is None:
        raise Mistake(
            f"{regime.id} is aimed at no single state, so that home has nothing to change places with: set its "
            f"parameters instead, beginning with --set {regime.id}.home=…"
        )
    lists = {name: _swapped(selection, binding.home) for name, selection in regime.lists.items()}
    swapped = Binding(
        replace(regime, lists=lists), binding.as_of, We(), {**binding.set, "home": target, "target": binding.home}
    )
    reading = regime.parameters.get("reading")
    if reading is None or "wide" not in reading.choices or "reading" in binding.set:
        return swapped
    asking = [rule for rule in regime.rules if asked(rule)]
    bare = {rule.id for rule in asking if any(swapped.unused(lists[name]) for name in asked(rule) if name in lists)}
    if len(bare) == len(asking):
        return replace(swapped, set={**swapped.set, "reading": "wide"}) if bare else swapped
    return replace(swapped, regime=_widened(swapped.regime, bare))


def _swapped(selection: Selection, target: str) -> Selection:
    """Return the list that stands in for this one where its mirror is aimed at the new target."""
    if selection.mirror is None or selection.mirror_aimed_at != target:
        return selection
    return replace(selection, list=selection.mirror, scopes=(), aimed_at=selection.mirror_aimed_at)


def _widened(regime: Regime, rules: set[str]) -> Regime:
    """Let the wide reading be the default of some rules."""
    return replace(
        regime,
        rules=tuple(
            replace(rule, defaults={**rule.defaults, "reading": "wide"}) if rule.id in rules else rule
            for rule in regime.rules
        ),
    )


def asked(rule: Rule) -> set[str]:
    """Return the names of the lists that a rule asks about."""
    return {
        name
        for text in (rule.binds, rule.applies, rule.violation, rule.exempt)
        if isinstance(text, str)
        for name in _NAMED.findall(text)
    }


def stand_ins(binding: Binding) -> dict[str, list[str]]:
    """Return the lists of the world that stand in for others in a mirror, with the names of the regime's lists."""
    found: dict[str, list[str]] = {}
    used = set[str]().union(*(asked(rule) for rule in binding.regime.rules))
    for name, selection in binding.regime.lists.items():
        if name in used and selection.mirror is not None and selection.list == selection.mirror:
            found.setdefault(selection.list, []).append(name)
    return found

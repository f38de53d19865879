"""The mirror: the same rules with home and target exchanged."""

from __future__ import annotations

from dataclasses import replace

from crossline.evaluate.binding import Binding, We
from crossline.mistakes import Mistake


def mirrored(binding: Binding) -> Binding:
    """Return the same rules with home and target exchanged, asked by whoever is at home there.

    Lists that are aimed at, or issued by, one of the two drop out; where that leaves a rule with nothing to ask, the
    wide reading asks who controls a party. A reading that was set stays. Raises Mistake for a regime without a target.
    """
    regime, target = binding.regime, binding.target
    if target is None:
        raise Mistake(
            f"{regime.id} is aimed at no single state, so that home has nothing to change places with: set its "
            f"parameters instead, beginning with --set {regime.id}.home=…"
        )
    swapped = Binding(regime, binding.as_of, We(), {**binding.set, "home": target, "target": binding.home})
    reading = regime.parameters.get("reading")
    dropped = any(swapped.unused(selection) for selection in regime.lists.values())
    if dropped and reading is not None and "wide" in reading.choices and "reading" not in binding.set:
        swapped = replace(swapped, set={**swapped.set, "reading": "wide"})
    return swapped

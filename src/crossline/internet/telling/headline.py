"""The figures that a reader will quote, each with its range and with what has to be quoted beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.impact import Figure, Unit
from crossline.internet.groups import COALITION, OTHER_SIDE
from crossline.text import plural

if TYPE_CHECKING:
    from crossline.internet.simulation import Outcome, Variant

# id → title, unit; in the order in which they are shown
_TITLES: Final[dict[str, tuple[str, Unit]]] = {
    "pairs-lost": ("pairs of networks that had a route and have none", "pairs"),
    "pairs-lost-others": ("pairs lost of which neither end is refused or gone itself", "pairs"),
    "pairs-lost-share": ("pairs lost, of all that had a route", "share"),
    "lost-addresses": ("pairs lost, of all that had a route, by the addresses at both ends", "share"),
    "lost-users": ("pairs lost, of all that had a route, by the users at both ends", "share"),
    "reachable-before": ("pairs of networks that can reach each other, before", "share"),
    "reachable-after": ("pairs of networks that can reach each other, after", "share"),
    "length-added": ("mean length added, on pairs that still have a route", "hops"),
    "added-addresses": ("mean length added, by the addresses at both ends", "hops"),
    "added-users": ("mean length added, by the users at both ends", "hops"),
    "pairs-longer": ("pairs that still have a route, and a longer one", "share"),
    "mean-length-before": ("mean length of a route, before", "hops"),
    "line-before": ("pairs across the two sides that can reach each other, before", "share"),
    "line-after": ("pairs across the two sides that can reach each other, after", "share"),
    "crossings-links-before": ("direct links between the two sides, before", "links"),
    "crossings-links-after": ("direct links between the two sides that neither refuses, after", "links"),
    "crossings-before": ("paths across that share no network, before: at most", "paths"),
    "crossings-after": ("paths across that share no network, over links nobody refuses: at most", "paths"),
    "untouched-reach": ("pairs within the coalition with a possible path that no named network stands on", "share"),
}


def values(variant: Variant, weightings: tuple[str, ...]) -> dict[str, float]:
    """Return the figures of one reading, by id; a figure that has no pairs to speak of is left out."""
    tables = variant.tables
    pairs, reached, lost = (float(part[0].sum()) for part in (tables.pairs, tables.reached, tables.lost))
    left = float(tables.after_reached[0].sum())
    found = {"pairs-lost": lost, "pairs-lost-others": lost - float(tables.lost_ends[0].sum())}
    if pairs:
        found |= {"reachable-before": reached / pairs, "reachable-after": left / pairs}
    if reached:
        found["pairs-lost-share"] = lost / reached
        found["mean-length-before"] = float(tables.length[0].sum()) / reached
    if left:
        found["length-added"] = float(tables.added[0].sum()) / left
        found["pairs-longer"] = float(tables.longer[0].sum()) / left
    for place, name in enumerate(weightings[1:], 1):
        weighed = float(tables.reached[place].sum())
        if weighed:
            found[f"lost-{name}"] = float(tables.lost[place].sum()) / weighed
        kept = float(tables.after_reached[place].sum())
        if kept:
            found[f"added-{name}"] = float(tables.added[place].sum()) / kept
    found |= _across(variant)
    for when, line in zip(("before", "after"), variant.line or (), strict=False):
        found |= {f"crossings-links-{when}": line.links, f"crossings-{when}": line.anyhow.valley_free}
    if variant.within is not None and variant.within.pairs:
        found["untouched-reach"] = variant.within.untouched / variant.within.pairs
    return found


def _across(variant: Variant) -> dict[str, float]:
    """Return which share of the pairs across the two sides has a route, before and after."""
    sides = variant.groups.by("side")
    if not {COALITION, OTHER_SIDE} <= set(sides.labels):
        return {}
    one, two = sides.labels.index(COALITION), sides.labels.index(OTHER_SIDE)
    folded = (sides.matrix(getattr(variant.tables, name)[0]) for name in ("pairs", "reached", "after_reached"))
    pairs, reached, left = (float(sums[one, two] + sums[two, one]) for sums in folded)
    return {"line-before": reached / pairs, "line-after": left / pairs} if pairs else {}


def figures(outcome: Outcome) -> tuple[Figure, ...]:
    """Return all figures of an outcome."""
    names = tuple(weighting.id for weighting in outcome.weightings)
    main = values(outcome.main, names)
    others = [(variant, values(variant, names)) for variant in outcome.variants]
    rests, bent = rests_on(outcome), biases(outcome)
    bounds = {
        f"crossings-{when}": f"a bound from above ({line.anyhow.paths:,} if networks exported everything): the number "
        "itself is too hard to compute"
        for when, line in zip(("before", "after"), outcome.main.line or (), strict=False)
    }
    found = []
    for name, (title, unit) in _TITLES.items():
        if name not in main:
            continue
        spread = [(variant.title, own[name]) for variant, own in others if name in own]
        if spread:
            spread = [(outcome.main.title, main[name]), *spread]
        every = [value for _, value in spread]
        found.append(
            Figure(
                name, title, main[name], unit,
                low=min(every) if spread else None, high=max(every) if spread else None,
                over=tuple(f"{said}: {_written(value, unit)}" for said, value in spread),
                rests_on=rests, biased_by=(*bent, bounds[name]) if name in bounds else bent,
            )
        )  # fmt: skip
    return (*found, *_lots(outcome, rests, bent))


def _lots(outcome: Outcome, rests: tuple[str, ...], bent: tuple[str, ...]) -> list[Figure]:
    count = plural(outcome.question.ensemble, "time")
    titles: dict[str, tuple[str, Unit]] = {
        "pairs-lost": ("pairs lost", "pairs"), "length-added": ("mean length added", "hops"),
    }  # fmt: skip
    return [
        Figure(f"lots-{name}", f"{titles[name][0]}, ties broken by lot {count}: the middle of these", middle,
               titles[name][1], low=low, high=high, rests_on=rests, biased_by=bent)
        for name, (low, middle, high) in outcome.lots.items()
    ]  # fmt: skip


def _written(value: float, unit: Unit) -> str:
    """Write a value exactly enough to be told from its neighbours, below nought with the sign that reports use."""
    text = f"{100 * value:.3f} %" if unit == "share" else f"{value:.4f}" if unit == "hops" else f"{value:,.0f}"
    return text.replace("-", "\u2212")


def rests_on(outcome: Outcome) -> tuple[str, ...]:
    """Return what every figure of an outcome was computed from."""
    topology, prefer = outcome.question.topology, outcome.question.prefer
    title = topology.title or topology.source
    day = f" of {topology.edition}" if topology.edition and str(topology.edition) not in title else ""
    tie = f"the {prefer} AS number of the next hop" if isinstance(prefer, str) else f"a lot, drawn with seed {prefer}"
    return (
        f"{title}{day}: {topology.size:,} networks, {topology.links:,} links",
        f"routes by customer over peer over provider, then the shorter, then {tie}",
    )


def biases(outcome: Outcome) -> tuple[str, ...]:
    """Return what bends the figures, and which way where that is known."""
    topology, question = outcome.question.topology, outcome.question
    doubtful = int(topology.transit_doubtful.sum() + topology.peer_doubtful.sum())
    found = [
        "peer links that no collector sees are missing: with more ways around, losses and added length would be less",
        "relationships are inferred, and real networks also prefer neighbours for reasons no graph has",
    ]
    if doubtful:
        found.append(f"{doubtful:,} links are seen by other methods than tables of routes: they tend to lower losses")
    if outcome.cast.unsure:
        found.append(
            f"{outcome.cast.unsure:,} networks may be named, and are taken not to be: who holds or controls them is "
            "not known, so that losses tend to be understated"
        )
    stood = outcome.standing
    nowhere = int(stood.state("registration").null_count())
    if nowhere:
        found.append(
            f"no state is known of {plural(nowhere, 'network')}: these are no state's members, and stand under ??"
        )
    stands = int((stood.country_by == "addresses").sum())
    if stands:
        found.append(
            f"{plural(stands, 'network')} stand under the state in which most of their addresses are registered, for "
            "want of a registry's word on the number: that is not always where they are, or answer to"
        )
    found.append(
        f"who controls a network is known of {100 * (stood.known['controlled']['ases'] or 0):.1f} %: by control, the "
        f"others stand as by registration"
    )
    if topology.edition and abs((question.as_of - topology.edition).days) > 0:
        found.append(f"the graph is of {topology.edition}, and the question of {question.as_of}")
    return tuple(found)

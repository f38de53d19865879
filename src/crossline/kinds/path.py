"""A path between two facilities, as far as it could be seen: the machines and networks on it, and its equipment.

One asset stands for everything that is known between two ends, in either direction: ``part`` leads to each
measurement (trace) and each declared line (circuit). A measurement shows the hops that answered, hardly ever the
equipment, so most of what a rule asks stays unknown unless an inventory says it (``device`` leads to the machines,
``vendor`` to makers named for the path itself).
"""

from crossline.kinds import FACILITY, Column, Kind

KIND = Kind(
    name="path",
    line="path",
    about="A path of traffic between two facilities.",
    columns=(
        Column(
            "facility",
            "text",
            "what kind of facility it enters or leaves",
            choices=("diplomatic", "other"),
            hint=FACILITY,
        ),
        Column("facility_state", "text", "the state whose facility that is, ISO 3166-1 alpha-2", hint=FACILITY),
        Column(
            "access",
            "text",
            "how the traffic reaches the facility",
            choices=("5g-standalone", "5g-non-standalone", "other-mobile", "fixed"),
            hint="say in estate.yaml, `facilities: [{id: …, access: fixed}]`",
        ),
        Column("ends", "texts", "its two ends: facilities where known, else probes, networks or addresses"),
        Column(
            "measurements",
            "integer",
            "how many traces show a part of it",
            tells="measurements {:,}",
            least=0,
            most=10**12,
        ),
        Column(
            "circuits",
            "integer",
            "how many declared lines are a part of it",
            tells="declared lines {:,}",
            least=0,
            most=10**12,
        ),
        Column(
            "hops_seen_pct",
            "number",
            "the share of the hops of its traces that answered, up to the last that did",
            unit="%",
            tells="{:.1f} % of the hops up to the last that answered",
            least=0,
            most=100,
        ),
    ),
    roles=("hop", "device", "vendor", "part"),
)

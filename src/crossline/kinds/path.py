"""A path between two facilities, as far as it could be seen: the machines and networks on it, and its equipment.

A measurement shows the hops that answered, hardly ever the equipment, so most of what a rule asks stays unknown
unless an inventory says it (``device`` leads to the machines, ``vendor`` to makers named for the path itself).
"""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="path",
    line="path",
    about="A path of traffic between two facilities.",
    columns=(
        Column("facility", "text", "what kind of facility it enters or leaves", choices=("diplomatic", "other")),
        Column("facility_state", "text", "the state whose facility that is, ISO 3166-1 alpha-2"),
        Column(
            "access",
            "text",
            "how the traffic reaches the facility",
            choices=("5g-standalone", "5g-non-standalone", "other-mobile", "fixed"),
        ),
    ),
    roles=("hop", "device", "vendor"),
)

"""A route as a neighbour announced it: a prefix, and the networks on its AS path (RFC 4271, 5.1.2).

An announcement is what was said, not proof of the way packets take.
"""

from crossline.kinds import VANTAGE, Column, Kind

KIND = Kind(
    name="route",
    line="carrier",
    about="A route to a prefix, as a neighbour announced it.",
    columns=(
        Column("vantage", "text", "whose table it stands in", choices=("ours", "collector"), hint=VANTAGE),
        Column("prefix", "text", "the prefix, canonical"),
        Column("peer_address", "text", "the address of the neighbour that announced it"),
        Column(
            "selected",
            "boolean",
            "whether the router uses it; unknown where the table does not say",
            hint="MRT does not carry it; tables of BIRD, FRR and OpenBGPD do, and a plain table with the column can",
        ),
    ),
    roles=("neighbour", "transit", "origin"),
)

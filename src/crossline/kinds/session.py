"""A BGP session between one of our routers, or a collector's, and a neighbour (RFC 4271)."""

from crossline.kinds import VANTAGE, Column, Kind

KIND = Kind(
    name="session",
    line="carrier",
    about="A BGP session with a neighbour.",
    columns=(
        Column("vantage", "text", "whose session it is", choices=("ours", "collector"), hint=VANTAGE),
        Column("peer_address", "text", "the neighbour's address"),
        Column(
            "routes", "integer", "how many of the routes that were read the neighbour announced", least=0, most=10**12
        ),
        Column(
            "routes_in_use",
            "integer",
            "how many of these the router uses; unknown where a table does not say",
            least=0,
            most=10**12,
        ),
    ),
    roles=("neighbour",),
)

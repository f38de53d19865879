"""A landing point: the place where submarine cables come ashore, and the party that runs the station, if known."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="landing-point",
    line="cable",
    about="A place where submarine cables come ashore.",
    columns=(
        Column("state", "text", "the state or territory it stands in, ISO 3166-1 alpha-2"),
        Column("latitude", "number", "where it stands, north positive (WGS 84)", unit="degrees", least=-90, most=90),
        Column("longitude", "number", "where it stands, east positive (WGS 84)", unit="degrees", least=-180, most=180),
    ),
    roles=("operator",),
)

"""A submarine cable: where it lands, who owns and built it, whose terminal equipment lights it.

A landing is a tie to a landing point (``asset:landing-point:…``), to the state (``state:JP``) or to the party that
runs the station; its ``place`` is the state it stands in.
"""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="cable",
    line="cable",
    about="A submarine cable.",
    columns=(
        Column(
            "status",
            "text",
            "whether it carries traffic",
            choices=("in-service", "planned", "retired"),
            also=(
                ("active", "in-service"),
                ("operational", "in-service"),
                ("in-use", "in-service"),
                ("lit", "in-service"),
                ("live", "in-service"),
                ("under-construction", "planned"),
                ("proposed", "planned"),
                ("announced", "planned"),
                ("future", "planned"),
                ("out-of-service", "retired"),
                ("decommissioned", "retired"),
                ("abandoned", "retired"),
                ("disused", "retired"),
            ),
        ),
        Column(
            "ready_year", "integer", "the year in which it was, or is to be, ready for service", least=1850, most=2100
        ),
        Column("length_km", "number", "its length as its map or owner states it", unit="km", least=0, most=100_000),
        Column(
            "capacity_tbps",
            "number",
            "its design capacity, which maps do not state",
            unit="Tbit/s",
            least=0,
            most=100_000,
        ),
        Column(
            "applied_on",
            "date",
            "the day on which the application for its licence was filed",
            hint="the regulator's public notices tell it: state it in a table, in a column applied_on",
        ),
        Column(
            "wholly_continental",
            "boolean",
            "whether all of it, both ends included, lies within the continental part of one state (47 USC 34)",
        ),
        Column(
            "course",
            "text",
            "its course as a map draws it, which no survey stands behind: a MULTILINESTRING in well-known text (OGC "
            "06-103r4, 7), longitude and latitude in degrees (WGS 84)",
        ),
    ),
    roles=("landing", "owner", "builder", "terminal", "applicant"),
    fewest=(("landing", 2, "a cable has two ends, and no more than one landing is stated"),),
)

"""A line between two of our sites that an inventory declares: who runs it, and which of our machines stand on it."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="circuit",
    line="path",
    about="A line between two sites, as an inventory declares it.",
    columns=(
        Column("status", "text", "whether it is in use", choices=("active", "planned", "retired", "other")),
        Column("ends", "texts", "the sites it joins, as the inventory names them"),
    ),
    roles=("operator", "device"),
)

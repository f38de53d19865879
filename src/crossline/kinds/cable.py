"""A submarine cable: where it lands, who owns and built it, whose terminal equipment lights it.

A landing is a tie to the state (``state:JP``) or to the party that runs the station; its ``place`` is the state
it stands in.
"""

from crossline.kinds import Kind

KIND = Kind(
    name="cable",
    line="cable",
    about="A submarine cable.",
    columns=(),
    roles=("landing", "owner", "builder", "terminal"),
)

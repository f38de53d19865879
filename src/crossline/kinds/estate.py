"""The estate itself, which carries the one answer to a clause that no evidence about single assets can decide."""

from crossline.kinds import Kind

KIND = Kind(
    name="estate",
    line="any",
    about="Everything that was read, as one asset.",
    columns=(),
    roles=(),
)

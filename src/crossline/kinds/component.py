"""A product, or a part of one: software, firmware or hardware. Who made it, and what is known of its conduct."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="component",
    line="product",
    about="A product or a part of one, in software, firmware or hardware.",
    columns=(
        Column("function", "text", "what it is for", choices=("information-security", "other")),
        Column(
            "undisclosed_access",
            "boolean",
            "whether a published finding says that it has a way in that its users were not told of; false where an "
            "independent examination says that it has none",
        ),
        Column("forced_update", "boolean", "whether it updates itself in a way that users cannot refuse"),
        Column(
            "disclosure_days",
            "integer",
            "longest time from knowing of a serious flaw to telling users",
            unit="d",
            least=0,
            most=36_525,
        ),
    ),
    roles=("producer",),
)

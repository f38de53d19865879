"""A service that is bought or used: telecommunications, processing in a cloud, software run by somebody else."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="service",
    line="cloud",
    about="A service that somebody runs for others.",
    columns=(
        Column(
            "service_class",
            "text",
            "what is provided; common-carrier is telecommunications for hire to the public",
            choices=(
                "common-carrier",
                "ip-transit",
                "peering",
                "colocation",
                "cloud",
                "information-security",
                "other",
            ),
        ),
        Column("international", "boolean", "whether it links places in two states"),
        Column("ends", "texts", "the states it links or serves, ISO 3166-1 alpha-2"),
        Column(
            "data_class",
            "text",
            "the most delicate data it processes, of which secret are secrets of a business or its research",
            choices=("secret", "sensitive", "personal", "other"),
        ),
        Column("subjects", "texts", "the states whose people or businesses that data is about, ISO 3166-1 alpha-2"),
        Column(
            "undisclosed_access",
            "boolean",
            "whether a published finding says that it has a way in that its users were not told of; false where an "
            "independent examination says that it has none",
        ),
        Column("forced_update", "boolean", "whether it changes or updates itself in a way that users cannot refuse"),
        Column(
            "disclosure_days",
            "integer",
            "longest time from knowing of a serious flaw to telling users",
            unit="d",
            least=0,
            most=36_525,
        ),
    ),
    roles=("operator", "owner", "host"),
)

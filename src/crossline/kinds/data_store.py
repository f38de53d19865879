"""A place where data lies: a database, a bucket, a disk. Who runs, owns and hosts it, and whose data it holds."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="data-store",
    line="cloud",
    about="A place where data lies.",
    columns=(
        Column(
            "data_class",
            "text",
            "the most delicate data in it, of which secret are secrets of a business or its research",
            choices=("secret", "sensitive", "personal", "other"),
        ),
        Column("subjects", "texts", "the states whose people or businesses the data is about, ISO 3166-1 alpha-2"),
    ),
    roles=("operator", "owner", "host"),
)

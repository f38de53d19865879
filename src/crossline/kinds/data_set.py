"""A body of data under somebody's law: where it was made, where it lies, and what a state demanded of its holder."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="data-set",
    line="data",
    about="A body of data, and what was demanded of whoever holds it.",
    columns=(
        Column("generated_in", "text", "the state where the data was generated and obtained, ISO 3166-1 alpha-2"),
        Column("located_in", "text", "the state where the data lies, ISO 3166-1 alpha-2"),
        Column(
            "subject_state",
            "text",
            "the state whose people the data is about, ISO 3166-1 alpha-2; left out where there are several",
        ),
        Column(
            "demand",
            "text",
            "what a state demanded: that the data be kept in its own territory, that it be handed over or opened, or "
            "that data of that kind be collected without regard to the person",
            choices=("storage", "access", "bulk-collection"),
        ),
        Column(
            "permitted",
            "boolean",
            "whether the other state concerned permitted it: the one where the data lies or whose people it is about",
        ),
    ),
    roles=("demanded_by",),
)

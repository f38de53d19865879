"""Data that changes hands across a border: on whose demand, by which legal way, with whose permission."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="transfer",
    line="data",
    about="A transfer of data from one state to another.",
    columns=(
        Column("located_in", "text", "the state where the data lay before, ISO 3166-1 alpha-2"),
        Column("purpose", "text", "what it was handed over for", choices=("law-enforcement", "other")),
        Column(
            "access_path",
            "text",
            "the legal way: mutual legal assistance, another agreement between states, an order by one state alone, "
            "or the holder's own will",
            choices=("mlat", "treaty", "order", "voluntary"),
        ),
        Column("permitted", "boolean", "whether the state where the data lay permitted the transfer"),
        Column(
            "third_state",
            "boolean",
            "whether the data lay in, or was about people of, a state that is no party to the agreement",
        ),
        Column("third_state_permitted", "boolean", "whether that state permitted the transfer"),
    ),
    roles=("demanded_by",),
)

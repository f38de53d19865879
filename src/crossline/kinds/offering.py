"""An app of ours in somebody's hands: offered in a store that another party runs, or put on the phones it makes.

It is the opposite of ``app``: there a store is asked which apps it carries, here a publisher which stores carry
its app.
"""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="offering",
    line="apps",
    about="An app, and the party that distributes it.",
    columns=(
        Column(
            "channel",
            "text",
            "how the distributor offers the app",
            choices=("store", "pre-install", "other"),
            hint="of a list of firmware: say in estate.yaml, `files: [{path: FILE, columns: {channel: pre-install}}]`",
        ),
        Column(
            "maker",
            "text",
            "the maker of the phones it was found on, where they are of one",
            hint="say in estate.yaml, `files: [{path: FILE, columns: {maker: NAME}}]`",
        ),
        Column("devices", "integer", "on how many phones it was found", least=0, most=10**12),
    ),
    roles=("publisher", "distributor"),
)

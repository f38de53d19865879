"""An app as a store offers it: who publishes and signs it, whose code it carries, whom it contacts."""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="app",
    line="store",
    about="An app as a store offers it.",
    columns=(Column("offered_in", "texts", "the states in whose storefronts it is offered, ISO 3166-1 alpha-2"),),
    roles=("publisher", "signer", "embeds", "contacts", "distributor"),
)

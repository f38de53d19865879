"""A machine: a router, a base station, a camera, an aircraft. Who made it, where, for what, and when it was authorised.

A tie in the role ``producer`` is one stage of production (design, development, manufacture or assembly), its
``place`` the state where that stage was done; a ``vendor`` tie is the name on the machine.
"""

from crossline.kinds import FACILITY, Column, Kind

KIND = Kind(
    name="device",
    line="path",
    about="A machine that the network, or those who watch over it, rest on.",
    columns=(
        Column(
            "facility", "text", "what kind of facility it stands in", choices=("diplomatic", "other"), hint=FACILITY
        ),
        Column("facility_state", "text", "the state whose facility that is, ISO 3166-1 alpha-2", hint=FACILITY),
        Column(
            "product_class",
            "text",
            "what it is, in the classes that lists of equipment use",
            choices=(
                "telecommunications",
                "video-surveillance",
                "consumer-router",
                "uas",
                "uas-component",
                "power-inverter",
                "advanced-robot",
                "other",
            ),
        ),
        Column(
            "purpose",
            "text",
            "what it is used for, where a list asks",
            choices=(
                "public-safety",
                "government-facility",
                "critical-infrastructure",
                "national-security",
                "other",
            ),
        ),
        Column(
            "network_part",
            "text",
            "which part of a mobile or fixed network it belongs to; other where an inventory names another",
            choices=("core", "radio", "transmission", "other"),
            hint="the device's role in an inventory says it; or `columns: {network_part: core}` in estate.yaml",
            apart=True,
        ),
        Column("authorised_on", "date", "the day of its equipment authorisation by the regulator"),
        Column("list_exemption", "boolean", "whether an exemption that the list itself provides covers it today"),
        Column(
            "units",
            "integer",
            "how many machines of one make and model it stands for, where they are counted only",
            least=0,
            most=10**12,
        ),
    ),
    roles=("vendor", "producer", "embeds", "operator"),
)

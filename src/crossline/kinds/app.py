"""An app as a store offers it: who publishes and signs it, whose code it carries, whom it contacts.

An app's own id is a column, and leads to its publisher where the world knows whose it is: a reader that knows the id
adds it as a ``publisher`` tie of type ``package``, inferred.

Where the hosts stand that it names (``host``, addresses) no package says: a file of answers of the DNS does, which
crossline.links.host_addresses joins to it. Without one the role was not looked into.
"""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="app",
    line="store",
    about="An app as a store offers it.",
    columns=(
        Column(
            "offered_in",
            "texts",
            "the states in whose storefronts it is offered, ISO 3166-1 alpha-2",
            hint="say in estate.yaml, `files: [{path: FILE, columns: {offered_in: [US]}}]`",
        ),
        Column("package", "text", "its own id: an Android application id or an Apple bundle id, in small letters"),
        Column(
            "version", "text", "the version that was looked at, or that the store suggests, as its author writes it"
        ),
        Column(
            "version_code",
            "integer",
            "the number of that version, which grows with each (Android's versionCode)",
            least=0,
            most=2**63 - 1,
        ),
        Column("versions", "integer", "how many versions of it the store lists", least=0, most=10**12),
        Column(
            "user_content",
            "boolean",
            "whether people with an account make content in it that others see, and see theirs",
        ),
        Column(
            "reviews_only",
            "boolean",
            "whether its primary purpose is reviews of products or businesses, or information and reviews about travel",
        ),
        Column(
            "undisclosed_access",
            "boolean",
            "whether a published finding says that it has a way in that its users were not told of; false where an "
            "independent examination says that it has none",
        ),
        Column(
            "undisclosed_collection",
            "boolean",
            "whether a published finding says that it takes data of its users that they were not told of; false where "
            "an independent examination says that it takes none",
        ),
        Column(
            "named_in_orders",
            "texts",
            "the dates (2020-06-29) of the orders that name it, as found by comparing its name with their lists; empty "
            "where none does",
            hint="an order names apps, and the ids of only some of its names are known: compare its name with the "
            "lists, and give the dates of the orders that name it (2020-06-29;2020-09-02), or `none`",
        ),
        Column("permissions", "texts", "the permissions that this version asks for, by their full names"),
        Column(
            "min_sdk",
            "integer",
            "the lowest version of the platform that it runs on (Android's API level)",
            least=0,
            most=100_000,
        ),
        Column(
            "target_sdk",
            "integer",
            "the version of the platform that it was made for (Android's API level)",
            least=0,
            most=100_000,
        ),
        Column("defined_classes", "integer", "how many classes the code in its package defines", least=0, most=10**12),
        Column("native_libraries", "texts", "the native libraries in its package, by the names of their files"),
        Column(
            "referenced_libraries",
            "texts",
            "the libraries of which its code names classes that its package does not define, each by its name in the "
            "source of the signature that shows it; empty where signatures were looked for and show none",
        ),
        Column(
            "packed",
            "text",
            "the packer that files or classes of its package show; `unnamed` where none shows, and the package does "
            "not define most of what its manifest starts, so that some of its code is not to be seen",
        ),
        Column(
            "anti_features",
            "texts",
            "what the store says against it, a claim in its own words (of F-Droid: Ads, Tracking, NonFreeNet …)",
        ),
        Column("categories", "texts", "the categories that the store puts it in, in the store's own words"),
        Column("licence", "text", "the licence of its source code as the store states it, an SPDX expression"),
        Column("source_host", "text", "the host that its source code lies on as the store states it, a domain name"),
        Column(
            "monthly_users",
            "integer",
            "how many people used it in a month, where a store's export says",
            unit="persons",
            least=0,
            most=10**11,
        ),
    ),
    roles=("publisher", "signer", "embeds", "contacts", "distributor", "host"),
)

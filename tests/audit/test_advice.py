"""What to do first: of steps that decide as much, the one that a line of estate.yaml takes."""

from __future__ import annotations

from miniature import DAY, audited, batch, company, estate_of, regime, rule, world

SAYS = "say in estate.yaml, `files: [{path: FILE, columns: {offered_in: [US]}}]`"
ASKED = regime(
    rule("publisher.exists(t, t.listed('named'))", id="a-publisher", kind="app", line="store"),
    rule("'US' in offered_in && embeds.exists(t, t.listed('named'))", id="b-code", kind="app", line="store"),
    lists={"named": {"list": "l", "statuses": ["listed"]}},
)
KNOWN = world(
    party=[company("maker")],
    identifier=[{"type": "library", "value": "Ads", "party": "maker", "seen": DAY}],
    listing=[{"list": "l", "party": "maker", "status": "listed"}],
)


def test_what_a_line_settles_comes_first() -> None:
    """A listed party's code is in an app, and only where it is offered is not said: that is the first thing to do."""
    made = audited(ASKED, KNOWN, estate_of(batch("app", {"app:a": {"embeds": ["library:Ads"]}})))
    assert made.findings.height == 0
    about = "the states in whose storefronts it is offered, ISO 3166-1 alpha-2"
    assert made.header["next"][0] == f"Find out offered_in, {about} ({SAYS}): 1 unknown judgement waits for it."


def test_what_decides_more_stays_before_it() -> None:
    """Where two judgements wait for something else, one line of estate.yaml stands behind it."""
    apps = {"app:a": {"embeds": ["library:Ads"]}, "app:b": {"offered_in": ["US"], "embeds": []}}
    made = audited(ASKED, KNOWN, estate_of(batch("app", apps)))
    assert "publisher" in made.header["next"][0]
    assert "offered_in" in " ".join(made.header["next"][1:])


def test_a_step_says_of_whom_it_asks() -> None:
    """The party that an identifier leads to is asked for by that identifier, and several by the first of them."""
    one = {"app:a": {"publisher": ["package:a.b"]}}
    two = {**one, "app:b": {"publisher": ["package:b.c"]}}
    for apps, whom in ((one, "the party that package a.b leads to"), (two, "whom package a.b and others lead to")):
        made = audited(ASKED, KNOWN, estate_of(batch("app", apps)))
        assert any(step.startswith(f"Find out {whom}") for step in made.header["next"]), made.header["next"]


def test_a_step_names_roles_by_words() -> None:
    """What is asked of a role is asked for by a word for those in it, and a certificate's digest is cut."""
    unseen = [(0, "embeds", "none", "cut")]
    asked = regime(rule("embeds.exists(t, t.listed('named'))", id="b-code", kind="app", line="store"),
                   lists={"named": {"list": "l", "statuses": ["listed"]}})  # fmt: skip
    made = audited(asked, KNOWN, estate_of(batch("app", {"a": {"embeds": []}}, unseen)))
    assert made.header["next"][0].startswith("Find out every library of a (cut): 1 ")
    signed = regime(rule("signer.exists(t, t.listed('named'))", id="s", kind="app", line="store"),
                    lists={"named": {"list": "l", "statuses": ["listed"]}})  # fmt: skip
    made = audited(signed, KNOWN, estate_of(batch("app", {"a": {"signer": ["signer:" + "ab" * 32]}})))
    assert "the party that signer abababababab… leads to" in made.header["next"][0]


def test_a_step_names_the_assets_of_which_not_all_was_seen() -> None:
    """What was not seen of one asset is asked of it by name, and of several by the first of them."""
    for names, whose in (("a", "every publisher of a (cut): 1 "), ("ab", "of each app, such as a (cut): 2 ")):
        unseen = [(bundle, "publisher", "none", "cut") for bundle in range(len(names))]
        made = audited(ASKED, KNOWN, estate_of(batch("app", {name: {"publisher": []} for name in names}, unseen)))
        assert any(whose in step for step in made.header["next"]), made.header["next"]

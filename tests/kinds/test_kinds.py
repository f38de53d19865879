"""Kinds carry what a shipped rule or reader uses, and no more."""

from __future__ import annotations

import pytest

from crossline import kinds, regimes
from crossline.evaluate.binding import Binding, We, compile_rule
from crossline.regimes import terms
from crossline.regimes.model import Rule  # noqa: TC001 - used in a cast below

# Columns that no rule asks about, and the reader that needs them to say what the asset is.
OF_READERS = {
    ("route", "prefix"): "routing tables",
    ("route", "peer_address"): "routing tables",
    ("session", "peer_address"): "routing tables",
    ("session", "routes"): "the link between sessions and routes",
    ("session", "routes_in_use"): "the link between sessions and routes",
    ("path", "ends"): "the link that makes paths of their parts",
    ("path", "measurements"): "the link that makes paths of their parts",
    ("path", "circuits"): "the link that makes paths of their parts",
    ("path", "hops_seen_pct"): "the link that makes paths of their parts",
    ("circuit", "status"): "inventories",
    ("circuit", "ends"): "inventories",
} | {
    ("trace", column): "measurements"
    for column in ("source", "destination", "tool", "reached", "hops", "silent", "tunnels", "looping")
}
OF_READERS |= {
    ("app", column): "catalogues of apps, and exports of stores"
    for column in ("version", "version_code", "versions", "permissions", "anti_features", "categories")
}
OF_READERS |= {
    ("app", column): "packages of apps"
    for column in ("min_sdk", "target_sdk", "defined_classes", "native_libraries", "referenced_libraries", "packed")
}
OF_READERS |= {("app", column): "catalogues of apps" for column in ("licence", "source_host")}
OF_READERS |= {
    ("offering", "maker"): "phones, and estate.yaml for what they leave unsaid",
    ("offering", "devices"): "phones",
    ("device", "units"): "phones",
}
OF_READERS |= {("cable", column): "maps of cables" for column in ("length_km", "course")}
OF_READERS |= {("cable", "capacity_tbps"): "tables, and the simulation of cables"}
OF_READERS |= {("landing-point", column): "maps of cables" for column in ("state", "latitude", "longitude")}
# Roles that a reader or a link fills, users' rules may ask about, and no shipped rule does.
ROLES_SEEN = {("app", "host"): "answers of the DNS"}
# Kinds that no rule judges: they show a part of another asset, and rules reach their ties through it.
PARTS = {"trace", "circuit", "landing-point"}


def _used() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the (kind, column) and (kind, role) pairs that shipped rules ask about, under every reading."""
    columns: set[tuple[str, str]] = set()
    roles: set[tuple[str, str]] = set()
    for name in regimes.names():
        regime = regimes.load(name)
        settings: list[dict[str, str]] = [{}]
        for parameter in regime.parameters.values():
            settings += [{parameter.name: choice} for choice in parameter.choices]
        for rule in regime.rules:
            for setting in settings:
                binding = Binding(regime, regime.tests_as_of, We(), setting)
                for term in compile_rule(binding, rule).terms():
                    columns |= {(rule.kind, column) for column in terms.columns(term)}
                    roles |= _roles(rule, term)
    return columns, roles


def _roles(rule: Rule, term: terms.Term) -> set[tuple[str, str]]:
    paths = [path for quantifier in terms.quantifiers(term) for path in quantifier.paths]
    return {(rule.kind, path.roles[0]) for path in paths} | {
        (name, role) for path in paths for role in path.roles[1:] for name in PARTS if role in kinds.load(name).roles
    }


@pytest.mark.parametrize("name", kinds.names())
def test_a_kind_is_named_after_its_file(name: str) -> None:
    """The file data_store.py holds the kind data-store, and says what it is about."""
    kind = kinds.load(name)
    assert name == kind.name
    assert kind.about.endswith(".")
    assert all(column.about for column in kind.columns)


@pytest.mark.parametrize("name", kinds.names())
def test_columns_and_roles_are_of_the_vocabulary(name: str) -> None:
    """Roles stand in the vocabulary, no name is both column and role, and only texts have choices."""
    kind = kinds.load(name)
    assert set(kind.roles) <= set(kinds.ROLES)
    names = [column.name for column in kind.columns]
    assert len(names) == len(set(names))
    assert not set(names) & set(kind.roles)
    assert not set(names) & {"home", "target", "as_of", "we", "asset", "name", "observed_at", "locator", "bundle"}
    for column in kind.columns:
        assert column.type in kinds.POLARS_TYPE
        assert not column.choices or column.type == "text"
        assert (column.unit is None) or column.type in ("integer", "number")


def test_every_column_and_role_is_used() -> None:
    """A column or role that neither a shipped rule nor a reader uses has no place in a kind."""
    columns, roles = _used()
    have = {(name, column.name) for name in kinds.names() for column in kinds.load(name).columns}
    apart = {(name, column.name) for name in kinds.names() for column in kinds.load(name).columns if column.apart}
    assert set() == have - columns - OF_READERS.keys() - apart
    assert set() == OF_READERS.keys() & columns
    every = {(name, role) for name in kinds.names() for role in kinds.load(name).roles}
    assert set() == every - roles - ROLES_SEEN.keys()
    assert set() == ROLES_SEEN.keys() & roles


def test_every_kind_has_a_rule() -> None:
    """A kind that no shipped rule judges, or reaches as a part of another, has no place yet."""
    judged = {rule.kind for name in regimes.names() for rule in regimes.load(name).rules}
    assert set(kinds.names()) == judged | PARTS
    assert not judged & PARTS

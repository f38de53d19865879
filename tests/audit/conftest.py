"""The example that ships with the project, audited once for all tests of this folder."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crossline import gather, regimes
from crossline.auditing import audit
from crossline.evaluate.binding import Binding, We
from crossline.reports import json as as_json
from crossline.world import store

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.reports import Audit
    from crossline.world import World

EMBASSY = Path(__file__).parents[2] / "examples" / "embassy"
AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="session")
def shipped() -> World:
    """Return the facts that ship."""
    return store.shipped()


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """Return the published schema of a report in JSON."""
    text = (files("crossline.reports") / "schema" / "audit-report.json").read_text(encoding="utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def embassy() -> Estate:
    """Return the example's estate."""
    return gather.gather([EMBASSY], AS_OF)[0]


@pytest.fixture(scope="session")
def bindings() -> list[Binding]:
    """Return all regimes that ship, asked by the example's embassy."""
    we = We(("US",), ("us-state-department",), ("64496",), hypothetical=False)
    return [Binding(regimes.load(name), AS_OF, we) for name in regimes.names()]


@pytest.fixture(scope="session")
def everything(embassy: Estate, shipped: World, bindings: list[Binding]) -> Audit:
    """Return the example's audit by every regime, each judgement listed singly."""
    return audit(embassy, shipped, bindings, everything=True)


@pytest.fixture(scope="session")
def short(embassy: Estate, shipped: World, bindings: list[Binding]) -> Audit:
    """Return the same audit as it is printed: violations singly, unknowns in groups."""
    return audit(embassy, shipped, bindings)


@pytest.fixture(scope="session")
def report(short: Audit) -> dict[str, Any]:
    """Return the report of it, as a program reads it."""
    return json.loads(as_json.encode(short))  # type: ignore[no-any-return]

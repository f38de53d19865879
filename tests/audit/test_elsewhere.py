"""What a report says where a regime binds its home's own, and we are elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import crossline

EMBASSY = Path(__file__).resolve().parents[2] / "examples" / "embassy"


@pytest.mark.parametrize(("home", "said"), [("US", False), ("FR", True)])
def test_only_a_regime_that_judged_nothing_is_said_to_bind_others(home: str, said: bool) -> None:
    """The embassy is in US: under that home the regimes judge it, and neither is said to bind nobody here."""
    regimes = [crossline.load_regime(name) for name in ("us-covered-list", "cn-gdsi")]
    settings = {"us-covered-list": {"home": home}}
    made = crossline.audit([EMBASSY], regimes, date(2026, 11, 22), crossline.load_world(), settings=settings)
    notes = [note for note in made.header["notes"] if "binds those in" in note]
    assert [note.split()[0] for note in notes] == (["us-covered-list"] if said else [])
    assert len(made.header["next"]) <= 3

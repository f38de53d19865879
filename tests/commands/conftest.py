"""Files for all tests of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from invoked import BAD, GOOD, OTHER, UNKNOWN, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    """Return a folder with a file for each outcome of one rule."""
    for name, text in (("bad", BAD), ("good", GOOD), ("unknown", UNKNOWN), ("other", OTHER)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "data-store.csv", text)
    return tmp_path

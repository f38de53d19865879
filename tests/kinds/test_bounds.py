"""Numbers of kinds have bounds, and what cannot be is refused where it is stated, by one law."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import crossline
from crossline import kinds

if TYPE_CHECKING:
    from pathlib import Path


def test_every_number_has_bounds() -> None:
    """Each column of numbers says what is the least and the most that it can be, and no other column does."""
    for name in kinds.names():
        for column in kinds.load(name).columns:
            number = column.type in ("integer", "number")
            assert (column.least is not None) is (column.most is not None) is number, (name, column.name)
            assert not number or column.least < column.most  # type: ignore[operator]  # both are there


@pytest.mark.parametrize(
    ("head", "cell"),
    [("length_km", "-5"), ("length_km", "100001"), ("ready_year", "20166"), ("ready_year", "1849"),
     ("capacity_tbps", "1e30"), ("capacity_tbps", "-60")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, head: str, cell: str) -> None:
    """A number out of bounds is a reject of its line and column, and stays unknown."""
    (tmp_path / "t.csv").write_text(f"kind,asset,{head}\ncable,a,{cell}\ncable,b,1900\n", encoding="utf-8")
    estate = crossline.read([tmp_path / "t.csv"], date(2026, 1, 1))
    assert estate.holdings["cable"].assets[head].to_list() == [None, 1900]
    (item,) = [item for item in estate.coverage if item.rejected]
    assert (item.rejected, item.rejects[0].locator) == (1, f"line 2, column {head}")


def test_shares_are_no_more_than_everything(tmp_path: Path) -> None:
    """80 and 80 per cent at least of one cable are refused, and neither is taken."""
    head = "kind,asset,owner,owner.share_min\n"
    rows = "cable,a,vendor:x|vendor:y,80|80\ncable,b,vendor:x|vendor:y,80|20\n"
    (tmp_path / "t.csv").write_text(head + rows, encoding="utf-8")
    estate = crossline.read([tmp_path / "t.csv"], date(2026, 1, 1))
    assert sorted(estate.ties.column("share_min").fill_null(-1).to_list()) == [-1, -1, 20, 80]
    (item,) = [item for item in estate.coverage if item.rejected]
    assert (item.rejected, item.rejects[0].locator) == (1, "line 2, column owner.share_min")

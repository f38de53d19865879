"""Files of users: what is read of them, what is counted as not understood, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossline.stores import audience
from crossline.stores.audience import StoresError

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str | bytes) -> Path:
    """Write a file of users."""
    path = folder / "audience.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_are_read_in_canonical_form(tmp_path: Path) -> None:
    """Ids stand in small letters, countries in capitals; an empty cell and a missing column both say nothing."""
    path = written(tmp_path, "Package, users ,country\nExample.App,12,us\nexample.app,30,\n")
    found = audience.read(path)
    assert found.rows.rows() == [("example.app", None, "US", 12), ("example.app", None, None, 30)]
    assert (found.notes, found.sources, found.made_up) == ((), (), False)


def test_bad_rows_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    """A row without an id, with no number, a number below 0 or of more than all people, or no country is not used."""
    bad = ("noid,1,US", "example.a,many,US", "example.a,-1,US", "example.a,99999999999,US", "example.a,1,USA", ",3,US")
    found = audience.read(written(tmp_path, "\n".join(("package,users,country", "example.a,5,US", *bad)) + "\n"))
    assert (found.rows.height, found.lines, found.refused) == (1, 7, 6)
    assert found.notes == ("audience.csv: 6 rows not used; the first is line 3: no app's id.",)


def test_of_rows_of_one_app_the_highest_counts(tmp_path: Path) -> None:
    """Two rows of one app, store and country are told, and the higher of them counts."""
    found = audience.read(written(tmp_path, "package,store,users\na.b,play,5\na.b,play,9\na.b,other,2\n"))
    assert sorted(found.rows["users"]) == [2, 9]
    assert found.notes == (
        "audience.csv: 1 row of an app, store and country that another row has; the highest counts.",
    )


def test_who_says_so_is_kept(tmp_path: Path) -> None:
    """The sources of the rows are named; a file all of whose rows say that they are made up is."""
    some = audience.read(written(tmp_path, "package,users,source\na.b,5,A panel of 2020\nc.d,1,\n"))
    assert audience.told(some) == "Users of apps: 2 figures of audience.csv, as it says: A panel of 2020; not stated."
    assert audience.read(written(tmp_path, "package,users,source\na.b,5,Made up\n")).made_up


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a CSV file"),
        ("app,count\na.b,1\n", "has to name the columns package and users"),
        ("package,users\n", "none of its 0 rows"),
        ("package,Package,users\na.b,c.d,5\n", "names a column twice, blanks and capitals aside: package, Package"),
        ("package,users, USERS \na.b,5,7\n", "names a column twice, blanks and capitals aside: users,  USERS "),
        ("package,users,users\na.b,5,7\n", "names a column twice, blanks and capitals aside: users, users"),
        ("package,users\nx,1\n", "none of its 1 row says how many use an app; line 2: no app's id"),
        (b"\x1f\x8b\x08\0", "packed; unpack it first"),
        ('package,users\n"a.b,1\n', ""),
        (b"package,users\n\xff\xfe,1\n", ""),
    ],
)
def test_what_is_no_file_of_users_is_refused(tmp_path: Path, content: str | bytes, said: str) -> None:
    """A file that is empty, lacks a column, has no sound row, is packed or is no CSV: a message that names it."""
    with pytest.raises(StoresError, match=r"audience\.csv: .*" + said.replace(".", r"\.")):
        audience.read(written(tmp_path, content))


def test_columns_that_are_not_used_may_have_any_name(tmp_path: Path) -> None:
    """Other columns of one name, or of none, or with a name that a table has of its own, stand in nobody's way."""
    found = audience.read(written(tmp_path, "\n\nx, Package ,X,,column_1,USERS\n1,a.b,2,3,4,5\n"))
    assert found.rows.select("app", "users").rows() == [("a.b", 5)]

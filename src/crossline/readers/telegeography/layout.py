"""What the folders and files of an edition are called."""

from __future__ import annotations

from typing import Final

FOLDERS: Final = ("cable", "landing-point")
INDEXES: Final = ("country", "supplier", "status", "ready-for-service")
CONFIG: Final = "config.json"  # the day of the edition
LIST: Final = "all.json"  # ids and names of all cables
OF_AN_EDITION: Final = frozenset({*FOLDERS, *INDEXES, CONFIG, "search.json"})

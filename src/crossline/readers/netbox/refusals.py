"""What of a file was not understood: one reject for each reason, with the first place and how many there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.compiled import Array


@dataclass
class Refusals:
    """Counts refusals by reason. Reasons are made of words that stand in this package, so there are few of them."""

    found: dict[str, tuple[int, int]] = field(default_factory=dict)  # reason → first offset, count

    def add(self, reason: str, offsets: Array) -> None:
        """Count a refusal for each offset (of an object, in bytes from the start of the file)."""
        if len(offsets):
            first, count = self.found.get(reason, (int(offsets.min()), 0))
            self.found[reason] = (min(first, int(offsets.min())), count + len(offsets))

    def say(self, reason: str, offset: int, count: int = 1) -> None:
        """Count some at one place."""
        first, before = self.found.get(reason, (offset, 0))
        self.found[reason] = (min(first, offset), before + count)

    def rejects(self) -> Iterator[Reject]:
        """Yield them in order of their places."""
        for reason, (offset, count) in sorted(self.found.items(), key=lambda pair: (pair[1][0], pair[0])):
            yield Reject(f"byte {offset}", reason, count)

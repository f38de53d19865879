"""What a look-up says: statements under the questions they answer, as plain text and as JSON."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT_MOST: Final = 400  # characters
_UNSOURCED: Final = {"lies under": "by its labels", "given out": "Crossline's table"}  # what no source says


def printable(text: str, limit: int = _TEXT_MOST) -> str:
    """Return the text without anything that could move a terminal's cursor, or turn the text around."""
    kept = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


@dataclass(frozen=True)
class Statement:
    """One sentence of one source. ``answer`` is what it says; ``dates`` when it holds or was seen."""

    about: str
    answer: str
    dates: str
    certainty: str
    note: str
    source: str
    title: str
    issuer: str
    url: str
    published: str

    def as_dict(self) -> dict[str, str]:
        """Return the fields that say something."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Question:
    """Statements that answer one question about one thing. ``left_out``: how many more there are.

    ``disagree`` is set where the question has one answer at a time and the statements give more than one. Their
    dates may be what sets them apart. Of statements on the parts of a prefix those on one range
    are compared.
    """

    name: str
    about: str
    statements: tuple[Statement, ...]
    disagree: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class Answer:
    """What was asked, how it was understood, and every statement found. ``refused``: why it cannot be asked at all."""

    asked: str
    read_as: str
    questions: tuple[Question, ...] = field(default_factory=tuple)
    refused: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain dicts, lists and strings."""
        return {
            "asked": self.asked,
            "read_as": self.read_as,
            "refused": self.refused,
            "questions": [
                {
                    "question": question.name,
                    "about": question.about,
                    "disagree": question.disagree,
                    "left_out": question.left_out,
                    "statements": [statement.as_dict() for statement in question.statements],
                }
                for question in self.questions
            ],
        }

    def as_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return (question, about, answer, dates, source) rows. They are plain text: escape them before markup."""
        rows = []
        for question in self.questions:
            name = question.name + (" (statements differ)" if question.disagree else "")
            for said in question.statements:
                told = said.answer + (f" ({said.note})" if said.note else "")
                origin = f"{said.title} - {said.issuer}" if said.title else said.source
                rows.append((name, said.about, told, said.dates, origin))
            if question.left_out:
                rows.append((name, question.about, f"… and {question.left_out:,} more", "", ""))
        return rows


def lines(answer: Answer) -> Iterable[str]:
    """Return the answer as plain lines of text, for where there is no table."""
    if answer.refused:
        yield answer.refused
        return
    yield f"{answer.asked}: read as {answer.read_as}"
    if not answer.questions:
        yield "  nothing is said of it in this world"
    for question in answer.questions:
        yield f"{question.about} - {question.name}" + (" (statements differ)" if question.disagree else "")
        for said in question.statements:
            dates = f" [{said.dates}]" if said.dates else ""
            origin = said.title or said.source or _UNSOURCED.get(question.name, "the standard")
            yield f"  {said.answer}{dates} - {origin}"
        if question.left_out:
            yield f"  … and {question.left_out:,} more (--all shows them)"

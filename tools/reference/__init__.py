"""The reference: what kinds, identifiers, readers, regimes, reports and commands say of themselves, as Markdown.

``make reference`` writes docs/reference/. The pages are made of what lies in the source's folders and of nothing
else, so two runs write the same bytes, and tests/docs/test_reference.py fails where a page that is committed is not
what this writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crossline import regimes
from reference import interfaces, rules, vocabulary
from reference.markdown import page, table

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "reference"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    made = {
        "kinds.md": vocabulary.kinds_page(),
        "roles.md": vocabulary.roles_page(),
        "identifiers.md": vocabulary.identifiers_page(),
        "readers.md": vocabulary.readers_page(),
        "sources.md": vocabulary.sources_page(),
        "reports.md": vocabulary.reports_page(),
        "language.md": rules.language_page(),
        "commands.md": interfaces.commands_page(),
        "python.md": interfaces.python_page(),
    }
    made |= {f"regime-{name}.md": rules.shipped_page(name) for name in regimes.names()}
    return made | {"README.md": _index(made)}


def _index(made: dict[str, str]) -> str:
    rows = [
        [f"[{name}]({name})", written.split("\n", 3)[2].removeprefix("# ")] for name, written in sorted(made.items())
    ]
    return page("Reference", "Made of what the program says of itself.", table(("page", "about"), rows))


def write(folder: Path) -> int:
    """Write the pages, remove those of what is there no longer, and return how many there are."""
    made = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, written in made.items():
        (folder / name).write_text(written, encoding="utf-8")
    return len(made)

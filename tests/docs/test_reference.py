"""The committed reference is what the program says of itself, and says it without side effects."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from crossline import cli, commands, identifiers, kinds, readers, regimes, reports
from crossline.regimes import model
from crossline.world import sources

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "docs" / "reference"
HOSTILE = (
    "a | b",
    "<script>alert(1)</script>",
    "![x](https://tracker.test/p.png)",
    "[click](javascript:alert(1))",
    "`code` and ``` more",
    "*a* _b_ **c** ~~d~~ snake_case_word",
    "&lt;b&gt; &#60;",
    "line one\n\n# line two",
    "# heading",
    "1. item",
    "- item",
    "=====",
    "ends in \\",
    "<https://auto.test>",
    "\x1b[31mred\u202e",
)


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the package that writes the reference."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import reference  # noqa: PLC0415 - it lies in tools, which is on no path otherwise

    return reference


def shown(markdown: str) -> str:
    """Return the text that a reader of rendered Markdown sees; fails where it holds more than text and code.

    markdown-it-py is a CommonMark parser of others; GitHub's tables are the one addition.
    """
    return seen(MarkdownIt("commonmark").enable("table").render(markdown))


def seen(html: str) -> str:
    """Return the text of a page; fails where it holds more than text, code and tables."""
    tags = set(re.findall(r"<\s*/?([a-zA-Z0-9]+)", html))
    assert tags <= {"p", "code", "table", "thead", "tbody", "tr", "th", "td"}, html
    bare = re.sub(r"<[^>]+>", "", html)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        bare = bare.replace(entity, sign)
    return bare.strip()


def test_the_committed_pages_are_what_is_written(reference: ModuleType) -> None:
    """`make reference` would change nothing: what was added to the program stands in the reference."""
    made = reference.pages()
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.md")}
    different = sorted(name for name in made.keys() | committed if made.get(name) != committed.get(name))
    assert different == [], "run `make reference`, and commit docs/reference"


def test_what_there_is_has_its_place() -> None:
    """Every kind, role, type, reader, source, format, rule and command is a heading or a row of the reference."""
    text = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.md")}
    for name in kinds.names():
        assert f"\n## {name}\n" in text["kinds.md"]
    for role in kinds.ROLES:
        assert f"| `{role}` |" in text["roles.md"]
    for name in identifiers.names():
        assert f"| `{name}:…` |" in text["identifiers.md"]
    for name in readers.names():
        assert f"\n## {name}\n" in text["readers.md"]
    for name in sources.names():
        assert f"\n## {name}\n" in text["sources.md"]
    for name in reports.names():
        assert f"| `{name}` |" in text["reports.md"]
    for name in regimes.names():
        for rule in regimes.load(name).rules:
            assert f"\n### {rule.id}\n" in text[f"regime-{name}.md"]
    for name in commands.names():
        assert f"\n## crossline {name}\n" in text["commands.md"]


def test_the_commands_page_has_what_help_has() -> None:
    """Each option that click itself prints for a command stands in the page, and no other does."""
    text = (COMMITTED / "commands.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"^## crossline ([a-z -]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(commands.names()) <= set(written)
    for name, told in written.items():
        printed = CliRunner().invoke(cli.main, [*name.split(), "--help"]).output
        options = set(re.findall(r"^  (--[a-z-]+)", printed, re.MULTILINE)) - {"--help"}
        assert options == set(re.findall(r"^\| (?:`|<code>)(--[a-z-]+)", told, re.MULTILINE))


@pytest.mark.usefixtures("reference")
@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_shown_and_nothing_else(words: str) -> None:
    """Text from a regime's file is shown as it is, whatever it looks like: no tag, no link, no picture, no block."""
    from reference import markdown  # noqa: PLC0415 - as above

    expected = " ".join(words.split()).replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert shown(markdown.text(words)) == expected
    assert shown(markdown.code(words)) == expected
    table = markdown.table(("a", "b"), [[markdown.text(words), markdown.code(words)]])
    cells = re.findall(r"<td>(.*?)</td>", MarkdownIt("commonmark").enable("table").render(table))
    assert [seen(cell) for cell in cells] == [expected, expected]


@pytest.mark.usefixtures("reference")
def test_a_regime_of_strangers_makes_no_links() -> None:
    """A regime whose words are hostile is told on its page with the same headings as any other, and with no markup."""
    from reference import rules  # noqa: PLC0415 - as above

    words = " ".join(HOSTILE[:7])
    case = {"given": {}, "verdict": "unknown", "why": words}
    rule = {
        "id": "one", "line": "carrier", "kind": "route", "title": words, "cite": {"source": "x", "clause": words},
        "effect": "aim", "severity": "low", "violation": f'origin.exists(t, t.value == "{"`" * 4}<b>")',
        "tests": [case], "remedy": [words],
    }  # fmt: skip
    document = {"id": "r", "title": words, "issuer": words, "legal": words, "home": "US", "rules": [rule]}
    made = rules.regime_page(model.regime(document, "r.yaml"), document)
    html = MarkdownIt("commonmark").enable("table").render(made.partition("\n")[2])
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        "h1", "h2", "h3", "p", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "a",
    }  # fmt: skip
    assert re.findall(r'href="([^"]+)"', html) == ["kinds.md#route"]
    assert re.findall(r"<h[123]>(.*?)</h", html) == ["Regime <code>r</code>", "Rules", "one", "Sources"]


def test_writing_twice_writes_the_same(reference: ModuleType, tmp_path: Path) -> None:
    """Two runs write the same bytes, and a page of something that is gone is removed."""
    reference.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "gone.md").write_text("an old page")
    assert reference.write(tmp_path) == len(before)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

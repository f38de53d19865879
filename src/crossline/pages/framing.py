"""What every page of ours is made in: templates that escape, and a policy that lets nothing in."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from crossline import wording
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Callable


def environment(load: Callable[[str], str | None]) -> Environment:
    """Return an environment for templates that ``load`` finds: everything is escaped unless this package made it."""
    made = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["text"] = lambda value, limit=120: visible(str(value if value is not None else ""), limit)
    made.filters["words"] = lambda value, limit=60: visible(str(value or ""), limit).replace("-", " ")
    made.filters["setting"] = setting
    made.filters["number"] = lambda value: f"{int(value or 0):,}"
    made.filters["percent"] = wording.percent
    made.filters["identifier"] = wording.identifier
    made.globals["plural"] = plural
    return made


def setting(value: object) -> str:
    """Return the value of a parameter as a person writes it."""
    if isinstance(value, list | tuple):
        return visible(", ".join(str(item) for item in value)) or "none"
    return "not set" if value is None else visible(str(value).lower() if isinstance(value, bool) else str(value))


def policy(style: str, script: str) -> str:
    """Return the Content Security Policy of a page with this one style and this one script, and no request."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    """Return the Content Security Policy source for inline content (W3C CSP 3, 8.3)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"

"""Regimes: one YAML file each, found by its name; the language of their rules, and their checks."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossline.regimes.model import Regime

DEFAULT = ("us-clean-network", "cn-gdsi")


@cache
def names() -> tuple[str, ...]:
    """Return the ids of the regimes that ship with the project, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml").replace("_", "-") for f in files if f.name.endswith(".yaml")))


def load(name: str) -> Regime:
    """Return a regime by its id, or from a YAML file; raises RegimeError or YamlError with the place."""
    from crossline import yamlfile  # noqa: PLC0415 - YAML is not needed to list what there is
    from crossline.regimes import document, model  # noqa: PLC0415

    if name in names():
        path = resources.files(__name__).joinpath(name.replace("-", "_") + ".yaml")
        with resources.as_file(path) as file:
            return model.regime(yamlfile.load(file), file.name)
    file = Path(name)
    if not file.is_file():
        raise document.RegimeError(f"{name}: no such regime or file; there are {', '.join(names())}")
    return model.regime(yamlfile.load(file), str(file))

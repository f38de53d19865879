"""The version, in one place: the package, its reports and its build take it from here."""

from typing import Final

VERSION: Final = "0.1.0"

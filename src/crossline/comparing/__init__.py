"""Two reports side by side: what is new, what is gone, what rests on other evidence, and what was asked otherwise."""

from crossline.comparing.difference import Difference, compare
from crossline.comparing.page import as_json, as_text
from crossline.comparing.report import Report, load

__all__ = ["Difference", "Report", "as_json", "as_text", "compare", "load"]

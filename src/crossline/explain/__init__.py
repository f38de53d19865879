"""Telling the chain of evidence of a finding, an asset or a group, out of a report in JSON."""

from crossline.explain.search import Explanation, ReportError, explain
from crossline.explain.telling import render

__all__ = ["Explanation", "ReportError", "explain", "render"]

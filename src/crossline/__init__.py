"""Crossline shows whose lines your network crosses.

An **estate** (assets and their ties to others, read from files) is judged by a **regime** (rules, lists and
memberships, as data) against the **world** (what is known of parties and who controls them). The outcome is a
finding for each asset and rule: a verdict and the evidence for it, step by step, each step with its source.

Data moves one way, as columns::

    files -> readers -> estate -+
                                +-> evaluate -> audit -> reports
    open data -> sources -> world
                  regime -------+
"""

from __future__ import annotations

__version__ = "0.1.0"

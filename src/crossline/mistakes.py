"""What a user can put right: the one kind of error that the command line tells in a line, whoever raises it."""

from __future__ import annotations


class Mistake(ValueError):  # noqa: N818 - the user's, and no error of the program's
    """Something is wrong with what was given; the message says where, and what to do."""

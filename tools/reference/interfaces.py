"""Pages on how it is asked: the command line, and the verbs of the package."""

from __future__ import annotations

import inspect
import re
from typing import Final

import click

import crossline
from crossline import commands
from reference.markdown import block, code, docstring, page, table, text

_IN_A_LINE: Final = 3  # parameters


def commands_page() -> str:
    """Show every command, its arguments and options."""
    parts = ["What `crossline COMMAND --help` says."]
    for name in commands.names():
        parts += _command(f"crossline {name}", commands.load(name))
    return page("Commands", *parts)


def _command(name: str, command: click.Command) -> list[str]:
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    words = [name, "[OPTIONS]"] if options else [name]
    words += [(a.metavar or (a.name or "").upper()) + ("..." if a.nargs < 0 else "") for a in arguments]
    below = isinstance(command, click.Group)
    parts = [f"## {name}", block(f"{name} COMMAND [ARGS]..." if below else " ".join(words))]
    for paragraph in inspect.cleandoc(command.help or "").partition("\f")[0].split("\n\n"):
        drawn = paragraph.startswith("\b")
        parts.append(block(paragraph.removeprefix("\b").strip("\n")) if drawn else text(paragraph))
    if options:
        parts.append(table(("option", "about", ""), map(_option, options)))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for word in sorted(command.list_commands(context)):
            found = command.get_command(context, word)
            parts += _command(f"{name} {word}", found) if found else []
    return parts


def _option(option: click.Option) -> list[str]:
    if option.is_flag:
        kind = ""
    elif isinstance(option.type, click.Choice):
        kind = "|".join(str(choice) for choice in option.type.choices)
    else:
        kind = str(option.metavar or option.type.name.upper())
    about = (option.help or "").rstrip(".")
    default = option.default if isinstance(option.default, str) and "default" not in about.lower() else None
    told = [about, f"default {default}" if default else "", f"or the variable {option.envvar}" if option.envvar else ""]
    often = "may repeat" if option.multiple and "may repeat" not in about else "needed" if option.required else ""
    forms = ", ".join(option.opts) + (f" {kind}" if kind else "")
    return [code(forms), text("; ".join(part for part in told if part)), often]


def python_page() -> str:
    """Show the public verbs and what their docstrings say."""
    parts = [docstring(crossline.__doc__)]
    for name in sorted(crossline.__all__):
        verb = getattr(crossline, name)
        parts += [f"## {name}", block(f"crossline.{name}{_signature(verb)}"), docstring(verb.__doc__)]
    return page("Python", *parts)


def _signature(verb: object) -> str:
    """Return a function's parameters, one a line; annotations are text, as the source has them."""
    signature = inspect.signature(verb)  # type: ignore[arg-type]  # the verbs are functions
    shown: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        shown.append(re.sub(r": '([^']*)'", r": \1", str(parameter)))
    lines = "".join(f"    {one},\n" for one in shown)
    inner = f"\n{lines}" if len(shown) > _IN_A_LINE else ", ".join(shown)
    return f"({inner}) -> {signature.return_annotation}"

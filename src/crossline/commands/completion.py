"""``crossline completion``: a script that makes a shell complete commands, options, regimes and parameters."""

from __future__ import annotations

import click

_VARIABLE = "_CROSSLINE_COMPLETE"  # what click looks for when the shell asks (its "Shell Completion" page)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that lets a shell complete commands, options, regimes, formats and parameters.

    \b
    bash:  crossline completion bash > ~/.local/share/bash-completion/completions/crossline
    zsh:   crossline completion zsh > "${fpath[1]}/_crossline"
    fish:  crossline completion fish > ~/.config/fish/completions/crossline.fish
    """  # noqa: D301 - click's mark for lines that are not to be joined
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"{shell} is not known to this version of click")
    made = found(ctx.find_root().command, {}, "crossline", _VARIABLE)
    # The template itself: click's source() runs the shell to ask for its version, and need not find it here.
    click.echo(made.source_template % made.source_vars())

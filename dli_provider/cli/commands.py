"""Groups of commands: they know what was meant by a slip of the pen, and end every failure with one word for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from dli_provider.cli.screen import say, tell
from dli_provider.likeness import likeliest


class Commands(click.Group):
    """A group whose errors are told as all others are. Click's own would begin with another word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(
                f"there is no command {name!r}. {likeliest(name, self.list_commands(ctx))}", ctx
            )
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except click.Abort:
            say("aborted", err=True)
            sys.exit(1)
        except click.exceptions.NoArgsIsHelpError as asked:
            # Nothing was said wrong: whoever says no command is told which there are, and nothing more.
            say(asked.format_message(), err=True)
            sys.exit(asked.exit_code)
        except click.ClickException as error:
            _tell(error)
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else 0)


def _tell(error: click.ClickException) -> None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        say(context.get_usage(), err=True)
    tell(f"error: {error.format_message()}")
    if context is not None and context.command.get_help_option(context) is not None:
        say(f"`{context.command_path} --help` has more.", err=True)

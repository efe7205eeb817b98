"""The only way to the terminal: without secrets, and with nothing that steers it.

What is secret in a text by its looks is masked here always. The secrets of the stack in hand are masked once a command
has said whose they are, with `hide`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from dli_provider.secrets import NOTHING_KNOWN, KnownSecrets, for_people, visible

if TYPE_CHECKING:  # commands that draw no table do without
    from rich.console import Console

_known = NOTHING_KNOWN


def hide(values: Iterable[str]) -> None:
    """Mask these values in all that this command shows from here on, and no longer those of a command before."""
    global _known
    _known = KnownSecrets(values)


def fit(text: str) -> str:
    """The text as it may be shown."""
    return for_people(text, _known)


def say(text: object = "", *, err: bool = False, **style: Any) -> None:
    """A line, or several; `style` is Click's, such as `bold=True`."""
    click.secho(fit(str(text)), err=err, color=wants_colour(), **style)


def tell(text: str) -> None:
    """What is wrong with what was typed. Not masked: whoever typed it sees it anyway, and `--sk` must be readable."""
    click.echo(visible(text), err=True)


def counted(number: int, one: str) -> str:
    """`1 job`, `3 jobs`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def wants_colour() -> bool | None:
    """What the environment says of colours, as other programs understand it; None leaves it to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def say_json(document: object, *, indent: int | None = 2, ascii_only: bool = True) -> None:
    """A document for programs; its texts are masked one by one, so that it stays one."""
    click.echo(json.dumps(fit_all(document), indent=indent, ensure_ascii=ascii_only))


def put(text: str, out: Path | None = None) -> None:
    """A document whose parts were masked when it was made, to the terminal or into a file."""
    if out is None:
        click.echo(visible(text), nl=False)
    else:
        out.write_text(visible(text), encoding="utf-8")


@contextmanager
def working(on: str = "") -> Iterator[Callable[[str], None]]:
    """A line that says what is waited for, and takes what comes after it; on a terminal only, and gone at the end."""
    console = screen(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(f"{on} ..." if on else "") as status:
        yield lambda what: status.update(f"{what} ...")


def screen(*, file: IO[str] | None = None, stderr: bool = False, **looks: Any) -> Console:
    """What tables are drawn on. Colours are put in here, so what came with the text cannot be taken for them."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from dli_provider.cli.table import room

    class Screen(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else fit(text), style, control)

    console = Screen(file=file, stderr=stderr, **looks)
    # Without this, rich would fold what goes into a pipe at 80 letters.
    console.width = looks.get("width") or (console.width if file else room(console))
    return console


def fit_all(value: Any) -> Any:
    """A document with each of its texts as it may be shown."""
    if isinstance(value, Mapping):
        return {key: fit_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [fit_all(each) for each in value]
    return fit(value) if isinstance(value, str) else value

"""Options that several commands share, written once so that they mean the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

as_json: ContextVar[bool] = ContextVar("as_json", default=False)
"""Whether this run speaks JSON; the error handler in ``app`` needs to know even when a command has failed."""

environments: ContextVar[tuple[str, ...]] = ContextVar("environments", default=())
"""Which environments of the description this run is about, the later over the earlier."""
ENVIRONMENT_VARIABLE = "WATCHKEEPER_ENVIRONMENT"
_ENVIRONMENT_FLAGS = ("--environment", "-e")


def without_environments(arguments: Sequence[str], variable: str) -> tuple[list[str], tuple[str, ...]]:
    """A command line without its ``--environment NAME``, wherever they stand, and the names; else those of the variable.

    Every command that reads the description takes them, so they are taken here, once.
    """
    rest: list[str] = []
    names: list[str] = []
    words = iter(arguments)
    for word in words:
        flag, separator, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif flag in _ENVIRONMENT_FLAGS and (separator or word == flag):
            name = value if separator else next(words, "")
            if not name or name.startswith("-"):
                return list(arguments), ()  # left for the command to refuse
            names += name.split(",")
        else:
            rest.append(word)
    return rest, tuple(names) or tuple(name for name in variable.split(",") if name)


def _remember(value: bool) -> bool:
    as_json.set(value)
    return value


DescriptionFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="The description. Default: watchkeeper.yaml in this folder; without one, the preset core.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.", callback=_remember)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Offline = Annotated[bool, typer.Option("--offline", help="Use only what is already in the cache; touch no network.")]

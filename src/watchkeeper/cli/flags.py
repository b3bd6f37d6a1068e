"""Options that several commands share, written once so that they mean the same everywhere."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

as_json: ContextVar[bool] = ContextVar("as_json", default=False)
"""Whether this run speaks JSON; the error handler in ``app`` needs to know even when a command has failed."""


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

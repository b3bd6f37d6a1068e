"""``watchkeeper logs``: what the components themselves say."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from watchkeeper.cli.assembled import target_of
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import out


def logs(
    components: Annotated[list[str] | None, typer.Argument(help="Which components; all when none is named.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new lines as they come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of each to begin with.")] = 50,
    file: DescriptionFile = None,
    json_: Json = False,
) -> None:
    """Show the components' own log lines; with --json, one object a line."""
    target = target_of(planned(file).plan)
    for workload, line in target.logs(components or [], lines=lines, follow=follow):
        if as_json.get():
            out.out(json.dumps({"component": workload, "line": line}, ensure_ascii=False), highlight=False)
        else:
            out.out(f"{workload:<18} {line}", highlight=False)

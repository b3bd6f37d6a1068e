"""``watchkeeper init``: write a description to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.described import USUAL_NAME
from watchkeeper.cli.flags import Json, as_json
from watchkeeper.cli.screen import print_json, say
from watchkeeper.spec.starter import starter
from watchkeeper.workload.failure import Mistake, MistakesFound


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path(USUAL_NAME),
    preset: Annotated[str, typer.Option(help="Which preset to start from.")] = "core",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    json_: Json = False,
) -> None:
    """Write a commented description with every key explained."""
    text = starter(preset)
    if path.exists() and not force:
        raise MistakesFound(
            [
                Mistake(
                    file=str(path),
                    line=0,
                    column=0,
                    kind="description-exists",
                    message=f"cannot write {path}: it exists",
                    hint="replace it with --force, or name another file",
                )
            ]
        )
    path.write_text(text, encoding="utf-8")
    if as_json.get():
        print_json({"written": str(path), "preset": preset})
    say(f"wrote {path}")
    named = "" if path == Path(USUAL_NAME) else f" --file {path}"
    say(f"next: watchkeeper up{named}", style="dim")

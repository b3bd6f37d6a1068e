"""``watchkeeper render``: write what ``up`` would write, to read it or to keep it under version control."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.assembled import assemble
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, Offline, as_json
from watchkeeper.cli.screen import print_json, progress, say


def render(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.")] = Path("rendered"),
    file: DescriptionFile = None,
    offline: Offline = False,
    json_: Json = False,
) -> None:
    """Write every configuration file and command line, or the Compose project. The same description
    gives the same bytes; no secret is in them.
    """
    described = planned(file)
    with progress() as report:
        assembled = assemble(described, report, offline=offline, only_render=True)
    written: list[str] = []
    for name, content in assembled.files.items():
        _write(output / name, content, written)
    if as_json.get():
        print_json({"output": str(output), "files": sorted(written), "digest": assembled.digest})
    say(f"wrote {len(written)} files to {output}")


def _write(path: Path, content: bytes, written: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    written.append(str(path))

"""``watchkeeper check``: everything that can be found wrong without starting anything."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from watchkeeper.cli.assembled import Assembled, assemble, require_room
from watchkeeper.cli.described import planned
from watchkeeper.cli.flags import DescriptionFile, Json, Offline, as_json
from watchkeeper.cli.screen import print_json, progress, say
from watchkeeper.workload.failure import WorldFailed

# workload → (tool that came with it, its arguments before the file, the file)
_VALIDATORS = {
    "prometheus": ("promtool", ("check", "config"), "prometheus.yml"),
    "alertmanager": ("amtool", ("check-config",), "alertmanager.yml"),
}


def check(file: DescriptionFile = None, offline: Offline = False, json_: Json = False) -> None:
    """Check the description, the machine (ports, folders, programs) and, with their own tools, the files that result."""
    described = planned(file)
    with progress() as report:
        assembled = assemble(described, report, offline=offline, only_render=True)
    require_room(described, assembled)
    asked = dict(_upstream_opinions(assembled))
    trouble = {tool: text for tool, text in asked.items() if text}
    if trouble:
        raise WorldFailed(
            f"cannot use the rendered configuration: {', '.join(trouble)} refuses it",
            hint="this is a mistake of ours unless the description holds free text that upstream reads",
            evidence=[line for text in trouble.values() for line in text.splitlines()],
        )
    if as_json.get():
        print_json({"ok": True, "workloads": len(described.plan.workloads), "validated_by": sorted(asked)})
    say(f"{described.document.file}: {len(described.plan.workloads)} components, no mistakes"
        f" ({', '.join(sorted(asked)) or 'no upstream tool at hand'} agree)", "green")  # fmt: skip


def _upstream_opinions(assembled: Assembled) -> Iterator[tuple[str, str]]:
    """(tool, complaint): the complaint is empty where it has none."""
    for workload, (tool, arguments, main) in _VALIDATORS.items():
        files = assembled.configuration.get(workload)
        if not files or tool not in assembled.tools:
            continue
        with tempfile.TemporaryDirectory() as folder:
            _lay_out(Path(folder), files)
            yield tool, _complaint([str(assembled.tools[tool]), *arguments, str(Path(folder) / main)])
    if assembled.plan.target == "compose":
        with tempfile.TemporaryDirectory() as folder:
            _lay_out(Path(folder), assembled.files)
            yield "docker compose", _complaint(["docker", "compose", "--project-directory", folder, "config", "--quiet"])


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _complaint(command: Sequence[str]) -> str:
    """What the tool says against it; empty where it agrees."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return (result.stdout + result.stderr).strip() if result.returncode else ""

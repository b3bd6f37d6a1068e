"""What the log collectors of upstream share: which files they tail, from the structures that our own shipper reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper.catalogue.scene import Scene
from watchkeeper.workload.reference import HostPath, Structure, Text

Path: TypeAlias = str | Text | HostPath

HOST_LOGS = ("/var/log/*.log", "/var/log/syslog", "/var/log/messages")
JOURNALS = ("/var/log/journal", "/run/log/journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Files with their labels. ``from_stem``, ``from_path``: the label that gets the file's stem, or its path."""

    name: str
    paths: tuple[Path, ...]
    exclude: tuple[Path, ...] = ()
    labels: Mapping[str, str]
    from_stem: str = ""
    from_path: str = ""
    first_line: str = ""


def file_sources(scene: Scene) -> Iterator[FileSource]:
    """Every file source of the plan: what components offer, the machine's own logs, and those of the description."""
    offered = [source for name in sorted(scene.offers) for source in scene.offers[name].log_files]
    host: list[Mapping[str, Structure]] = []
    if scene.basics.system_log_files:
        paths: list[Structure] = [HostPath(path=path) for path in HOST_LOGS]
        host = [{"name": "host", "paths": paths, "labels": {"job": "host"}, "label_from_path": "filename"}]
    for number, source in enumerate((*offered, *host, *scene.basics.log_files)):
        yield _read(source, number)


def _read(source: Mapping[str, Structure], number: int) -> FileSource:
    labels = source.get("labels", {})
    multiline = source.get("multiline", {})
    if not isinstance(labels, Mapping) or not isinstance(multiline, Mapping):
        raise TypeError(f"cannot read the log source {number}: labels and multiline are mappings")
    return FileSource(
        name=str(source.get("name", f"files-{number}")),
        paths=_paths(source.get("paths", ())),
        exclude=_paths(source.get("exclude", ())),
        labels={name: str(value) for name, value in labels.items()},
        from_stem=str(source.get("label_from_stem", "")),
        from_path=str(source.get("label_from_path", "")),
        first_line=str(multiline.get("first_line", "")),
    )


def _paths(written: Structure) -> tuple[Path, ...]:
    found = written if isinstance(written, list | tuple) else ()
    return tuple(path for path in found if isinstance(path, str | Text | HostPath))

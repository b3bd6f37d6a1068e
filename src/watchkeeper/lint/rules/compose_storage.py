"""Rules for Compose files about volumes and mounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from watchkeeper.lint.rule import Hit, Kind, Rule, Severity, Subject
from watchkeeper.lint.rules.compose_images import arguments, service, services
from watchkeeper.lint.versions import split_image
from watchkeeper.lint.walk import items, mappings
from watchkeeper.spec.document import Data, KeyPath

_CONFIG_ENDINGS = (".yml", ".yaml", ".json", ".conf", ".ini", ".toml", ".cfg", ".river", ".alloy")
_DATA = {
    "prom/prometheus": ("/prometheus", "--storage.tsdb.path"),
    "prom/alertmanager": ("/alertmanager", "--storage.path"),
    "grafana/grafana": ("/var/lib/grafana", ""),
    "grafana/loki": ("/loki", ""),
    "postgres": ("/var/lib/postgresql", ""),
}
_CONFIG_IN_IMAGE = ("/etc/prometheus/prometheus.yml", "/etc/alertmanager/alertmanager.yml", "/etc/loki/local-config.yaml",
                    "/etc/promtail/config.yml", "/etc/blackbox_exporter/config.yml")  # fmt: skip


def mounts(settings: dict[str, Data]) -> Iterator[tuple[KeyPath, str, str]]:
    """(path below the service, source or nothing, target) of each volume, in both ways of writing them."""
    for index, volume in enumerate(items(settings.get("volumes"))):
        if isinstance(volume, dict):
            yield ("volumes", index), str(volume.get("source") or ""), str(volume.get("target") or "")
        else:
            source, separator, rest = str(volume).partition(":")
            yield ("volumes", index), source if separator else "", (rest if separator else source).split(":")[0]


def _single_file(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        for inner, source, target in mounts(settings):
            if (
                source.startswith((".", "/", "~", "$"))
                and target.endswith(_CONFIG_ENDINGS)
                and source.endswith(_CONFIG_ENDINGS)
            ):
                yield Hit((*path, *inner),
                          f"cannot see a new {PurePosixPath(source).name}: the mount keeps the old file when an editor or git "
                          "replaces it")  # fmt: skip


def _covers(target: str, folder: str) -> bool:
    held, wanted = PurePosixPath(target), PurePosixPath(folder)
    return held == wanted or held in wanted.parents or wanted in held.parents


def _lost_data(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        repository, _ = split_image(str(settings.get("image", "")))
        if repository not in _DATA or "extends" in settings:
            continue
        folder, flag = _DATA[repository]
        folder = next((word.split("=", 1)[1] for word in arguments(settings) if flag and word.startswith(f"{flag}=")), folder)
        targets = [target for _, _, target in mounts(settings)] + [
            str(one).split(":")[0] for one in items(settings.get("tmpfs"))
        ]
        if not any(_covers(target, folder) for target in targets):
            yield Hit((*path, "image"), f"cannot keep the data of {name}: no volume is mounted at {folder}")


def _config_nowhere(subject: Subject) -> Iterator[Hit]:
    for path, name, settings in services(subject):
        targets = [target for _, _, target in mounts(settings)]
        targets += [str(mappings(one).get("target")) for one in items(settings.get("configs")) if isinstance(one, dict)]
        for word in arguments(settings):
            flag, _, file = word.partition("=")
            if flag.lstrip("-") != "config.file" or not file.startswith("/") or file in _CONFIG_IN_IMAGE or not targets:
                continue
            if not any(PurePosixPath(target) in (PurePosixPath(file), *PurePosixPath(file).parents) for target in targets):
                yield Hit((*path, "command"), f"cannot start {name} with {file}: no mount brings a file there", key=True)


def _rootfs_ignored(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        repository, _ = split_image(str(settings.get("image", "")))
        root = next((target for _, source, target in mounts(settings) if source == "/"), "")
        told = any(word.startswith("--path.rootfs") for word in arguments(settings))
        if repository in {"prom/node-exporter", "prometheus/node-exporter"} and root and not told:
            yield Hit(
                (*path, "image"),
                f"cannot measure the host's file systems: / is mounted at {root}, but --path.rootfs does not say so",
            )


def _rslave(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        for index, volume in enumerate(items(settings.get("volumes"))):
            if isinstance(volume, str) and volume.startswith("/:") and "rslave" in volume:
                yield Hit((*path, "volumes", index), "cannot start on Docker Desktop or WSL: / is not a shared mount there")


def _grafana_owner(subject: Subject) -> Iterator[Hit]:
    for path, _, settings in services(subject):
        repository, _ = split_image(str(settings.get("image", "")))
        for inner, source, target in mounts(settings):
            bind = source.startswith((".", "/", "~"))
            if repository == "grafana/grafana" and bind and target == "/var/lib/grafana" and "user" not in settings:
                yield Hit(
                    (*path, *inner), f"cannot write to {source} unless it belongs to uid 472: Grafana does not run as root"
                )


_PROMETHEUS = "prom/prometheus:v3.5.0"
_NODE = "prom/node-exporter:v1.12.1"

STORAGE_RULES = (
    Rule(
        id="WK-COMPOSE-023", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="A single configuration file as a bind mount.",
        why="The mount holds the inode: after git or an editor has replaced the file, a reload answers 200 and nothing "
            "changes.",
        fix="mount the folder",
        check=_single_file, good=service("volumes: ['./config:/etc/app']"),
        bad=service("volumes: ['./config/app.yml:/etc/app/app.yml']"),
    ),
    Rule(
        id="WK-COMPOSE-024", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="A stateful service without a volume.",
        why="Its data (metrics, silences, dashboards) is gone when the container is created anew, as after each image change.",
        fix="mount a named volume there",
        check=_lost_data, good=service("volumes: ['data:/prometheus']", _PROMETHEUS), bad=service("", _PROMETHEUS),
    ),
    Rule(
        id="WK-COMPOSE-025", kinds=(Kind.COMPOSE,), severity=Severity.ERROR,
        what="A configuration file that no mount brings.",
        why="The program is told to read a file that is not in the container, and does not start.",
        fix="mount the folder that holds the file, or correct the path",
        check=_config_nowhere,
        good=service("command: ['-config.file=/etc/tempo/tempo.yaml']\nvolumes: ['./tempo:/etc/tempo']",
        "grafana/tempo:2.10.8"),
        bad=service("command: ['-config.file=/etc/tempo.yaml']\nvolumes: ['./tempo:/etc/tempo']", "grafana/tempo:2.10.8"),
    ),
    Rule(
        id="WK-COMPOSE-026", kinds=(Kind.COMPOSE,), severity=Severity.WARNING,
        what="node_exporter that does not know where the host's root is.",
        why="Without --path.rootfs it reports mount points as the container sees them: the alert for / watches the "
            "wrong file system.",
        fix="add --path.rootfs with the place of the mount, as in --path.rootfs=/host",
        check=_rootfs_ignored,
        good=service("command: ['--path.rootfs=/host']\nvolumes: ['/:/host:ro']", _NODE),
        bad=service("volumes: ['/:/host:ro']", _NODE),
    ),
    Rule(
        id="WK-COMPOSE-027", kinds=(Kind.COMPOSE,), severity=Severity.INFO,
        what="The root folder mounted with rslave.",
        why="It fails on hosts whose root mount is not shared: Docker Desktop, WSL and some distributions.",
        fix="use /:/host:ro where that matters",
        check=_rslave, good=service("volumes: ['/:/host:ro']"), bad=service("volumes: ['/:/host:ro,rslave']"),
    ),
    Rule(
        id="WK-COMPOSE-028", kinds=(Kind.COMPOSE,), severity=Severity.INFO,
        what="A host folder for Grafana's data.",
        why="Grafana runs as uid 472 and stops when it cannot write to its folder.",
        fix="use a named volume, or chown 472 the folder",
        check=_grafana_owner, good=service("volumes: ['data:/var/lib/grafana']", "grafana/grafana:13.2.0"),
        bad=service("volumes: ['./grafana:/var/lib/grafana']", "grafana/grafana:13.2.0"),
    ),
)  # fmt: skip

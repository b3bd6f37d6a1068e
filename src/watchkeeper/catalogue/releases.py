"""Reads ``releases.yaml``: the facts of a program and its sources, for one of the two release sets.

Strict, because a fact that nobody reads is a fact that nobody notices to be wrong: an unknown key, a missing digest or a
value of the wrong shape is a mistake with its file and line, and all of a file's mistakes are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import get_args

import yaml

from watchkeeper.catalogue.scene import ReleaseSet
from watchkeeper.workload.failure import Mistake, MistakesFound
from watchkeeper.workload.software import (
    DistributionPackage,
    Image,
    MavenArtifacts,
    OnPath,
    OwnPackage,
    ReleaseArchive,
    Software,
    Source,
)

RELEASE_SETS: tuple[ReleaseSet, ...] = get_args(ReleaseSet)

COMPONENTS = (
    "alertmanager",
    "alloy",
    "blackbox_exporter",
    "cadvisor",
    "canary",
    "console",
    "docker_socket_proxy",
    "grafana",
    "jaeger",
    "kafka_broker",
    "kafka_exporter",
    "loki",
    "mocks",
    "network_monitor",
    "node_exporter",
    "oauth2_proxy",
    "postgres_exporter",
    "postgres_server",
    "prometheus",
    "promtail",
    "rabbitmq_server",
    "redis_exporter",
    "redis_server",
    "shipper",
    "store",
    "tempo",
    "traefik_proxy",
    "uptime_kuma",
    "zookeeper",
)

# The C loader gives the same nodes and marks in a tenth of the time; not every PyYAML is built with it.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLATFORM = re.compile(r"linux-[a-z0-9]+")
_IMAGE_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGE_USER = re.compile(r"\d+:\d+")


@cache
def software(releases: ReleaseSet) -> Mapping[str, Software]:
    """The Software of every component that has a ``releases.yaml``, by the component's name.

    Raises MistakesFound when a shipped file is wrong.
    """
    folder = files("watchkeeper.catalogue")
    found: dict[str, Software] = {}
    mistakes: list[Mistake] = []
    for component in COMPONENTS:
        resource = folder / component / "releases.yaml"
        try:
            found[component] = parse(resource.read_text(encoding="utf-8"), file=str(resource), releases=releases)
        except MistakesFound as failure:
            mistakes.extend(failure.mistakes)
    if mistakes:
        raise MistakesFound(mistakes)
    return MappingProxyType(found)


def parse(text: str, *, file: str, releases: ReleaseSet) -> Software:
    """The Software that ``text`` describes, with the sources in order of preference. Raises MistakesFound."""
    reading = _Reading(file)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise MistakesFound([reading.mistake(place, "bad-syntax", f"cannot read the YAML: {error.problem}")]) from error
    if root is None:
        raise MistakesFound([reading.mistake((1, 1), "missing-key", "cannot read an empty file")])
    program = _program(reading, root, releases)
    if reading.mistakes or program is None:
        raise MistakesFound(reading.mistakes)
    return program


class _Reading:
    """Collects the mistakes of one file while its nodes are turned into values; a bad value becomes an empty one."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def mistake(self, place: tuple[int, int], kind: str, message: str, hint: str = "") -> Mistake:
        return Mistake(file=self.file, line=place[0], column=place[1], kind=kind, message=message, hint=hint)

    def refuse(self, node: yaml.Node, kind: str, message: str, hint: str = "") -> None:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.mistakes.append(self.mistake(place, kind, message, hint))

    def mapping(
        self, node: yaml.Node, *, allowed: tuple[str, ...] = (), required: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        """Key → node. Without ``allowed`` any key will do."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, "wrong-type", "cannot use this value: a mapping belongs here")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.refuse(key, "duplicate-key", f"cannot use key {name} twice")
            elif allowed and name not in (*allowed, *required):
                self.refuse(key, "unknown-key", f"cannot use key {name}", f"possible: {', '.join((*required, *allowed))}")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.refuse(node, "missing-key", f"cannot do without key {name}")
        return found

    def text(self, node: yaml.Node, *, shape: re.Pattern[str] | None = None, called: str = "text") -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self.refuse(node, "wrong-type", f"cannot use this value: {called} belongs here")
            return ""
        if shape and not shape.fullmatch(node.value):
            self.refuse(node, "unknown-value", f"cannot use {node.value} as {called}")
        return str(node.value)

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.refuse(node, "wrong-type", "cannot use this value: a list of names belongs here")
            return ()
        return tuple(self.text(item) for item in node.value)

    def table(self, node: yaml.Node, *, shape: re.Pattern[str] | None = None, called: str = "text") -> dict[str, str]:
        return {key: self.text(value, shape=shape, called=called) for key, value in self.mapping(node).items()}


_WORDS = ("name", "main", "licence", "homepage")
_PLACES = ("on_path", "distribution_package", "release_archive", "maven", "own_package", "image")


def _program(reading: _Reading, root: yaml.Node, releases: ReleaseSet) -> Software | None:
    top = reading.mapping(root, allowed=(*_PLACES, "releases", "homepage"), required=("name", "main", "licence"))
    if not any(place in top for place in _PLACES):
        reading.refuse(root, "missing-key", "cannot do without a source", f"possible: {', '.join(_PLACES)}")
    chosen: dict[str, yaml.Node] = {}
    if "releases" in top:
        sets = reading.mapping(top["releases"], required=RELEASE_SETS, allowed=RELEASE_SETS)
        read = {name: _release(reading, node, archive="release_archive" in top) for name, node in sets.items()}
        chosen = read.get(releases, {})
    elif "release_archive" in top or "image" in top:
        reading.refuse(root, "missing-key", "cannot do without key releases: archives and images have versions")
    for key in _WORDS:
        if key in top:
            reading.text(top[key])
    sources: list[Source] = []
    for place in _PLACES:
        if place in top:
            sources.extend(_SOURCES[place](reading, top[place], chosen))
    if reading.mistakes:
        return None
    name, main, licence, homepage = (str(top[key].value) if key in top else "" for key in _WORDS)
    return Software(name=name, main=main, licence=licence, homepage=homepage, sources=tuple(sources))


def _release(reading: _Reading, node: yaml.Node, *, archive: bool) -> dict[str, yaml.Node]:
    """One release set, checked whether or not it is the one asked for."""
    required = ("version", "sha256") if archive else ("version",)
    release = reading.mapping(node, required=required, allowed=("at_least", "below", "sha256", "image", "maven_version"))
    for key in ("version", "at_least", "below"):
        if key in release:
            reading.text(release[key], shape=_VERSION, called="a version")
    if "sha256" in release:
        digests = reading.table(release["sha256"], shape=_SHA256, called="a SHA-256 digest")
        for platform in digests:
            if not _PLATFORM.fullmatch(platform):
                reading.refuse(release["sha256"], "unknown-value", f"cannot use {platform} as a platform", "like linux-amd64")
    return release


def _bounds(release: Mapping[str, yaml.Node]) -> tuple[str, str]:
    at_least, below = (str(release[key].value) if key in release else "" for key in ("at_least", "below"))
    return at_least, below


def _on_path(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    keys = reading.mapping(node, required=("names",), allowed=("version_arguments", "version_pattern", "assets"))
    if "names" not in keys:
        return ()
    usual = OnPath(names=())
    at_least, below = _bounds(release)
    return (
        OnPath(
            names=reading.texts(keys["names"]),
            version_arguments=reading.texts(keys["version_arguments"])
            if "version_arguments" in keys
            else usual.version_arguments,
            version_pattern=_pattern(reading, keys) or usual.version_pattern,
            at_least=at_least,
            below=below,
            assets=reading.table(keys["assets"]) if "assets" in keys else {},
        ),
    )


def _distribution_package(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    """One mapping, or a list of them where distributions call the package differently."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(source for each in nodes for source in _one_package(reading, each, release))


def _one_package(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    allowed = ("assets", "version_pattern", "libraries", "programs", "edits", "relocate")
    keys = reading.mapping(node, required=("packages", "binaries"), allowed=allowed)
    if "packages" not in keys or "binaries" not in keys:
        return ()
    usual = DistributionPackage(packages=(), binaries={})
    at_least, below = _bounds(release)
    return (
        DistributionPackage(
            packages=reading.texts(keys["packages"]),
            binaries=reading.table(keys["binaries"]),
            assets=reading.table(keys["assets"]) if "assets" in keys else {},
            version_pattern=_pattern(reading, keys) or usual.version_pattern,
            at_least=at_least,
            below=below,
            libraries=reading.texts(keys["libraries"]) if "libraries" in keys else (),
            programs=reading.texts(keys["programs"]) if "programs" in keys else (),
            edits={file: reading.table(texts) for file, texts in reading.mapping(keys["edits"]).items()}
            if "edits" in keys
            else {},
            relocate=reading.texts(keys["relocate"]) if "relocate" in keys else (),
        ),
    )


def _release_archives(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    """One source for each platform of which the release has a digest."""
    keys = reading.mapping(node, required=("url", "binaries"), allowed=("assets",))
    if "url" not in keys or "binaries" not in keys or "version" not in release or "sha256" not in release:
        return ()
    if not reading.text(keys["url"]).startswith("https://"):
        reading.refuse(keys["url"], "bad-url", "cannot download from this address: it must start with https://")
    version = str(release["version"].value)
    sources: list[Source] = []
    for platform, digest in reading.table(release["sha256"]).items():

        def fill(text: str, platform: str = platform) -> str:
            return text.replace("{version}", version).replace("{platform}", platform)

        binaries = reading.table(keys["binaries"])
        assets = reading.table(keys["assets"]) if "assets" in keys else {}
        sources.append(
            ReleaseArchive(
                platform=platform,
                version=version,
                url=fill(reading.text(keys["url"])),
                sha256=digest,
                binaries={name: fill(path) for name, path in binaries.items()},
                assets={name: fill(path) for name, path in assets.items()},
            )
        )
    return tuple(sources)


def _maven(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    """``version`` of the release may be another thing's (a platform that holds the program), so a release can name its own."""
    keys = reading.mapping(node, required=("artifacts", "main_class", "java_at_least"))
    if len(keys) < 3 or "version" not in release:
        return ()
    version = reading.text(release["maven_version"] if "maven_version" in release else release["version"])
    java = reading.text(keys["java_at_least"], shape=re.compile(r"\d+"), called="a whole number")
    return (
        MavenArtifacts(
            version=version,
            artifacts=tuple(artifact.replace("{version}", version) for artifact in reading.texts(keys["artifacts"])),
            main_class=reading.text(keys["main_class"]),
            java_at_least=int(java or 0),
        ),
    )


def _own_package(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    keys = reading.mapping(node, required=("module",), allowed=("distribution", "extra"))
    if "module" not in keys:
        return ()
    usual = OwnPackage(module="")
    distribution = reading.text(keys["distribution"]) if "distribution" in keys else usual.distribution
    extra = reading.text(keys["extra"]) if "extra" in keys else usual.extra
    return (OwnPackage(module=reading.text(keys["module"]), distribution=distribution, extra=extra),)


_IMAGE_FACTS = ("reference", "digest", "program", "user", "tools", "assets", "volumes", "files")


def _image(reading: _Reading, node: yaml.Node, release: Mapping[str, yaml.Node]) -> tuple[Source, ...]:
    """A plain reference, or a mapping with facts about the image; what a release says of its own image counts more."""
    if "version" not in release:
        return ()
    if isinstance(node, yaml.ScalarNode):
        keys: dict[str, yaml.Node] = {"reference": node}
    else:
        keys = reading.mapping(node, allowed=_IMAGE_FACTS)
    if "image" in release:
        keys |= reading.mapping(release["image"], allowed=_IMAGE_FACTS)
    if "reference" not in keys:
        reading.refuse(node, "missing-key", "cannot do without key reference")
        return ()
    return (
        Image(
            reference=reading.text(keys["reference"]).replace("{version}", str(release["version"].value)),
            digest=reading.text(keys["digest"], shape=_IMAGE_DIGEST, called="a digest") if "digest" in keys else "",
            program=_one_or_more(reading, keys["program"]) if "program" in keys else (),
            user=reading.text(keys["user"], shape=_IMAGE_USER, called="uid:gid") if "user" in keys else "",
            tools=_possibly_none(reading, keys["tools"]) if "tools" in keys else (),
            assets=reading.table(keys["assets"]) if "assets" in keys else {},
            volumes=reading.table(keys["volumes"]) if "volumes" in keys else {},
            files=reading.table(keys["files"]) if "files" in keys else {},
        ),
    )


def _one_or_more(reading: _Reading, node: yaml.Node) -> tuple[str, ...]:
    return (reading.text(node),) if isinstance(node, yaml.ScalarNode) else reading.texts(node)


def _possibly_none(reading: _Reading, node: yaml.Node) -> tuple[str, ...]:
    """An empty list says that the image has none, which is more than saying nothing."""
    return () if isinstance(node, yaml.SequenceNode) and not node.value else reading.texts(node)


def _pattern(reading: _Reading, keys: Mapping[str, yaml.Node]) -> str:
    if "version_pattern" not in keys:
        return ""
    pattern = reading.text(keys["version_pattern"])
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        reading.refuse(keys["version_pattern"], "bad-regex", f"cannot compile {pattern}: {error}")
        return pattern
    if groups < 1:
        reading.refuse(keys["version_pattern"], "bad-regex", f"cannot find a version with {pattern}: it has no group")
    return pattern


_SOURCES: Mapping[str, Callable[[_Reading, yaml.Node, Mapping[str, yaml.Node]], tuple[Source, ...]]] = {
    "on_path": _on_path,
    "distribution_package": _distribution_package,
    "release_archive": _release_archives,
    "maven": _maven,
    "own_package": _own_package,
    "image": _image,
}

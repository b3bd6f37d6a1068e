"""Which versions a file is for: said by the caller, by image tags of a Compose file in the run, or by a release set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import TypeAlias

import yaml

Version: TypeAlias = tuple[int, ...]
Versions: TypeAlias = Mapping[str, frozenset[Version]]
"""Product → every version that is to be served."""

_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)")
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "prometheus": ("prom/prometheus", "prometheus/prometheus"),
    "alertmanager": ("prom/alertmanager", "prometheus/alertmanager"),
    "loki": ("grafana/loki",),
    "promtail": ("grafana/promtail",),
    "alloy": ("grafana/alloy",),
    "tempo": ("grafana/tempo",),
    "grafana": ("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"),
    "postgres_exporter": ("prometheuscommunity/postgres-exporter", "prometheus-community/postgres-exporter"),
}
"""Product → the repositories of its image, without the registry."""


def parse_version(text: str) -> Version | None:
    """``v2.45.0`` → (2, 45, 0); None where the text does not start with a number, as ``latest``."""
    found = _NUMBERS.match(text)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def split_image(image: str) -> tuple[str, str]:
    """``ghcr.io/a/b:1.2@sha256:…`` → (``a/b``, ``1.2``): the repository without registry, and the tag or nothing."""
    name = image.split("@", 1)[0]
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        name = rest
    repository, _, tag = name.partition(":")
    return repository.removeprefix("library/"), tag


def product_of(repository: str) -> str:
    """The product that an image holds, or nothing."""
    return next((product for product, repositories in PRODUCTS.items() if repository in repositories), "")


def release_sets() -> Mapping[str, Mapping[str, str]]:
    """The sets of ``releases.yaml`` beside this module: name → product → version."""
    read = yaml.safe_load((files("watchkeeper.lint") / "releases.yaml").read_text("utf-8"))
    return {str(name): {str(product): str(version) for product, version in versions.items()} for name, versions in read.items()}


def targets(release_set: str, asked: Mapping[str, str], images: Iterable[str]) -> Versions:
    """What the caller says wins over image tags, and these over the set.

    Raises KeyError for an unknown set, ValueError("cannot read …") for text that is no version.
    """
    chosen = {product: frozenset({_required(version)}) for product, version in release_sets()[release_set].items()}
    seen: dict[str, set[Version]] = {}
    for image in images:
        repository, tag = split_image(image)
        version = parse_version(tag)
        if (product := product_of(repository)) and version:
            seen.setdefault(product, set()).add(version)
    chosen |= {product: frozenset(found) for product, found in seen.items()}
    return chosen | {product: frozenset({_required(version)}) for product, version in asked.items()}


def _required(text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise ValueError(f"cannot read {text!r} as a version; write it like 2.45 or 3.13.1")
    return version

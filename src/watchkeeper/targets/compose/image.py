"""Which image a workload runs from, and what is known about it. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from watchkeeper import __version__
from watchkeeper.workload.reference import Argument, ForVersions, Reference, Text
from watchkeeper.workload.software import Image, OwnPackage, Software

OWN_REFERENCE = f"watchkeeper:{__version__}"
OWN_USER = "10001:10001"
OWN_PROBE = "watchkeeper-probe"
"""The program in our own image that asks one address once (``own_image/probe.py``)."""

ANY_USER = "65534:65534"
"""Nobody: for images that say nothing of a user of their own."""

_VERSION = re.compile(r":v?(\d+(?:\.\d+)*)[^/]*$")


class NoImage(LookupError):
    """The software cannot be had as an image."""


def image_of(software: Software) -> Image:
    """Its image with a user that is never empty; our own engines share one. Raises NoImage."""
    for source in software.sources:
        if isinstance(source, Image):
            return replace(source, user=source.user or ANY_USER)
    for source in software.sources:
        if isinstance(source, OwnPackage):
            return Image(
                reference=OWN_REFERENCE, program=("python", "-m", source.module), user=OWN_USER, tools=(OWN_PROBE, "sh")
            )
    raise NoImage(f"{software.name} comes in no container image")


def full_reference(image: Image) -> str:
    """As a Compose file names it: with its digest where that is known."""
    return f"{image.reference}@{image.digest}" if image.digest else image.reference


def is_own(image: Image) -> bool:
    """Whether we build it ourselves, so that it can be pulled from nowhere."""
    return image.reference == OWN_REFERENCE


def version_of(image: Image) -> str:
    """The version in its tag; empty where the tag is none."""
    match = _VERSION.search(image.reference)
    return match.group(1) if match else ""


def for_version(arguments: tuple[Argument, ...], version: str) -> tuple[str | Text | Reference, ...]:
    """The command line as this version takes it. Of an unknown version nothing that only some take is asked."""
    chosen: list[str | Text | Reference] = []
    for argument in arguments:
        if not isinstance(argument, ForVersions):
            chosen.append(argument)
        elif version and _within(version, argument.at_least, argument.below):
            chosen += argument.arguments
    return tuple(chosen)


def _within(version: str, at_least: str, below: str) -> bool:
    numbers = _numbers(version)
    return (not at_least or numbers >= _numbers(at_least)) and (not below or numbers < _numbers(below))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

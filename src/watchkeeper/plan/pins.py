"""Digests of images that ``watchkeeper pin`` wrote beside the description: the same bytes, whatever a tag comes to mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from watchkeeper.spec import Document
from watchkeeper.workload.failure import Mistake, MistakesFound
from watchkeeper.workload.software import Image, Software
from watchkeeper.workload.workload import Workload

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
BY_TAG = "none"
"""In place of a digest: whatever this machine has under the tag. ``docker load`` brings images without their digests."""


def read_pins(document: Document) -> dict[str, str]:
    """Reference → digest, "" where the tag is to decide. Raises MistakesFound with every entry that is none."""
    wrong = list(_wrong(document))
    if wrong or document.mistakes:
        raise MistakesFound([*document.mistakes, *wrong])
    return {reference: "" if digest == BY_TAG else str(digest) for reference, digest in document.data.items()}


def _wrong(document: Document) -> Iterator[Mistake]:
    for reference, digest in document.data.items():
        if not isinstance(digest, str) or not (digest == BY_TAG or DIGEST.fullmatch(digest)):
            message = f"cannot use the digest of {reference}: it is neither sha256: and 64 hexadecimal digits nor {BY_TAG}"
            yield document.mistake("unknown-value", (reference,), message, hint="run watchkeeper pin again")


def pinned(workload: Workload, pins: Mapping[str, str]) -> Workload:
    """The workload with its images at the digests of ``pins``, where there are any."""
    software = workload.software
    if not any(isinstance(source, Image) and source.reference in pins for source in software.sources):
        return workload
    sources = tuple(
        replace(source, digest=pins.get(source.reference, source.digest)) if isinstance(source, Image) else source
        for source in software.sources
    )
    return replace(workload, software=replace(software, sources=sources))


def images_of(software: Software) -> tuple[Image, ...]:
    """The images among its sources that have a name."""
    return tuple(source for source in software.sources if isinstance(source, Image) and source.reference)

"""``watchkeeper pin``: ask the registries which bytes the images' tags mean now, and write it down beside the description."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchkeeper.cli.described import pins_beside, planned
from watchkeeper.cli.flags import DescriptionFile, Json, as_json
from watchkeeper.cli.screen import print_json, say
from watchkeeper.plan.pins import DIGEST, images_of
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.yaml_text import yaml_text

_TIMEOUT_S = 60.0
_HEADER = "Written by watchkeeper pin: what each image's tag meant then. Commit it; run the command again to move on."
_WAYS: tuple[tuple[str, ...], ...] = (
    ("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}"),
    ("skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}"),
    ("crane", "digest"),
)
"""Commands that give the digest of all platforms together, the first that the machine has and that works."""


def pin(file: DescriptionFile = None, json_: Json = False) -> None:
    """Write the digests of the images that the description's plan uses. Nothing is written unless every one is known."""
    described = planned(file)
    references = sorted({image.reference for workload in described.plan.workloads for image in images_of(workload.software)})
    digests, failures = _asked(references)
    if failures:
        raise WorldFailed(
            f"cannot pin {len(failures)} of {len(references)} images; nothing was changed",
            hint="run it on a machine that reaches the registries, with docker buildx, skopeo or crane",
            evidence=failures,
        )
    path = pins_beside(Path(described.document.file))
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(yaml_text(dict(digests), header=_HEADER), encoding="utf-8")
    fresh.replace(path)
    if as_json.get():
        print_json({"file": str(path), "images": dict(digests)})
    else:
        say(f"wrote {len(digests)} digests to {path}", "bold green")


def _asked(references: Sequence[str]) -> tuple[Mapping[str, str], list[str]]:
    """Reference → digest, and one line for each image that no way gave."""
    ways = [way for way in _WAYS if shutil.which(way[0])]
    digests: dict[str, str] = {}
    failures: list[str] = []
    for reference in references:
        said = "this machine has none of docker, skopeo and crane"
        for way in ways:
            digest, said = _digest(way, reference)
            if digest:
                digests[reference] = digest
                break
        else:
            failures.append(f"{reference}: {said}")
    return digests, failures


def _digest(way: tuple[str, ...], reference: str) -> tuple[str, str]:
    """The digest or "", and what the command said."""
    words = [*way, f"docker://{reference}" if way[0] == "skopeo" else reference]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return "", f"{way[0]} did not answer within {_TIMEOUT_S:g} s"
    except OSError as error:
        return "", f"{way[0]}: {error.strerror}"
    digest = done.stdout.strip()
    if done.returncode == 0 and DIGEST.fullmatch(digest):
        return digest, ""
    said = (done.stderr or done.stdout).strip().splitlines()
    return "", f"{way[0]}: {said[0][:200] if said else f'ended with {done.returncode}'}"

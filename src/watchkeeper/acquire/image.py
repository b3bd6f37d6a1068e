"""Container images: pulled where the engine does not have them, and our own built from the packages that run here."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import json
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from watchkeeper.acquire.cache import key_of
from watchkeeper.acquire.command import Finished, run
from watchkeeper.acquire.model import SourceFailed
from watchkeeper.acquire.runtime import code_files, copy_code, copy_libraries, own_packages, required_distributions
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event, Reporter

SOURCE_LABEL = "watchkeeper.source"
"""On our own image: what it was built from, so that it is built again when that has changed."""

_LOOK_TIMEOUT_S = 30.0
_PULL_TIMEOUT_S = 1800.0
_BUILD_TIMEOUT_S = 900.0
_DISTRIBUTION = "watchkeeper"


async def obtain_images(
    references: Iterable[str], *, own: str, environment: Mapping[str, str], report: Reporter, offline: bool = False
) -> None:
    """Make the engine have every image; ``own`` is the reference that is built and not pulled.

    Raises one WorldFailed for all that could not be had.
    """
    wanted = sorted(set(references))
    refused: dict[str, tuple[str, ...]] = {}
    looks = {reference: asyncio.create_task(_facts(reference, environment)) for reference in wanted}
    for reference, look in looks.items():
        try:
            facts = await look
            if reference == own:
                await _ensure_own(own, facts, environment, report)
            elif facts is None:
                await _pull(reference, environment, report, offline=offline)
        except SourceFailed as failure:
            refused[reference] = tuple(str(failure).splitlines())
    if refused:
        raise WorldFailed(
            f"cannot get {len(refused)} container images: {', '.join(refused)}",
            hint="check the network and the registry, or load the images by hand: docker load",
            evidence=[f"{reference}: {line}" for reference, lines in refused.items() for line in lines],
        )


async def _facts(reference: str, environment: Mapping[str, str]) -> Mapping[str, str] | None:
    """The labels of an image that the engine has; None where it has none of that name."""
    words = ["docker", "image", "inspect", "--format", "{{json .Config.Labels}}", reference]
    finished = await run(words, timeout_s=_LOOK_TIMEOUT_S, environment=environment)
    if finished.code == 0:
        return dict(json.loads(finished.text) or {})
    if "No such image" in finished.text:
        return None
    raise SourceFailed(_last(finished))


async def _pull(reference: str, environment: Mapping[str, str], report: Reporter, *, offline: bool) -> None:
    if offline:
        tag, _, digest = reference.partition("@")
        if digest and await _facts(tag, environment) is not None:
            raise SourceFailed(
                f"an image of that name is here without its digest, as docker load brings it; to take it: echo '{tag}: none' "
                ">> watchkeeper.images.yaml"
            )
        raise SourceFailed("it is not on this machine, and --offline allows no download")
    report(Event(subject=reference, state="downloading"))
    finished = await run(["docker", "pull", "--quiet", reference], timeout_s=_PULL_TIMEOUT_S, environment=environment)
    if finished.code:
        report(Event(subject=reference, state="failed"))
        raise SourceFailed(_last(finished))
    report(Event(subject=reference, state="ready"))


async def _ensure_own(
    reference: str, facts: Mapping[str, str] | None, environment: Mapping[str, str], report: Reporter
) -> None:
    source = await asyncio.to_thread(own_source)
    if facts is not None and facts.get(SOURCE_LABEL) == source:
        return
    report(Event(subject=reference, state="unpacking", detail="building it from the packages that run here"))
    with TemporaryDirectory(prefix="watchkeeper-image-") as folder:
        await asyncio.to_thread(write_context, Path(folder))
        arguments = {
            "PYTHON_VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
            "WATCHKEEPER_VERSION": importlib.metadata.version(_DISTRIBUTION),
            "WATCHKEEPER_SOURCE": source,
        }
        words = ["docker", "build", "--tag", reference]
        words += [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        finished = await run([*words, folder], timeout_s=_BUILD_TIMEOUT_S, environment=environment)
    if finished.code:
        report(Event(subject=reference, state="failed"))
        raise SourceFailed("\n".join(["it cannot be built:", *finished.lines[-8:]]))
    report(Event(subject=reference, state="ready"))


def own_source() -> str:
    """A digest of everything that our own image is made of but its base; its recipe is part of our code."""
    code = [
        (str(file.relative_to(package.parent)), hashlib.sha256(file.read_bytes()).hexdigest())
        for package in own_packages(_DISTRIBUTION)
        for file in code_files(package)
    ]
    libraries = [(found.metadata["Name"], found.version) for found in required_distributions(_DISTRIBUTION)]
    return key_of([sysconfig.get_config_var("SOABI"), code, libraries])


def write_context(folder: Path) -> None:
    """Everything that the image is built from."""
    copy_libraries(required_distributions(_DISTRIBUTION), folder / "libraries")
    copy_code(own_packages(_DISTRIBUTION), folder / "code")
    with as_file(files("watchkeeper.acquire.own_image")) as recipe:
        shutil.copyfile(recipe / "Dockerfile", folder / "Dockerfile")
        shutil.copyfile(recipe / "probe.py", folder / "probe.py")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.name == "probe.py" else 0o644)


def _last(finished: Finished) -> str:
    return finished.lines[-1] if finished.lines else f"docker ended with {finished.code}"

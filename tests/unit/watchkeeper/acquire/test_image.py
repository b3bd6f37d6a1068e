"""Images: looked up, pulled, built; with a client that is a shell script and writes down what it was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.acquire.image import SOURCE_LABEL, obtain_images, own_source, write_context
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event

OWN = "watchkeeper:9.9.9"


class Docker:
    """A client that has the images in ``present`` and can pull or build the rest unless told otherwise."""

    def __init__(self, folder: Path, *, present: dict[str, str] | None = None, refuses: str = "") -> None:
        self.log = folder / "asked"
        cases = "".join(f"'{name}') echo '{labels}'; exit 0;; " for name, labels in (present or {}).items())
        script = f"""#!/bin/sh
echo "$*" >> {self.log}
case "$1" in
image) for last; do :; done; case "$last" in {cases}esac; echo "Error: No such image: $last" >&2; exit 1;;
*) [ -z "{refuses}" ] || {{ echo "{refuses}" >&2; exit 1; }};;
esac
"""
        (folder / "docker").write_text(script, encoding="utf-8")
        (folder / "docker").chmod(0o755)
        self.environment = {"PATH": f"{folder}:/usr/bin:/bin"}

    def asked(self, verb: str) -> list[str]:
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith(verb)]


@pytest.fixture(autouse=True)
def found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


async def obtain(docker: Docker, *references: str, offline: bool = False) -> list[Event]:
    events: list[Event] = []
    await obtain_images(references, own=OWN, environment=docker.environment, report=events.append, offline=offline)
    return events


async def test_an_image_that_is_there_is_left_alone(tmp_path: Path) -> None:
    docker = Docker(tmp_path, present={"example:1": "null"})
    assert await obtain(docker, "example:1") == []
    assert docker.asked("pull") == []


async def test_a_missing_one_is_pulled_and_reported(tmp_path: Path) -> None:
    docker = Docker(tmp_path)
    events = await obtain(docker, "example:1", "example:1")
    assert docker.asked("pull") == ["pull --quiet example:1"]
    assert [(event.subject, event.state) for event in events] == [("example:1", "downloading"), ("example:1", "ready")]


async def test_offline_pulls_nothing_and_names_every_missing_image(tmp_path: Path) -> None:
    docker = Docker(tmp_path)
    with pytest.raises(WorldFailed, match="cannot get 2 container images: a:1, b:1") as failure:
        await obtain(docker, "a:1", "b:1", offline=True)
    assert docker.asked("pull") == []
    assert len(failure.value.evidence) == 2


async def test_a_registry_that_refuses_is_quoted(tmp_path: Path) -> None:
    docker = Docker(tmp_path, refuses="toomanyrequests: rate limit")
    with pytest.raises(WorldFailed) as failure:
        await obtain(docker, "a:1")
    assert failure.value.evidence == ("a:1: toomanyrequests: rate limit",)


async def test_our_own_is_built_once_for_the_code_it_is_made_of(tmp_path: Path) -> None:
    labels = f'{{"{SOURCE_LABEL}": "{own_source()}"}}'
    assert await obtain(Docker(tmp_path, present={OWN: labels}), OWN) == []
    stale = Docker(tmp_path, present={OWN: f'{{"{SOURCE_LABEL}": "another"}}'})
    await obtain(stale, OWN)
    (build,) = stale.asked("build")
    assert f"--tag {OWN}" in build
    assert f"WATCHKEEPER_SOURCE={own_source()}" in build


def test_the_context_holds_what_the_recipe_copies(tmp_path: Path) -> None:
    write_context(tmp_path)
    recipe = (tmp_path / "Dockerfile").read_text(encoding="utf-8")
    copied = [line.split()[1] for line in recipe.splitlines() if line.startswith("COPY ") and "--from" not in line]
    assert set(copied) == {"libraries", "code", "probe.py"}
    assert all((tmp_path / name).exists() for name in copied)
    assert (tmp_path / "code" / "watchkeeper_store" / "__init__.py").is_file()
    assert (tmp_path / "probe.py").stat().st_mode & 0o111
    assert "USER 10001:10001" in recipe

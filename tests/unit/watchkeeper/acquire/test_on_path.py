"""Installed programs: asked for their version, taken within the bounds, the reasons kept."""

from pathlib import Path

import pytest
from tests.unit.watchkeeper.acquire.release_server import a_software, runs, write_program

from watchkeeper.acquire.cache import Cache
from watchkeeper.acquire.model import Acquired, Machine, ServiceUser, SourceFailed
from watchkeeper.acquire.on_path import KnownVersions, look
from watchkeeper.workload.software import DistributionPackage, OnPath

THING = OnPath(names=("thing", "distro-thing"), at_least="1.2.0", below="2.0.0")


@pytest.fixture
def cache(folder: Path) -> Cache:
    made = Cache(folder / "cache")
    made.prepare()
    return made


async def found(machine: Machine, cache: Cache, source: OnPath = THING, user: ServiceUser | None = None) -> Acquired:
    tools = DistributionPackage(packages=("thing",), binaries={"thing": "usr/bin/thing", "thingtool": "usr/bin/thingtool"})
    known = KnownVersions(cache)
    acquired = await look(a_software(source, tools), source, machine=machine, user=user, known=known)
    known.save()
    return acquired


async def refused(machine: Machine, cache: Cache, source: OnPath = THING, user: ServiceUser | None = None) -> str:
    with pytest.raises(SourceFailed) as caught:
        await found(machine, cache, source, user)
    return str(caught.value)


async def test_a_fitting_program_is_taken_with_the_tools_beside_it(folder: Path, machine: Machine, cache: Cache) -> None:
    program = write_program(folder / "bin/thing", says="thing, version 1.2.3 (branch: HEAD)")
    tool = write_program(folder / "bin/thingtool", says="")
    acquired = await found(machine, cache)
    assert acquired.version == "1.2.3"
    assert acquired.command == (str(program),)
    assert acquired.binaries == {"thing": program, "thingtool": tool}
    assert acquired.origin == f"{program} on PATH, version 1.2.3"


async def test_the_distributions_name_counts_too(folder: Path, machine: Machine, cache: Cache) -> None:
    program = write_program(folder / "bin/distro-thing", says="thing, version 1.9.9+ds")
    assert (await found(machine, cache)).binaries == {"thing": program}


async def test_a_program_of_the_wrong_version_is_passed_over_for_a_later_one(
    folder: Path, machine: Machine, cache: Cache
) -> None:
    write_program(folder / "bin/thing", says="thing, version 1.1.9")
    program = write_program(folder / "bin/distro-thing", says="thing, version 1.2.0")
    assert (await found(machine, cache)).command == (str(program),)


async def test_every_candidates_reason_is_told(folder: Path, machine: Machine, cache: Cache) -> None:
    write_program(folder / "bin/thing", says="thing, version 1.1.9")
    write_program(folder / "bin/distro-thing", says="thing, version 2.0.0")
    reason = await refused(machine, cache)
    assert f"{folder}/bin/thing: version 1.1.9 is older than 1.2.0" in reason
    assert f"{folder}/bin/distro-thing: version 2.0.0 is not below 2.0.0" in reason


async def test_a_program_that_does_not_tell_its_version_is_refused_with_its_words(
    folder: Path, machine: Machine, cache: Cache
) -> None:
    write_program(folder / "bin/thing", says="unknown flag --version", code=2)
    assert "does not tell its version (it answers: unknown flag --version)" in await refused(machine, cache)


async def test_a_program_that_never_answers_is_killed(
    folder: Path, machine: Machine, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchkeeper.acquire.on_path.VERSION_TIMEOUT_S", 0.2)
    program = folder / "bin/thing"
    program.write_text(f"#!/bin/sh\necho $$ > {folder}/pid\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    assert "did not end within 0.2 s" in await refused(machine, cache)
    assert not Path("/proc", (folder / "pid").read_text(encoding="utf-8").strip()).exists()


async def test_nothing_on_path_names_what_was_looked_for(machine: Machine, cache: Cache) -> None:
    assert await refused(machine, cache) == "there is no thing or distro-thing"


async def test_a_missing_asset_refuses_the_program(folder: Path, machine: Machine, cache: Cache) -> None:
    write_program(folder / "bin/thing", says="version 1.2.3")
    source = OnPath(names=("thing",), assets={"page": str(folder / "page.html")})
    assert f"cannot read {folder}/page.html" in await refused(machine, cache, source)
    (folder / "page.html").touch()
    assert (await found(machine, cache, source)).assets == {"page": folder / "page.html"}


async def test_a_program_that_the_service_user_cannot_run_is_refused(folder: Path, machine: Machine, cache: Cache) -> None:
    program = write_program(folder / "bin/thing", says="version 1.2.3")
    program.chmod(0o744)
    reason = await refused(machine, cache, user=ServiceUser(uid=54321, gid=54321))
    assert f"user 54321 cannot execute {program}" in reason


async def test_an_unchanged_program_is_asked_once_and_a_changed_one_again(folder: Path, machine: Machine, cache: Cache) -> None:
    program = write_program(folder / "bin/thing", says="version 1.2.3")
    assert (await found(machine, cache)).version == (await found(machine, cache)).version == "1.2.3"
    assert runs(program) == 1
    write_program(program, says="version 1.3.0 longer")
    assert (await found(machine, cache)).version == "1.3.0"
    assert runs(program) == 2


async def test_a_torn_memory_of_versions_is_forgotten(folder: Path, machine: Machine, cache: Cache) -> None:
    write_program(folder / "bin/thing", says="version 1.2.3")
    (cache.root / "versions.json").write_text("{", encoding="utf-8")
    assert (await found(machine, cache)).version == "1.2.3"

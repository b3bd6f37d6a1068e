"""Our engines for a service user who cannot read the place that we run from."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.watchkeeper.acquire.release_server import a_software

from watchkeeper.acquire import Acquired, Machine, ServiceUser, acquire
from watchkeeper.acquire.model import SourceFailed
from watchkeeper.acquire.own_package import installed
from watchkeeper.acquire.reach import obstacle
from watchkeeper.acquire.runtime import CONTROL_PLANE_ONLY, imported_files, missing_for, own_packages, required_distributions
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.software import OwnPackage

STRANGER = ServiceUser(uid=54321, gid=54321)
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs services as another user")

ENGINE = OwnPackage(module="wkfake_engine", distribution="wkfake")


def write_distribution(site: Path, name: str, files: dict[str, str], requires: tuple[str, ...] = ()) -> None:
    """An installed distribution with its RECORD."""
    for place, content in files.items():
        (site / place).parent.mkdir(parents=True, exist_ok=True)
        (site / place).write_text(content, encoding="utf-8")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}", encoding="utf-8")
    record = "".join(f"{place},sha256={hashlib.sha256(content.encode()).hexdigest()},\n" for place, content in files.items())
    (info / "RECORD").write_text(record, encoding="utf-8")


def write_engine(site: Path, name: str) -> None:
    """A package that takes ``--help`` and imports a library."""
    (site / name).mkdir()
    (site / name / "__init__.py").touch()
    main = "import argparse, wklib\nargparse.ArgumentParser().parse_args()\nprint(wklib.__file__)\n"
    (site / name / "__main__.py").write_text(main, encoding="utf-8")


@pytest.fixture
def site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that only its owner can enter, like a virtual environment in root's home."""
    made = folder / "closed" / "site-packages"
    write_distribution(
        made,
        "wkfake",
        {"wkfake/__init__.py": ""},
        ("wklib>=1", 'wkabsent; sys_platform == "win32"', 'wkextra; extra == "dev"', "rich"),
    )
    write_distribution(
        made,
        "wklib",
        {"wklib/__init__.py": "", "wklib/tests/test_wklib.py": "", "../bin/wktool": ""},
        ("wkdeep",),
    )
    write_distribution(made, "wkdeep", {"wkdeep.py": ""})
    write_engine(made, "wkfake_engine")
    (folder / "closed").chmod(0o700)
    monkeypatch.syspath_prepend(str(made))
    importlib.invalidate_caches()
    return made


def a_machine(folder: Path, *, python: Path = Path(sys.executable), others: tuple[Path, ...] = ()) -> Machine:
    return Machine(search_path=str(folder), platform="linux-amd64", python=python, other_pythons=others)


async def the_engine(folder: Path, machine: Machine | None = None, user: ServiceUser | None = STRANGER) -> Acquired:
    found = await acquire([a_software(ENGINE)], cache=folder / "cache", machine=machine or a_machine(folder), service_user=user)
    return found["thing"]


def output(acquired: Acquired, user: ServiceUser = STRANGER) -> str:
    """What the engine prints when that user starts it."""
    return subprocess.run(
        acquired.command,
        env={**os.environ, **acquired.environment},
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout.strip()


def test_what_an_engine_needs_is_followed_to_the_end(site: Path) -> None:
    assert [found.metadata["Name"] for found in required_distributions("wkfake")] == ["wkdeep", "wklib"]
    assert own_packages("wkfake") == (site / "wkfake", site / "wkfake_engine")
    assert imported_files(distribution("wklib")) == ["wklib/__init__.py", "wklib/tests/test_wklib.py"]


def test_what_the_engines_share_is_copied_with_them() -> None:
    assert {"watchkeeper_process", "watchkeeper_wire"} <= {package.name for package in own_packages("watchkeeper")}


def test_the_example_is_copied_with_what_its_extra_asks_for() -> None:
    assert "network_monitor" in {package.name for package in own_packages("watchkeeper")}
    copied = {found.metadata["Name"].lower().replace("_", "-") for found in required_distributions("watchkeeper")}
    # named by the extra, by an extra of what it names, and by another extra of our own
    assert {"aiokafka", "aio-pika", "redis", "psycopg", "psycopg-binary", "psycopg-pool", "structlog"} <= copied
    assert not {"pytest", "ruff", "hypothesis"} & copied


def test_what_an_extra_lacks_is_named(site: Path) -> None:
    write_distribution(site, "wkmore", {"wkmore.py": ""}, ("wklib", "Wk_Absent>=2; extra == 'more'", 'wkdeep; extra == "more"'))
    importlib.invalidate_caches()
    assert missing_for("wkmore", "more") == ("wk-absent",)
    assert missing_for("wkmore", "other") == ()
    with pytest.raises(SourceFailed, match=r"has no wk-absent; install wkmore\[more\] instead"):
        installed(OwnPackage(module="wkmore", distribution="wkmore", extra="more"))


async def test_without_another_user_nothing_is_copied(site: Path, folder: Path) -> None:
    acquired = await the_engine(folder, user=None)
    assert acquired.command == (sys.executable, "-m", "wkfake_engine")
    assert not list((folder / "cache/programs").iterdir())


@only_root
async def test_a_place_that_the_service_user_can_read_is_used_directly(site: Path, folder: Path) -> None:
    (folder / "closed").chmod(0o755)
    acquired = await the_engine(folder)
    # where this checkout itself lies in a folder that only root can enter, our Python is out of reach, and a copy is right
    reachable = not obstacle(Path(sys.executable), STRANGER, execute=True)
    assert ("PYTHONPATH" not in acquired.environment) == reachable
    assert (acquired.command == (sys.executable, "-m", "wkfake_engine")) == reachable


@only_root
@pytest.mark.parametrize("closed", ["wkfake_engine/__main__.py", "wklib/__init__.py", "wkdeep.py"])
async def test_one_file_that_the_service_user_cannot_read_is_enough_for_a_copy(site: Path, folder: Path, closed: str) -> None:
    (folder / "closed").chmod(0o755)
    (site / closed).chmod(0o600)
    assert str(folder / "cache") in (await the_engine(folder)).environment["PYTHONPATH"]


@only_root
async def test_the_service_user_runs_a_copy_of_the_engine_and_its_libraries(site: Path, folder: Path) -> None:
    acquired = await the_engine(folder)
    assert output(acquired).startswith(str(folder / "cache/programs/engine-libraries"))
    copied = {str(path.relative_to(tree)) for tree in trees(acquired) for path in tree.rglob("*.py")}
    engine = {"wkfake/__init__.py", "wkfake_engine/__init__.py", "wkfake_engine/__main__.py"}
    assert copied == engine | {"wklib/__init__.py", "wkdeep.py"}
    bytecode = {path.name.partition(".")[0] for tree in trees(acquired) for path in tree.rglob("*.pyc")}
    assert bytecode == {"__init__", "__main__", "wkdeep"}


def trees(acquired: Acquired) -> list[Path]:
    return [Path(place) for place in acquired.environment["PYTHONPATH"].split(":")]


@only_root
async def test_the_copy_is_used_again_until_the_code_changes(site: Path, folder: Path) -> None:
    first = await the_engine(folder)
    assert trees(await the_engine(folder)) == trees(first)
    (site / "wkfake_engine/new.py").write_text("", encoding="utf-8")
    code, libraries = trees(await the_engine(folder))
    assert code != trees(first)[0]
    assert libraries == trees(first)[1]


@only_root
async def test_a_damaged_copy_is_made_again(site: Path, folder: Path) -> None:
    _, libraries = trees(await the_engine(folder))
    (libraries / "wkdeep.py").unlink()
    acquired = await the_engine(folder)
    assert (trees(acquired)[1] / "wkdeep.py").exists()
    assert output(acquired)


@only_root
async def test_a_copy_that_does_not_start_is_told_each_time_and_does_not_harm_others(site: Path, folder: Path) -> None:
    (site / "wkfake_engine/__main__.py").write_text("import wkabsent\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(WorldFailed) as caught:
            await the_engine(folder)
        assert "No module named 'wkabsent'" in caught.value.evidence[0]
    write_engine(site, "wkfake_sound")
    software = [a_software(ENGINE), a_software(OwnPackage(module="wkfake_sound", distribution="wkfake"), name="sound")]
    with pytest.raises(WorldFailed, match="cannot get thing: no"):
        await acquire(software, cache=folder / "cache", machine=a_machine(folder), service_user=STRANGER)


@only_root
async def test_a_python_that_only_root_can_run_gives_way_to_one_that_everybody_can(site: Path, folder: Path) -> None:
    closed = folder / "closed" / "python"
    closed.touch()
    machine = a_machine(folder, python=closed, others=(folder / "absent", Path(sys.executable).resolve()))
    assert (await the_engine(folder, machine)).command[0] == str(Path(sys.executable).resolve())


@only_root
async def test_a_copy_whose_python_is_gone_is_made_for_another_one(site: Path, folder: Path) -> None:
    unusable = folder / "closed" / "python"
    unusable.touch()
    first, second = (folder / name for name in ("python-a", "python-b"))
    for link in (first, second):
        link.symlink_to(Path(sys.executable).resolve())
    machine = a_machine(folder, python=unusable, others=(first, second))
    assert (await the_engine(folder, machine)).command[0] == str(first)
    first.unlink()
    acquired = await the_engine(folder, machine)
    assert acquired.command[0] == str(second)
    assert output(acquired)
    assert (await the_engine(folder, machine)).command[0] == str(second)


@only_root
async def test_without_any_python_for_the_service_user_the_ways_out_are_told(site: Path, folder: Path) -> None:
    closed = folder / "closed" / "python"
    closed.write_text("#!/bin/sh\necho no\n", encoding="utf-8")
    other = folder / "other-python"
    other.write_text("#!/bin/sh\necho cpython-20-x86\n", encoding="utf-8")
    other.chmod(0o755)
    with pytest.raises(WorldFailed) as caught:
        await the_engine(folder, a_machine(folder, python=closed, others=(other,)))
    (evidence,) = caught.value.evidence
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"no Python {version} can be run by user 54321" in evidence
    assert f"user 54321 cannot enter {folder}/closed" in evidence
    assert f"{other} is not a Python like ours" in evidence
    assert f"install python{version} from the distribution" in evidence


def test_no_service_of_ours_imports_what_is_not_copied_for_it() -> None:
    """The list of libraries for the control plane only must stay true; a service that breaks it would not start as root."""
    # watchkeeper_instrument runs in applications, with the libraries that they install for it
    packages = {path.name for path in own_packages("watchkeeper")} - {
        "watchkeeper",
        "watchkeeper_instrument",
        "network_monitor",
    }
    program = (
        "import sys, pkgutil, importlib; package = importlib.import_module(sys.argv[1])\n"
        "for found in pkgutil.walk_packages(package.__path__, sys.argv[1] + '.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
        "print(*sys.modules)"
    )
    for package in (*sorted(packages), "watchkeeper.targets.native.warden"):
        command = [sys.executable, "-c", program, package]
        imported = subprocess.run(command, capture_output=True, text=True)
        assert imported.returncode == 0, imported.stderr
        loaded = imported.stdout.split()
        assert package in loaded
        assert not CONTROL_PLANE_ONLY & set(loaded), package
    # structlog would use rich where it is there, so of the example only this can be asked: whether it can do without
    blocked = f"import sys; sys.modules.update(dict.fromkeys({sorted(CONTROL_PLANE_ONLY)!r}))\n{program}"
    example = subprocess.run([sys.executable, "-c", blocked, "network_monitor"], capture_output=True, text=True)
    assert example.returncode == 0, example.stderr
    assert "network_monitor.worker" in example.stdout.split()
    assert not CONTROL_PLANE_ONLY & {found.metadata["Name"].lower() for found in required_distributions("watchkeeper")}


def test_the_files_of_our_own_libraries_are_named_relative_to_their_folder() -> None:
    for found in required_distributions("watchkeeper"):
        for name in imported_files(found)[:20]:
            assert not PurePosixPath(name).is_absolute()
            assert Path(str(found.locate_file(name))).is_file()

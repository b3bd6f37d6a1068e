"""The four upstream programs from this machine's own package sources, as `watchkeeper up` gets them on a fresh machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from watchkeeper.acquire import Acquired, Machine, ServiceUser, acquire, diagnose
from watchkeeper.acquire.model import this_machine
from watchkeeper.catalogue.releases import software
from watchkeeper.workload.software import DistributionPackage, Software

pytestmark = [pytest.mark.live, pytest.mark.slow]

NAMES = ("alertmanager", "blackbox_exporter", "node_exporter", "prometheus")
SERVICE_USER = ServiceUser(uid=65534, gid=65534) if os.geteuid() == 0 else None
UID, GID = (SERVICE_USER.uid, SERVICE_USER.gid) if SERVICE_USER else (None, None)


def programs() -> list[Software]:
    """The four with their packages only, so that a program on this machine's PATH does not answer for them."""
    found = software("seed")
    return [
        Software(
            name=name,
            main=found[name].main,
            licence=found[name].licence,
            homepage=found[name].homepage,
            sources=tuple(source for source in found[name].sources if isinstance(source, DistributionPackage)),
        )
        for name in NAMES
    ]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="watchkeeper-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def acquired(folder: Path) -> Mapping[str, Acquired]:
    findings = asyncio.run(diagnose(programs(), cache=folder / "cache", service_user=SERVICE_USER))
    packages = next(finding for finding in findings if finding.subject == "packages")
    if packages.level != "ok":
        pytest.fail(f"the package sources of this machine do not answer: {packages.message}")
    return asyncio.run(acquire(programs(), cache=folder / "cache", service_user=SERVICE_USER))


def run(*arguments: str | Path) -> str:
    """Run as a service would, and give what it printed."""
    command = [str(argument) for argument in arguments]
    ran = subprocess.run(command, capture_output=True, text=True, cwd="/", user=UID, group=GID, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_program_is_the_version_it_is_taken_for(acquired: Mapping[str, Acquired], name: str) -> None:
    program = acquired[name]
    assert f"{name}, version {program.version}" in run(*program.command, "--version")
    assert program.origin.startswith("distribution package prometheus")


def test_the_tools_check_configurations(acquired: Mapping[str, Acquired], folder: Path) -> None:
    rules = folder / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{record: a:b, expr: up}]}]\n", encoding="utf-8")
    rules.chmod(0o644)
    assert "1 rules found" in run(acquired["prometheus"].binaries["promtool"], "check", "rules", rules)
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: x}\nreceivers: [{name: x}]\n", encoding="utf-8")
    config.chmod(0o644)
    assert "SUCCESS" in run(acquired["alertmanager"].binaries["amtool"], "check-config", config)


def test_alertmanager_starts_from_its_tree_and_finds_its_templates(acquired: Mapping[str, Acquired], folder: Path) -> None:
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: x}\nreceivers: [{name: x}]\n", encoding="utf-8")
    config.chmod(0o644)
    data = folder / "data"
    data.mkdir()
    if SERVICE_USER:
        os.chown(data, SERVICE_USER.uid, SERVICE_USER.gid)
    log = folder / "alertmanager.log"
    arguments = [f"--config.file={config}", f"--storage.path={data}", "--cluster.listen-address="]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*acquired["alertmanager"].command, *arguments, "--web.listen-address=127.0.0.1:0"],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=UID,
            group=GID,
        )
    try:
        assert wait_until_ready(process, log), log.read_text(encoding="utf-8")
    finally:
        process.terminate()
        process.wait(timeout=10)
    assert "failed to parse templates" not in log.read_text(encoding="utf-8")


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    """Whether it answers on the port that it says it chose, within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        addresses = [line.partition("address=")[2].split()[0] for line in log.read_text().splitlines() if "address=" in line]
        for address in addresses:
            try:
                with urllib.request.urlopen(f"http://{address}/-/ready", timeout=1) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                pass
        time.sleep(0.05)
    return False


def test_the_second_time_takes_less_than_150_ms_and_no_source(acquired: Mapping[str, Acquired], folder: Path) -> None:
    nowhere = folder / "etc/apt"
    nowhere.mkdir(parents=True)
    (nowhere / "sources.list").write_text("deb http://127.0.0.1:9 ./\n", encoding="utf-8")
    machine = Machine(search_path=this_machine().search_path, platform=this_machine().platform, apt_folder=nowhere)
    took_s = []
    for _ in range(3):
        began = time.perf_counter()
        again = asyncio.run(acquire(programs(), cache=folder / "cache", service_user=SERVICE_USER, machine=machine))
        took_s.append(time.perf_counter() - began)
        assert again == acquired
    assert min(took_s) < 0.15

"""The real apt against a repository that we serve: what a machine's package sources can do to us, and what we must not do."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchkeeper.acquire import Acquired, Finding, Machine, acquire, diagnose
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event
from watchkeeper.workload.software import DistributionPackage, Software

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not shutil.which("apt-get") or not shutil.which("dpkg-deb"), reason="needs apt and dpkg"),
]

THING = DistributionPackage(
    packages=("wk-thing", "wk-thing-tools"),
    binaries={"thing": "usr/bin/thing", "thingtool": "usr/bin/thingtool"},
    assets={"page": "usr/share/thing/page.html"},
    at_least="1.0",
    below="3.0",
    relocate=("/usr/share/thing",),
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; notes what was asked for."""

    asked: list[str]

    def __init__(self, *arguments: object, asked: list[str], **options: object) -> None:
        self.asked = asked
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # handed through

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of the overridden one
        self.asked.append(self.path)


class Repository:
    """A flat package repository on loopback and a machine that has it as its only source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        self.folder.mkdir()
        self.cache = folder / "cache"
        self.apt = folder / "etc/apt"
        (self.apt / "apt.conf.d").mkdir(parents=True)
        self._offers = 0
        self.asked: list[str] = []
        self.events: list[Event] = []
        handler = functools.partial(Quiet, directory=str(self.folder), asked=self.asked)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]
        self.write_source("[trusted=yes]")

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def write_source(self, options: str, *, port: int = 0) -> None:
        """Make this repository, or a port where nobody listens, the machine's only source."""
        line = f"deb {options} http://127.0.0.1:{port or self.port} ./\n"
        (self.apt / "sources.list").write_text(line, encoding="utf-8")

    def offer(self, *packages: tuple[str, str, dict[str, str]]) -> None:
        """Serve exactly these packages: name, version, files."""
        for old in self.folder.iterdir():
            old.unlink()
        index = ""
        for name, version, files in packages:
            root = Path(tempfile.mkdtemp())
            root.chmod(0o755)
            (root / "DEBIAN").mkdir()
            about = (
                f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: test\n"
            )
            (root / "DEBIAN/control").write_text(about, encoding="utf-8")
            for place, content in files.items():
                (root / place).parent.mkdir(parents=True, exist_ok=True)
                (root / place).write_text(content, encoding="utf-8")
                (root / place).chmod(0o755)
            package = self.folder / f"{name}_{version.replace(':', '%3a')}_all.deb"
            subprocess.run(["dpkg-deb", "--build", "--root-owner-group", root, package], check=True, capture_output=True)
            shutil.rmtree(root)
            digest = hashlib.sha256(package.read_bytes()).hexdigest()
            index += f"{about}Filename: ./{package.name}\nSize: {package.stat().st_size}\nSHA256: {digest}\n\n"
        (self.folder / "Packages.gz").write_bytes(gzip.compress(index.encode()))
        (self.folder / "Packages").write_text(index, encoding="utf-8")
        listed = "".join(
            f" {hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.name}\n"
            for path in (self.folder / "Packages", self.folder / "Packages.gz")
        )
        # apt asks for what is newer by the second; offers of the same second would look like one.
        self._offers += 1
        dated = f"Date: Sat, 21 Nov 2020 00:00:{self._offers:02} UTC\nSHA256:\n{listed}"
        (self.folder / "Release").write_text(dated, encoding="utf-8")
        for path in self.folder.iterdir():
            os.utime(path, (1_600_000_000 + self._offers, 1_600_000_000 + self._offers))

    async def acquire(self, *, offline: bool = False, source: DistributionPackage = THING) -> Acquired:
        """One run that wants the thing."""
        software = Software(name="thing", main="thing", licence="", homepage="", sources=(source,))
        machine = Machine(search_path=os.environ["PATH"], platform="linux-amd64", apt_folder=self.apt)
        found = await acquire([software], cache=self.cache, machine=machine, report=self.events.append, offline=offline)
        return found["thing"]

    async def refused(self, source: DistributionPackage = THING) -> str:
        """Why the thing could not be had."""
        with pytest.raises(WorldFailed) as caught:
            await self.acquire(source=source)
        (evidence,) = caught.value.evidence
        return evidence.removeprefix("thing: distribution package wk-thing: ")

    async def diagnose(self) -> dict[str, Finding]:
        """What the doctor finds, by subject."""
        software = Software(name="thing", main="thing", licence="", homepage="", sources=(THING,))
        machine = Machine(search_path=os.environ["PATH"], platform="linux-amd64", apt_folder=self.apt)
        return {finding.subject: finding for finding in await diagnose([software], cache=self.cache, machine=machine)}


def a_thing(version: str) -> tuple[str, str, dict[str, str]]:
    program = f"#!/bin/sh\necho thing, version {version}\ncat /usr/share/thing/page.html\n"
    return ("wk-thing", version, {"usr/bin/thing": program, "usr/share/thing/page.html": "the page\n"})


def tools(version: str) -> tuple[str, str, dict[str, str]]:
    return ("wk-thing-tools", version, {"usr/bin/thingtool": "#!/bin/sh\n"})


@pytest.fixture
def repository() -> Iterator[Repository]:
    folder = Path(tempfile.mkdtemp(prefix="watchkeeper-test-"))
    folder.chmod(0o755)
    made = Repository(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_package_is_downloaded_unpacked_and_runs_from_its_tree(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3-1"), tools("1.2.3-1"))
    acquired = await repository.acquire()
    assert (acquired.version, acquired.origin) == ("1.2.3", "distribution package wk-thing 1.2.3-1")
    ran = subprocess.run(acquired.command, capture_output=True, text=True, check=True)
    assert ran.stdout == "thing, version 1.2.3-1\nthe page\n"
    assert acquired.assets["page"].read_text(encoding="utf-8") == "the page\n"
    assert set(acquired.binaries) == {"thing", "thingtool"}
    states = [event.state for event in repository.events]
    assert states.index("downloading") < states.index("unpacking") < states.index("ready")


async def test_nothing_is_installed(repository: Repository) -> None:
    before = Path("/var/lib/dpkg/status").read_bytes()
    repository.offer(a_thing("1.2.3-1"), tools("1.2.3-1"))
    await repository.acquire()
    assert Path("/var/lib/dpkg/status").read_bytes() == before
    assert not Path("/usr/share/thing").exists()


async def test_the_machines_hooks_do_not_run(repository: Repository) -> None:
    touched = repository.cache.parent / "hook-ran"
    hooks = "".join(
        f'APT::Update::{hook} {{ "touch {touched}"; }};\n' for hook in ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success")
    )
    (repository.apt / "apt.conf.d/50hooks").write_text(hooks, encoding="utf-8")
    repository.offer(a_thing("1.2.3-1"), tools("1.2.3-1"))
    await repository.acquire()
    assert not touched.exists()


async def test_the_machines_settings_count(repository: Repository) -> None:
    (repository.apt / "apt.conf.d/50proxy").write_text('Acquire::http::Proxy "http://127.0.0.1:9/";\n', encoding="utf-8")
    repository.offer(a_thing("1.2.3-1"), tools("1.2.3-1"))
    assert "127.0.0.1:9" in await repository.refused()
    assert repository.asked == []


async def test_a_package_that_the_release_does_not_have_is_left_out(repository: Repository) -> None:
    name, version, files = a_thing("1.2.3")
    repository.offer((name, version, {**files, "usr/bin/thingtool": "#!/bin/sh\n"}))
    assert set((await repository.acquire()).binaries) == {"thing", "thingtool"}


async def test_a_missing_binary_is_named(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3"))
    assert await repository.refused() == "wk-thing, wk-thing-tools 1.2.3 has no usr/bin/thingtool"


@pytest.mark.parametrize(
    ("version", "reason"), [("0.9.9", "version 0.9.9 is older than 1.0"), ("1:3.0.1", "version 3.0.1 is not below 3.0")]
)
async def test_a_version_out_of_bounds_is_refused_before_the_download(
    repository: Repository, version: str, reason: str
) -> None:
    repository.offer(a_thing(version), tools(version))
    assert await repository.refused() == reason
    assert not [path for path in repository.asked if path.endswith(".deb")]


async def test_a_source_without_the_package_says_so(repository: Repository) -> None:
    repository.offer(tools("1.2.3"))
    assert await repository.refused() == "the machine's package sources have no wk-thing"


async def test_a_source_that_nobody_answers_is_told_with_apts_words(repository: Repository) -> None:
    repository.write_source("[trusted=yes]", port=9)
    reason = await repository.refused()
    assert reason.startswith("the machine's package sources have no wk-thing; ")
    assert "127.0.0.1:9" in reason


async def test_an_unsigned_source_is_not_trusted(repository: Repository) -> None:
    repository.write_source("")
    repository.offer(a_thing("1.2.3"), tools("1.2.3"))
    assert "is not signed" in await repository.refused()
    assert not [path for path in repository.asked if path.endswith(".deb")]


async def test_a_package_whose_content_is_not_the_announced_one_is_refused(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3"), tools("1.2.3"))
    package = next(repository.folder.glob("wk-thing_*.deb"))
    package.write_bytes(package.read_bytes()[:-1] + b"x")
    assert "Hash Sum mismatch" in await repository.refused()


async def test_with_a_full_cache_no_source_is_asked(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3"), tools("1.2.3"))
    first = await repository.acquire()
    repository.write_source("[trusted=yes]", port=9)
    repository.asked.clear()
    assert (await repository.acquire()).command == first.command
    assert (await repository.acquire(offline=True)).command == first.command
    assert repository.asked == []


async def test_lists_that_name_a_replaced_version_are_read_again(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3"), tools("1.2.3"))
    await repository.acquire()
    shutil.rmtree(repository.cache / "programs/thing")
    repository.offer(a_thing("1.2.4"), tools("1.2.4"))
    assert (await repository.acquire()).version == "1.2.4"


async def test_a_cached_program_out_of_new_bounds_is_replaced(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3"), tools("1.2.3"))
    await repository.acquire()
    repository.offer(a_thing("2.0.0"), tools("2.0.0"))
    newer = DistributionPackage(
        packages=THING.packages, binaries=THING.binaries, assets=THING.assets, relocate=THING.relocate, at_least="1.5"
    )
    assert (await repository.acquire(source=newer)).version == "2.0.0"
    assert (await repository.acquire(source=THING)).version == "2.0.0"


async def test_the_doctor_asks_the_package_sources(repository: Repository) -> None:
    repository.offer(a_thing("1.2.3-1"), tools("1.2.3-1"))
    found = await repository.diagnose()
    assert found["thing"].message == "will be fetched: distribution package wk-thing 1.2.3-1"
    assert found["packages"].level == "ok"
    assert not [path for path in repository.asked if path.endswith(".deb")]
    repository.write_source("[trusted=yes]", port=9)
    found = await repository.diagnose()
    assert (found["packages"].level, found["packages"].hint) == ("warning", "see whether `apt-get update` works")

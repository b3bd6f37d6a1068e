"""No secret stands in a rendered file, a log, a command line or an environment."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.stage import Stage
from watchkeeper.workload.workload import SecretValue

SHORTEST = 8
CHUNK_BYTES = 1 << 20


def needles(secrets: Mapping[str, SecretValue]) -> dict[bytes, str]:
    """What to look for → the secret's name: the value itself, and as base64 would hide it."""
    found: dict[bytes, str] = {}
    for name, secret in secrets.items():
        raw = secret.value.encode()
        if len(raw) >= SHORTEST:
            found[raw] = name
            found[base64.b64encode(raw).rstrip(b"=")] = name
    return found


def sightings(path: Path, wanted: Mapping[bytes, str]) -> Iterator[str]:
    """Names of the secrets that stand in the file. Raises OSError when it cannot be read."""
    longest = max(map(len, wanted))
    rest = b""
    seen: set[str] = set()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            window = rest + chunk
            for needle, name in wanted.items():
                if name not in seen and needle in window:
                    seen.add(name)
                    yield name
            rest = window[-longest:]


def process_files(pids: Sequence[int]) -> list[Path]:
    """Where the kernel shows command lines and environments."""
    return [Path(f"/proc/{pid}/{kind}") for pid in pids for kind in ("cmdline", "environ")]


async def check(stage: Stage) -> Verdict:
    """Every byte of every file is read."""
    wanted = needles(stage.secrets)
    if not wanted:
        return inconclusive("no secret is known here")
    files = [*stage.grounds.rendered_files(), *stage.grounds.log_files()]
    processes = process_files(stage.grounds.processes())
    if not files or not processes:
        return inconclusive(f"only {len(files)} files and {len(processes) // 2} processes can be seen")
    wrong: list[str] = []
    read = 0
    for path in (*files, *processes):
        try:
            wrong += [f"{name} stands in {path}" for name in sightings(path, wanted)]
            read += 1
        except FileNotFoundError:  # rotated or ended meanwhile
            continue
        except PermissionError:
            return inconclusive(f"cannot read {path}")
    if wrong:
        return failed(f"secrets stand in {len(wrong)} places", *wrong)
    return passed(f"{len(stage.secrets)} secrets, {read} files and process entries, none in them")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    """As if a component had logged a password."""
    log = stage.grounds.log_files()[0]
    name = min(stage.secrets)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"level=debug msg=oops password={stage.secrets[name].value}\n")
    yield stage


CLAIM = Claim(
    name="no_secret_is_exposed",
    sentence="No secret stands in a rendered file, a log or a process list",
    requirements=("B4", "X8"),
    bound="every file, every process",
    check=check,
    breakage=breakage,
    broken_by="a log gets a line with a secret",
)

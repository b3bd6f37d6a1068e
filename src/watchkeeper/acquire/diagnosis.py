"""What ``watchkeeper doctor`` asks: is the cache whole, where would each program come from, can packages be reached.

Reads every cached file in full. Fetches package lists at most, never a program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from watchkeeper.acquire.cache import Cache, Entry, damage, size_bytes
from watchkeeper.acquire.distribution import Apt
from watchkeeper.acquire.model import Machine, ServiceUser, SourceFailed, source_name, this_machine
from watchkeeper.acquire.search import Search
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import silent
from watchkeeper.workload.software import DistributionPackage, OwnPackage, ReleaseArchive, Software

Level: TypeAlias = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``hint`` says what to do where it is not ok."""

    level: Level
    subject: str
    message: str
    hint: str = ""


async def diagnose(
    software: Sequence[Software],
    *,
    cache: Path,
    offline: bool = False,
    service_user: ServiceUser | None = None,
    machine: Machine | None = None,
) -> tuple[Finding, ...]:
    """The state of the cache, then of each program in the given order, then of the package sources."""
    machine = machine or this_machine()
    store = Cache(cache)
    try:
        search = Search(store, machine, service_user, silent, None)
    except WorldFailed as failure:
        return (Finding(level="failed", subject="cache", message=failure.message, hint=failure.hint),)
    findings = list(await asyncio.to_thread(_cache, store))
    with store.lock(wait=False) as held:
        apt = Apt(cache=store, machine=machine, report=silent)
        reachable = await _packages(apt, held=held, offline=offline)
        ready = await search.ready(software)
        for program in software:
            if found := ready.get(program.name):
                findings.append(Finding(level="ok", subject=program.name, message=f"ready: {found.origin}"))
            else:
                usable = apt if held and reachable.level != "failed" and not offline else None
                findings.append(await _would_come_from(program, usable, search, offline=offline))
        if held:
            apt.slim()
    return (*findings, reachable)


def _cache(cache: Cache) -> list[Finding]:
    entries = cache.entries()
    size_mb = sum(size_bytes(entry) for entry in entries) / 1e6
    findings = [Finding(level="ok", subject="cache", message=f"{len(entries)} programs, {size_mb:.0f} MB in {cache.root}")]
    findings.extend(_broken(entry, wrong) for entry in entries if (wrong := damage(entry, digests=True)))
    return findings


def _broken(entry: Entry, wrong: Sequence[str]) -> Finding:
    return Finding(
        level="failed",
        subject=entry.manifest.software,
        message=f"cannot use {entry.folder}: {'; '.join(wrong[:3])}",
        hint="the next `watchkeeper up` fetches it again; if it happens twice, check the disk",
    )


async def _packages(apt: Apt, *, held: bool, offline: bool) -> Finding:
    if offline or not held:
        why = "offline" if offline else "another watchkeeper is fetching programs"
        return Finding(level="ok", subject="packages", message=f"not asked ({why})")
    try:
        complaints = await apt.refresh("packages")
    except SourceFailed as failure:
        return Finding(level="failed", subject="packages", message=str(failure), hint="release archives are used instead")
    if complaints:
        message = "; ".join(complaints[:3])
        return Finding(level="warning", subject="packages", message=message, hint="see whether `apt-get update` works")
    return Finding(level="ok", subject="packages", message="the machine's package sources answer")


async def _would_come_from(program: Software, apt: Apt | None, search: Search, *, offline: bool) -> Finding:
    """The first source that looks as if it would give the program; archives are not asked, they are large."""
    reasons = [str(refusal) for refusal in search.why(program.name)]
    for source in program.sources:
        if isinstance(source, DistributionPackage) and apt:
            try:
                versions = await apt.candidates(program, source)
            except SourceFailed as failure:
                reasons.append(f"{source_name(source)}: {failure}")
                continue
            version = versions[source.packages[0]]
            return Finding(level="ok", subject=program.name, message=f"will be fetched: {source_name(source)} {version}")
        if isinstance(source, ReleaseArchive) and source.platform == search.machine.platform and not offline:
            return Finding(
                level="ok", subject=program.name, message=f"will be fetched: {source_name(source)}, if it is reachable"
            )
        if isinstance(source, OwnPackage) and not any(name.startswith(source_name(source)) for name in reasons):
            return Finding(level="ok", subject=program.name, message="will be copied for the service user")
    return Finding(
        level="failed",
        subject=program.name,
        message=f"cannot be had: {'; '.join(reasons) or 'no source fits this machine'}",
        hint="put it on PATH, or make its package or release archive reachable",
    )

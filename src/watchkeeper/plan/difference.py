"""What changes between what runs and what should run, workload by workload, with the reason as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["add", "remove", "restart", "reload", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePrint:
    """``digest`` of a configuration file's bytes, and whether the workload takes a new one on its reload signal."""

    digest: str
    reloadable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A workload as a target runs it, reduced to what must be compared; it holds no secret.

    ``settings`` are the target's own (user, stop signal, limits), by the words a person would use for them.
    ``reload`` is the signal that makes the workload read its reloadable files again; empty if it has none.
    """

    version: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FilePrint] = field(default_factory=dict)
    reload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What must be done to one workload. ``reason`` is a sentence without its full stop."""

    workload: str
    action: Action
    reason: str


def difference(
    before: Mapping[str, Fingerprint],
    after: Mapping[str, Fingerprint],
    running: Collection[str],
    hanging: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Change, ...]:
    """One Change for every workload in ``before`` or ``after``, sorted by name.

    ``running`` are the workloads that have a process now; one that should run and does not is added again even though its
    description is the same. ``hanging``: those of them that do not answer → what their check complains of.
    """
    return tuple(
        _change(name, before.get(name), after.get(name), running=name in running, complaint=hanging.get(name, ""))
        for name in sorted({*before, *after})
    )


def _change(name: str, before: Fingerprint | None, after: Fingerprint | None, *, running: bool, complaint: str) -> Change:
    if after is None:
        return Change(workload=name, action="remove", reason="it is no longer part of the description")
    if before is None:
        return Change(workload=name, action="add", reason="it is new")
    if not running:
        return Change(workload=name, action="add", reason="it was not running")
    reason = _restart_reason(before, after)
    if reason:
        return Change(workload=name, action="restart", reason=reason)
    if complaint:
        return Change(workload=name, action="restart", reason=f"it hangs: {complaint}")
    changed = _changed_files(before, after)
    if changed:
        return Change(workload=name, action="reload", reason=f"{_listed(changed)} changed")
    return Change(workload=name, action="unchanged", reason="nothing changed")


def _restart_reason(before: Fingerprint, after: Fingerprint) -> str:
    """Why a new process is needed; empty if it is not."""
    if before.version != after.version:
        return f"version {before.version or 'unknown'} became {after.version or 'unknown'}"
    if before.arguments != after.arguments:
        return _argument_reason(before.arguments, after.arguments)
    for kind, old, new in (
        ("environment variable", before.environment, after.environment),
        ("setting", before.settings, after.settings),
    ):
        if old != new:
            names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
            return f"{kind} {_listed(names)} changed"
    if before.reload != after.reload:
        return "the reload signal changed"
    fixed = [name for name in _changed_files(before, after) if not _reloadable(name, before, after)]
    return f"{_listed(fixed)} changed, which it reads only at its start" if fixed else ""


def _changed_files(before: Fingerprint, after: Fingerprint) -> list[str]:
    return sorted(name for name in {*before.files, *after.files} if before.files.get(name) != after.files.get(name))


def _reloadable(name: str, before: Fingerprint, after: Fingerprint) -> bool:
    prints = [place.files[name] for place in (before, after) if name in place.files]
    return bool(after.reload) and all(print_.reloadable for print_ in prints)


def _argument_reason(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    gone = [argument for argument in before if argument not in after]
    new = [argument for argument in after if argument not in before]
    if len(gone) == len(new) == 1:
        return f"argument {gone[0]} became {new[0]}"
    if new and not gone:
        return f"argument {_listed(new)} is new"
    if gone and not new:
        return f"argument {_listed(gone)} is gone"
    return "its arguments changed"


def _listed(names: list[str]) -> str:
    """``a``; ``a and b``; ``a, b and 3 more``."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"

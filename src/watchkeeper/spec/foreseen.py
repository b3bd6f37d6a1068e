"""Mistakes in the description that only later stages can find, worded here beside the others.

``plan`` knows components, ports and budgets; the command line knows the machine. Each function takes what they found out
and gives the mistake, placed where the user can do something about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from watchkeeper.spec.document import Document, Path
from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.quantities import format_size
from watchkeeper.workload.failure import Mistake


def unknown_component(document: Document, name: str, known: Iterable[str]) -> Mistake:
    """``components.NAME`` is not in the catalogue."""
    return document.mistake(
        "unknown-component",
        ("components", name),
        f"cannot find a component {name}",
        hint=suggest(name, known, what="components"),
        key=True,
    )


def missing_need(document: Document, component: str, needed: str) -> Mistake:
    """``component`` is on, ``needed`` is off or not part of the preset."""
    switched_off = document.get(("components", needed, "enabled")) is False
    return document.mistake(
        "missing-need",
        ("components", needed, "enabled") if switched_off else ("components", component),
        f"cannot run {component} without {needed}",
        hint=f"switch {needed} on, or {component} off as well",
        key=not switched_off,
    )


def cyclic_need(document: Document, circle: Sequence[str]) -> Mistake:
    """``circle``: names in order of need, each once, starting where the circle was entered."""
    return document.mistake(
        "cyclic-need",
        _first_written(document, [("components", name) for name in circle]),
        f"cannot order: {' → '.join((*circle, circle[0]))}",
        hint="switch one of them off, or remove the option that makes it need the next",
        key=True,
    )


def unknown_port_name(document: Document, name: str, known: Iterable[str]) -> Mistake:
    """``ports.NAME`` is neither a workload nor workload.endpoint of the plan."""
    return document.mistake(
        "unknown-port-name",
        ("ports", name),
        f"cannot set a port for {name}, which is not part of this plan",
        hint=suggest(name, known, what="ports"),
        key=True,
    )


def port_taken_twice(document: Document, port: int, users: Sequence[tuple[str, Path]]) -> Mistake:
    """``users``: at least two of (what listens, path of the key that says so; a path not in the file for a chosen port).

    Placed at the last one that is written.
    """
    written = [path for _, path in users if path in document.values]
    place = max(written, key=document.place) if written else ("ports",)
    others = sorted(document.place(path).line for path in written if path != place)
    hint = (
        f"remove it from line {others[0]}, or let the port be chosen" if others else "remove this line, and the port is chosen"
    )
    names = ", ".join(name for name, _ in users)
    return document.mistake("port-taken-twice", place, f"cannot use port {port} twice ({names})", hint=hint)


def port_in_use(document: Document, port: int, user: str, path: Path, *, holder: str = "") -> Mistake:
    """``holder`` says which program listens, where that is known: ``postgres, process 812``."""
    by = f"{holder} listens there" if holder else "another program listens there"
    return document.mistake(
        "port-in-use",
        path,
        f"cannot use port {port} for {user}, because {by}",
        hint=f"stop that program, or set another port with ports: {{{user}: PORT}} or all of them with ports: {{base: PORT}}",
    )


def budget_exceeded(document: Document, needs: Mapping[str, int], budget: int, *, resource: str = "memory") -> Mistake:
    """``needs``: component → bytes, more than ``budget`` in sum."""
    total = sum(needs.values())
    largest = sorted(needs.items(), key=lambda need: (-need[1], need[0]))[:3]
    shown = ", ".join(f"{name} {rounded_size(size)}" for name, size in largest)
    return document.mistake(
        "budget-exceeded",
        ("budget", resource),
        f"cannot stay within {format_size(budget)} of {resource}: the components need {rounded_size(total)}",
        hint=f"raise the budget, or give the largest less ({shown})",
    )


def unknown_secret(document: Document, name: str, known: Iterable[str]) -> Mistake:
    """``secrets.NAME`` is a secret that nothing in the plan asks for."""
    return document.mistake(
        "unknown-secret",
        ("secrets", name),
        f"cannot use the secret {name}, which nothing asks for",
        hint=suggest(name, known, what="secrets") or "remove it",
        key=True,
    )


def unreadable_secret(document: Document, path: Path, source: str, reason: str) -> Mistake:
    """``source``: the file's path, or the name of the environment variable; ``reason``: ``it is empty``, ``no such file``."""
    return document.mistake(
        "unreadable-secret",
        path,
        f"cannot read a secret from {source}: {reason}",
        hint="it must hold the secret and nothing else, and be readable by you",
    )


def unsupported_by_target(document: Document, path: Path, target: str, what: str, hint: str) -> Mistake:
    """``what``: the thing asked for, as in "collect the systemd journal"."""
    return document.mistake("unsupported-by-target", path, f"cannot {what} on the target {target}", hint=hint)


def unreadable_description(file: str, reason: str) -> Mistake:
    """There is no document to place it in."""
    return Mistake(
        file=file,
        line=0,
        column=0,
        kind="unreadable-description",
        message=f"cannot read the description: {reason}",
        hint="watchkeeper init writes one to start from",
    )


def rounded_size(size_bytes: int) -> str:
    """Whole MiB below 10 GiB, else whole GiB, rounded up: for sums that are estimates anyway."""
    mib = -(-size_bytes // 2**20)
    return f"{mib}MiB" if mib < 10 * 1024 else f"{-(-mib // 1024)}GiB"


def _first_written(document: Document, paths: Sequence[Path]) -> Path:
    return next((path for path in paths if path in document.keys), ("components",))

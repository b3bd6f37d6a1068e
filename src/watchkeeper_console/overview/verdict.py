"""All parts in one word, and in the sentences behind it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper_console.overview.alerts import Alerts
from watchkeeper_console.overview.components import Component, Components
from watchkeeper_console.overview.error_lines import ErrorLines
from watchkeeper_console.overview.part import Part
from watchkeeper_console.overview.proof import Proof
from watchkeeper_console.overview.targets import Targets

Level: TypeAlias = Literal["ok", "warning", "critical"]
_GRAVE = frozenset({"critical", "page"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is not well."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``ok`` only where everything that can be asked was asked and is well; the worst reasons come first."""

    level: Level
    reasons: tuple[Reason, ...]


def judge(
    components: Part[Components],
    targets: Part[Targets],
    alerts: Part[Alerts],
    errors: Part[ErrorLines],
    proof: Part[Proof],
) -> Verdict:
    """What cannot be seen is never well: without targets or alerts the stack is blind, which is critical."""
    reasons = [
        *_of_components(components.data.shown if components.data else ()),
        *_of_alerts(alerts.data),
        *_of_targets(targets.data),
        *_of_proof(proof.data),
        *_unseen({"targets": targets.error, "alerts": alerts.error}, "critical"),
        *_unseen({"components": components.error, "log lines": errors.error, "verification": proof.error}, "warning"),
    ]
    notes = alerts.data.notes if alerts.data else ()
    reasons += [Reason(level="warning", text=note[:1].upper() + note[1:]) for note in notes]
    order: dict[Level, int] = {"critical": 0, "warning": 1, "ok": 2}
    reasons.sort(key=lambda reason: order[reason.level])
    return Verdict(level=reasons[0].level if reasons else "ok", reasons=tuple(reasons))


def _unseen(errors: Mapping[str, str], level: Level) -> list[Reason]:
    """One reason per failure, however many parts it hides."""
    subjects: dict[str, list[str]] = {}
    for subject, error in errors.items():
        if error:
            subjects.setdefault(error, []).append(subject)
    return [Reason(level=level, text=f"No {' and '.join(hidden)} to be seen: {error}") for error, hidden in subjects.items()]


def _of_components(components: Sequence[Component]) -> list[Reason]:
    found: list[Reason] = []
    for component in components:
        if component.health in {"unhealthy", "stopped"}:
            detail = f": {component.detail}" if component.detail else ""
            found.append(Reason(level="critical", text=f"{component.name} is {component.health}{detail}"))
        elif component.health == "starting":
            found.append(Reason(level="warning", text=f"{component.name} is starting"))
        elif component.health == "unknown":
            found.append(Reason(level="warning", text=f"Nobody knows how {component.name} is"))
    return found


def _of_alerts(alerts: Alerts | None) -> list[Reason]:
    heard = [
        alert
        for alert in (alerts.shown if alerts else ())
        if alert.state == "firing" and not alert.is_watchdog and not alert.muted
    ]
    grave = [alert for alert in heard if alert.severity in _GRAVE]
    slight = [alert for alert in heard if alert.severity not in _GRAVE and alert.severity not in {"info", "none"}]
    return [
        *(
            [Reason(level="critical", text=_counted(len(grave), "critical alert", [alert.name for alert in grave]))]
            if grave
            else ()
        ),
        *([Reason(level="warning", text=_counted(len(slight), "alert", [alert.name for alert in slight]))] if slight else ()),
    ]


def _of_targets(targets: Targets | None) -> list[Reason]:
    if targets is None:
        return []
    if targets.up + targets.down + targets.unknown == 0:
        return [Reason(level="warning", text="Prometheus watches nothing; just after its start it may only need a moment")]
    if targets.down == 0:
        return []
    down = [f"{target.job} {target.instance}".strip() for target in targets.shown if target.health == "down"]
    return [Reason(level="warning", text=_counted(targets.down, "target", down, verb="cannot be scraped"))]


def _of_proof(proof: Proof | None) -> list[Reason]:
    missed = proof.failed + proof.inconclusive if proof else 0
    if proof is None or missed == 0:
        return []
    names = [claim.sentence for claim in proof.claims if claim.outcome != "passed"]
    return [Reason(level="warning", text=_counted(missed, "claim", names, verb="did not pass the last verification"))]


def _counted(count: int, noun: str, names: Sequence[str], *, verb: str = "") -> str:
    """``2 alerts firing: HighLatency, DiskFull``; more than three names are cut."""
    unique = list(dict.fromkeys(names))
    listed = ", ".join(unique[:3]) + (f" and {len(unique) - 3} more" if len(unique) > 3 else "")
    plural = "" if count == 1 else "s"
    return f"{count} {noun}{plural} {verb or 'firing'}: {listed}"

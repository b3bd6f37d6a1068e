"""The words of the linter: kinds of file, severities, a rule, what its check yields, and a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import dedent
from typing import NamedTuple

from watchkeeper.lint.around import Around
from watchkeeper.lint.versions import Version, Versions
from watchkeeper.spec.document import Document, KeyPath


class Kind(StrEnum):
    """What a file is. ``UNKNOWN`` is reported, never skipped in silence."""

    PROMETHEUS = "Prometheus configuration"
    RULES = "Prometheus rule file"
    ALERTMANAGER = "Alertmanager configuration"
    LOKI = "Loki configuration"
    PROMTAIL = "Promtail configuration"
    ALLOY = "Alloy configuration"
    TEMPO = "Tempo configuration"
    GRAFANA = "Grafana provisioning"
    DASHBOARD = "Grafana dashboard"
    COMPOSE = "Compose file"
    ANY = "any file"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """``ERROR``: does not start, or does not do what it says. ``WARNING``: will hurt one day. ``INFO``: could be better."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Hit(NamedTuple):
    """One place where a check found its rule broken. ``key``: the place is that of the key, not of the value."""

    path: KeyPath
    message: str
    key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a check looks at: one document, and what is known around it."""

    document: Document
    kind: Kind
    around: Around
    versions: Versions


Check = Callable[[Subject], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong.

    It applies where a target version of ``product`` is in [``since``, ``until``); without bounds, always. ``good`` and ``bad``
    are whole small files: the good one breaks no rule of this id, the bad one breaks exactly this rule.
    """

    id: str
    kinds: tuple[Kind, ...]
    severity: Severity
    what: str
    why: str
    fix: str
    check: Check
    good: str
    bad: str
    product: str = ""
    since: Version | None = None
    until: Version | None = None
    name: str = field(default="")

    def applies(self, kind: Kind, versions: Versions) -> bool:
        """Whether the rule looks at files of this kind for these target versions."""
        if kind not in self.kinds and Kind.ANY not in self.kinds:
            return False
        if not self.product or (self.since is None and self.until is None):
            return True
        targets = versions.get(self.product, frozenset())
        return any((self.since is None or at >= self.since) and (self.until is None or at < self.until) for at in targets)

    def range_text(self) -> str:
        """``prometheus ≥ 3.0``, or nothing where every version is meant."""
        if self.since is None and self.until is None:
            return ""
        low = f" ≥ {dotted_version(self.since)}" if self.since else ""
        high = f" < {dotted_version(self.until)}" if self.until else ""
        return f"{self.product}{low}{high}"


def dotted_version(version: Version) -> str:
    """(3, 0) → ``3.0``."""
    return ".".join(str(part) for part in version)


def example(text: str) -> str:
    """An example written inside a rule: without the indentation of the code around it, with one final newline."""
    return dedent(text).strip("\n") + "\n"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """A broken rule at a place; line and column count from 1."""

    file: str
    line: int
    column: int
    rule: str
    severity: Severity
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.rule} {self.message}; {self.fix}"

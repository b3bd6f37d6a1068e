"""What a bound person's request becomes before it reaches an upstream: a literal table of what is known to be safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode

from watchkeeper_console.settings import UpstreamName
from watchkeeper_console.tenancy import logql, promql
from watchkeeper_console.tenancy.promql import NotConfinable

Parameters: TypeAlias = Sequence[tuple[str, str]]
Treatment: TypeAlias = Literal[
    "as it is",
    "promql",
    "series",
    "logql",
    "streams",
    "stream",
    "metrics' rules",
    "metrics' alerts",
    "alerts",
    "alert groups",
    "silences",
    "silence",
]
"""How a path is confined. ``series`` and ``streams``: selectors in ``match[]``; ``stream``: one in ``query``; the last six are
answers of Prometheus and Alertmanager that are cut down afterwards, in ``tenancy.views``."""

TREATMENTS: Mapping[tuple[UpstreamName, str], Treatment] = {
    ("prometheus", "query"): "promql",
    ("prometheus", "query_range"): "promql",
    ("prometheus", "query_exemplars"): "promql",
    ("prometheus", "format_query"): "as it is",
    ("prometheus", "parse_query"): "as it is",
    ("prometheus", "labels"): "series",
    ("prometheus", "series"): "series",
    ("prometheus", "label/{label}/values"): "series",
    ("prometheus", "rules"): "metrics' rules",
    ("prometheus", "alerts"): "metrics' alerts",
    ("prometheus", "status/buildinfo"): "as it is",
    ("alertmanager", "alerts"): "alerts",
    ("alertmanager", "alerts/groups"): "alert groups",
    ("alertmanager", "silences"): "silences",
    ("alertmanager", "silence/{silence}"): "silence",
    ("logs", "query"): "logql",
    ("logs", "query_range"): "logql",
    ("logs", "tail"): "logql",
    ("logs", "labels"): "stream",
    ("logs", "label/{label}/values"): "stream",
    ("logs", "series"): "streams",
    ("logs", "index/stats"): "stream",
    ("logs", "index/volume"): "stream",
    ("logs", "index/volume_range"): "stream",
    ("logs", "detected_labels"): "stream",
    ("logs", "detected_fields"): "logql",
    ("logs", "detected_field/{label}/values"): "logql",
    ("logs", "patterns"): "stream",
    ("logs", "format_query"): "as it is",
    ("logs", "status/buildinfo"): "as it is",
    ("logs", "drilldown-limits"): "as it is",
}
"""(upstream, pattern in ``upstreams.allowed``) → treatment. What is not here is refused to bound people."""

_KNOWN = frozenset(
    {
        *("query", "match[]", "match", "start", "end", "step", "time", "since", "timeout", "limit", "lookback_delta"),
        *("direction", "interval", "delay_for", "targetLabels", "aggregateBy", "line_limit", "field_limit", "delimiter"),
        *("type", "group_limit", "active", "silenced", "inhibited", "unprocessed", "muted", "filter", "receiver"),
    }
)
"""Parameters whose meaning is known; ``rule_name[]`` and the like only narrow what is cut down anyway."""
_NARROWING = frozenset({"rule_name[]", "rule_group[]", "file[]", "exclude_alerts"})
_SEVERAL = frozenset({"match[]", "match", "filter", *_NARROWING})


class Forbidden(Exception):
    """Nothing of this is for people who are bound to an organisation; the message starts with "cannot"."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """Confines to a value of ``label``."""

    label: str

    def promql(self, query: str, organisation: str) -> str:
        """Raises NotConfinable."""
        return promql.confine(query, self.label, organisation)

    def logql(self, query: str, organisation: str) -> str:
        """Raises NotConfinable."""
        return logql.confine(query, self.label, organisation)

    def treatment(self, upstream: UpstreamName, pattern: str) -> Treatment:
        """Raises Forbidden."""
        found = TREATMENTS.get((upstream, pattern))
        if found is None:
            raise Forbidden("cannot show this to members of an organisation: it is about the whole stack")
        return found

    def parameters(self, treatment: Treatment, given: Parameters, organisation: str) -> Parameters:
        """The parameters to send instead of those ``given``. Raises NotConfinable."""
        _refuse_unknown(given)
        match treatment:
            case "promql":
                return _each(given, "query", lambda text: promql.confine(text, self.label, organisation))
            case "logql":
                return _each(given, "query", lambda text: logql.confine(text, self.label, organisation))
            case "stream":
                present = given if any(name == "query" for name, _ in given) else (*given, ("query", ""))
                return _each(present, "query", lambda text: logql.confine_selector(text, self.label, organisation))
            case "series":
                everything = promql.everything(self.label, organisation)
                return _selectors(given, everything, lambda text: promql.confine_selector(text, self.label, organisation))
            case "streams":
                everything = logql.confine_selector("", self.label, organisation)
                return _selectors(given, everything, lambda text: logql.confine_selector(text, self.label, organisation))
            case "alerts" | "alert groups":
                return (*given, ("filter", f"{self.label}={promql.quoted(organisation)}"))
            case _:
                return given


_Confine: TypeAlias = Callable[[str], str]


def _selectors(given: Parameters, everything: str, confine: _Confine) -> Parameters:
    """Every ``match[]``; without one nothing would be left out, so one is made that takes all of the organisation's."""
    confined = [("match[]", confine(text)) if name in {"match[]", "match"} else (name, text) for name, text in given]
    return confined if any(name == "match[]" for name, _ in confined) else [*confined, ("match[]", everything)]


def _each(given: Parameters, wanted: str, confine: _Confine) -> Parameters:
    if not any(name == wanted for name, _ in given):
        raise NotConfinable(f"cannot do without {wanted}")
    return [(name, confine(text) if name == wanted else text) for name, text in given]


def _refuse_unknown(given: Parameters) -> None:
    names = [name for name, _ in given]
    for name in names:
        if name not in _KNOWN | _NARROWING:
            raise NotConfinable(f"cannot use the parameter {name[:64]!r} for members of an organisation")
        if name not in _SEVERAL and names.count(name) > 1:
            raise NotConfinable(f"cannot use {name} twice: upstreams differ in which one counts")


def read_form(query: bytes, body: bytes) -> Parameters:
    """The parameters of a query string and a form. Raises NotConfinable where their reading is not certain."""
    found: list[tuple[str, str]] = []
    for part in (query, body):
        if b";" in part:  # some read it as another separator
            raise NotConfinable("cannot read these parameters: write a semicolon as %3B")
        try:
            found += parse_qsl(
                part.decode("ascii"), keep_blank_values=True, strict_parsing=bool(part), errors="strict", max_num_fields=100
            )
        except ValueError as error:
            raise NotConfinable("cannot read these parameters: they are no form") from error
    return found


def write_form(parameters: Parameters) -> bytes:
    """As a query string or a form."""
    return urlencode(parameters).encode()

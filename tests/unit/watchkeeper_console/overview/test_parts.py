"""Alerts, targets, proof and the verdict, from answers in the upstreams' own shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.watchkeeper_console.upstream_fakes import a_target, an_alert

from watchkeeper_console.overview.alerts import Alerts, parse_alerts
from watchkeeper_console.overview.components import Component, Components
from watchkeeper_console.overview.error_lines import ErrorLines, parse_lines
from watchkeeper_console.overview.part import Part, read_part
from watchkeeper_console.overview.proof import Proof, parse_proof, read_proof
from watchkeeper_console.overview.targets import Targets, parse_targets
from watchkeeper_console.overview.verdict import Verdict, judge
from watchkeeper_console.upstreams.client import UpstreamFailed

WATCHDOG = an_alert("Watchdog", severity="none")


def _alerts(*entries: dict[str, Any], routed: list[dict[str, Any]] | None = None) -> Alerts:
    return parse_alerts({"data": {"alerts": list(entries)}}, routed or [], ())


def _targets(*entries: dict[str, Any]) -> Targets:
    return parse_targets({"data": {"activeTargets": list(entries)}})


def _proof(*outcomes: str) -> Proof:
    claims = [
        {"claim": f"claim_{number}", "sentence": f"Claim {number} holds", "outcome": outcome, "proven": outcome == "passed"}
        for number, outcome in enumerate(outcomes)
    ]
    return parse_proof({"started_at": "2026-11-21T01:00:00+00:00", "claims": claims})


def _verdict(
    *,
    components: list[Component] | None = None,
    targets: Targets | None = None,
    alerts: Alerts | None = None,
    proof: Proof | None = None,
    prometheus_error: str = "",
    logs_error: str = "",
) -> Verdict:
    lines: Part[ErrorLines] = Part(at=0, data=None, error=logs_error)
    return judge(
        Part(at=0, data=Components(shown=tuple(components or ()))),
        Part(at=0, data=targets, error=prometheus_error),
        Part(at=0, data=alerts, error=prometheus_error),
        lines,
        Part(at=0, data=proof),
    )


def test_the_worst_alerts_come_first_and_the_watchdog_is_no_trouble() -> None:
    alerts = _alerts(
        WATCHDOG,
        an_alert("Slow", state="pending", severity="critical"),
        an_alert("Full", severity="warning"),
        an_alert("Down", severity="critical", job="app"),
        {"labels": {"alertname": "Fine"}, "state": "inactive"},
    )
    assert [alert.name for alert in alerts.shown] == ["Down", "Full", "Slow", "Watchdog"]
    assert (alerts.firing, alerts.pending) == (2, 1)
    assert alerts.shown[0].labels == {"job": "app"}


def test_alertmanager_tells_who_hears_an_alert_and_why_nobody_does() -> None:
    routed = [
        {
            "labels": {"alertname": "Down", "severity": "critical", "job": "app", "replica": "added-by-external-labels"},
            "receivers": [{"name": "pager"}, {"name": "chat"}],
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
        },
        {
            "labels": {"alertname": "Full", "severity": "warning"},
            "receivers": [{"name": "mail"}],
            "status": {"state": "suppressed", "silencedBy": ["id"], "inhibitedBy": []},
        },
    ]
    down, full = _alerts(
        an_alert("Down", severity="critical", job="app"), an_alert("Full", severity="warning"), routed=routed
    ).shown
    assert (down.receivers, down.muted) == (("pager", "chat"), "")
    assert (full.receivers, full.muted) == (("mail",), "silenced")


def test_targets_that_are_down_come_first() -> None:
    never = {**a_target("c", "3"), "health": "unknown", "lastScrape": "0001-01-01T00:00:00Z"}
    targets = _targets(a_target("b", "2"), never, a_target("z", "1", error="connection refused"), a_target("a", "9"))
    assert [(target.job, target.health) for target in targets.shown] == [
        ("z", "down"),
        ("c", "unknown"),
        ("a", "up"),
        ("b", "up"),
    ]
    assert (targets.up, targets.down, targets.unknown) == (2, 1, 1)
    assert targets.shown[1].scraped_at == ""


def test_log_lines_of_all_streams_are_in_one_order() -> None:
    answer = {
        "data": {
            "result": [
                {"stream": {"app": "a"}, "values": [["300", "third"], ["100", "first"]]},
                {"stream": {"app": "b"}, "values": [["200", "second", {"level": "error"}]]},
            ]
        }
    }
    assert [line.line for line in parse_lines(answer)] == ["third", "second", "first"]


def test_claims_that_did_not_pass_come_first() -> None:
    proof = _proof("passed", "inconclusive", "left out", "failed", "something new")
    assert [claim.outcome for claim in proof.claims] == ["failed", "failed", "inconclusive", "passed"]
    assert (proof.passed, proof.failed, proof.inconclusive) == (1, 2, 1)


def test_a_counter_test_passes_by_failing() -> None:
    claims = [
        {"claim": "a", "outcome": "failed", "proven": True, "counter_test": True},
        {"claim": "b", "outcome": "passed", "proven": False, "counter_test": True},
    ]
    proof = parse_proof({"counter_tests": True, "claims": claims})
    assert [(claim.name, claim.outcome) for claim in proof.claims] == [("b", "failed"), ("a", "passed")]


def test_a_report_that_is_not_there_yet_is_no_failure(tmp_path: Path) -> None:
    assert read_proof(None) is None
    assert read_proof(tmp_path / "absent.json") is None
    (tmp_path / "report.json").write_text(
        json.dumps({"claims": [{"claim": "x", "outcome": "passed", "proven": True, "requirements": ["A1", "A5"]}]})
    )
    proof = read_proof(tmp_path / "report.json")
    assert proof is not None
    assert proof.claims[0].requirements == ("A1", "A5")


class TestTheVerdict:
    """One word for everything."""

    def test_is_ok_only_where_nothing_is_wrong(self) -> None:
        verdict = _verdict(
            components=[Component(name="a", health="healthy")],
            targets=_targets(a_target("a", "1")),
            alerts=_alerts(WATCHDOG, an_alert("Soon", state="pending", severity="critical"), an_alert("Note", severity="info")),
            proof=_proof("passed"),
        )
        assert verdict == Verdict(level="ok", reasons=())

    def test_names_every_reason_the_worst_first(self) -> None:
        verdict = _verdict(
            components=[
                Component(name="a", health="starting"),
                Component(name="b", health="unhealthy", detail="HTTP 503"),
                Component(name="c", health="stopped"),
                Component(name="d"),
            ],
            targets=_targets(a_target("x", "1", error="refused"), a_target("y", "2")),
            alerts=_alerts(an_alert("Down", severity="critical"), an_alert("Full", severity="warning"), an_alert("Odd")),
            proof=_proof("passed", "failed"),
        )
        assert verdict.level == "critical"
        assert [reason.text for reason in verdict.reasons] == [
            "b is unhealthy: HTTP 503",
            "c is stopped",
            "1 critical alert firing: Down",
            "a is starting",
            "Nobody knows how d is",
            "2 alerts firing: Full, Odd",
            "1 target cannot be scraped: x 1",
            "1 claim did not pass the last verification: Claim 1 holds",
        ]

    def test_a_silenced_alert_calls_nobody(self) -> None:
        routed = [{"labels": {"alertname": "Down", "severity": "critical"}, "status": {"silencedBy": ["x"]}}]
        assert _verdict(alerts=_alerts(an_alert("Down", severity="critical"), routed=routed)).level == "ok"

    def test_being_blind_is_critical_and_told_once(self) -> None:
        verdict = _verdict(prometheus_error="cannot reach prometheus", logs_error="cannot reach logs")
        assert [(reason.level, reason.text) for reason in verdict.reasons] == [
            ("critical", "No targets and alerts to be seen: cannot reach prometheus"),
            ("warning", "No log lines to be seen: cannot reach logs"),
        ]

    def test_long_lists_are_cut(self) -> None:
        verdict = _verdict(alerts=_alerts(*(an_alert(f"A{number}", severity="warning") for number in range(5))))
        assert verdict.reasons[0].text == "5 alerts firing: A0, A1, A2 and 2 more"


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {"alerts": [{"state": "firing"}]}}, [], None, 3])
async def test_an_answer_of_another_shape_is_the_parts_error_and_no_bug(answer: Any) -> None:
    async def ask() -> Alerts:
        return parse_alerts(answer, [], ())

    part = await read_part(lambda: 5.0, ask)
    assert part.data is None
    assert part.error.startswith("cannot read the answer: it has another shape")


async def test_an_upstreams_failure_is_the_parts_error() -> None:
    async def ask() -> Alerts:
        raise UpstreamFailed("unavailable", "cannot reach prometheus")

    assert await read_part(lambda: 5.0, ask) == Part(at=5.0, data=None, error="cannot reach prometheus")


def test_a_prometheus_that_watches_nothing_is_not_well() -> None:
    verdict = _verdict(targets=_targets(), alerts=_alerts(WATCHDOG))
    assert verdict.level == "warning"
    assert "watches nothing" in verdict.reasons[0].text

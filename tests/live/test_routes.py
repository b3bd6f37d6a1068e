"""Routes on real programs: amtool agrees with us, Alertmanager accepts every channel, templates read well, alerts arrive."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.live.core_stack import CoreStack, core_stack

from watchkeeper.acquire.cache import default_cache
from watchkeeper.catalogue.alertmanager.decide import deliveries
from watchkeeper.verify.rehearsal import eight_teams

pytestmark = pytest.mark.live

SECRETS = ("pagerduty-platform", "pagerduty-security", "slack", "teams", "heartbeat")


@pytest.fixture(scope="module")
def stack() -> Iterator[CoreStack]:
    with core_stack() as stack:
        folder = stack.folder / "secrets"
        folder.mkdir()
        for name in SECRETS:
            (folder / name).write_text("http://127.0.0.1:9/nobody")
        routes = eight_teams()
        routes["rules"] = [
            {"match": '{component=~"bill.*", severity!="info"}', "receiver": "product", "also": ["duty-manager"]},
            {"match": {"component": "batch"}, "receiver": "inbox", "only_during": ["work"], "repeat_interval": "1h"},
        ]
        routes["times"] = [{"name": "work", "start": "09:00", "end": "17:00", "time_zone": "Europe/Berlin"}]
        routes["maintenance"] = [
            {"name": "patching", "match": {"team": "ai"}, "days": ["sunday"], "at": "03:00", "lasts": "2h"}
        ]
        stack.describe(routes=routes)
        yield stack


@pytest.fixture(scope="module")
def configuration(stack: CoreStack) -> Path:
    result = stack.run("render", "--output", "rendered", timeout_s=300)
    assert result.returncode == 0, result.stderr
    return stack.folder / "rendered/alertmanager/alertmanager.yml"


def amtool() -> Path:
    found = sorted(default_cache().glob("programs/alertmanager/*/tree/**/bin/amtool"))
    assert found, "amtool did not come with alertmanager"
    return found[-1]


LABELS = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from(["platform", "security", "business", "customer-success", "ai", "nobody"]),
        "severity": st.sampled_from(["critical", "warning", "info", "none"]),
        "component": st.sampled_from(["billing", "bill", "batch", "rebilling"]),
        "alertname": st.sampled_from(["Watchdog", "WatchkeeperCanary", "HostDown"]),
        "rehearsal": st.just("1"),
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=LABELS)
def test_amtool_gives_every_alert_to_the_receivers_that_we_foresee(configuration: Path, labels: dict[str, str]) -> None:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    command: list[str | Path] = [amtool(), "config", "routes", "test", f"--config.file={configuration}", *pairs]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    config: Any = yaml.safe_load(configuration.read_text())
    assert result.stdout.strip().split(",") == [delivery.receiver for delivery in deliveries(config, labels)]


def test_amtool_accepts_every_channel_and_template(configuration: Path) -> None:
    result = subprocess.run([amtool(), "check-config", configuration], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 0, result.stderr
    assert "14 receivers" in result.stdout


def rendered(templates: Path, name: str, folder: Path, *, as_html: bool = False) -> str:
    """What amtool makes of a template for a notification whose labels hold what addresses and matchers must escape."""
    told = {
        "receiver": "ops mail",
        "status": "firing",
        "alerts": [],
        "groupLabels": {},
        "commonLabels": {"alertname": "HostDiskFull", "path": 'C:\\a "b" & c'},
        "commonAnnotations": {"runbook": "HostDiskFull", "dashboard": "watchkeeper-host"},
        "externalURL": "http://alertmanager:9093",
    }
    (folder / "notification.json").write_text(json.dumps(told))
    text = f'{{{{ template "watchkeeper.{name}" . }}}}'
    command: list[str | Path] = [amtool(), "template", "render", f"--template.glob={templates}", f"--template.text={text}"]
    command += [f"--template.data={folder / 'notification.json'}", *(("--template.type=html",) if as_html else ())]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout


def test_links_of_notifications_lead_into_the_console(stack: CoreStack, configuration: Path, tmp_path: Path) -> None:
    templates = configuration.with_name("watchkeeper.tmpl")
    console = f"http://127.0.0.1:{stack.base}"
    assert rendered(templates, "runbook", tmp_path) == f"{console}/runbooks/HostDiskFull"
    assert rendered(templates, "dashboard", tmp_path) == f"{console}/d/watchkeeper-host"
    assert rendered(templates, "link", tmp_path) == f"{console}/alerts/groups?receiver=ops+mail"
    silence = urlsplit(rendered(templates, "silence", tmp_path))
    assert f"{silence.scheme}://{silence.netloc}{silence.path}" == f"{console}/alerts/silences"
    matchers = r'{alertname="HostDiskFull",path="C:\\a \"b\" & c"}'
    assert parse_qs(silence.query) == {"new": [matchers]}
    found = re.findall(r'href="([^"]+)"', rendered(templates, "html", tmp_path, as_html=True))
    mailed = urlsplit(html.unescape(found[-1]))
    assert (mailed.path, parse_qs(mailed.query)) == ("/alerts/silences", {"new": [matchers]})
    assert html.unescape(found[0]) == f"{console}/runbooks/HostDiskFull"


def test_without_a_console_notifications_link_only_to_alertmanager(tmp_path: Path) -> None:
    written = (files("watchkeeper.catalogue") / "alertmanager" / "watchkeeper.tmpl").read_text("utf-8")
    templates = tmp_path / "watchkeeper.tmpl"
    templates.write_text(written.replace("__CONSOLE_URL__", ""))
    assert rendered(templates, "runbook", tmp_path) == rendered(templates, "dashboard", tmp_path) == ""
    assert rendered(templates, "silence", tmp_path).startswith("http://alertmanager:9093/#/silences/new?filter=%7Balertname%3D")
    for name in ("slack", "text", "html"):
        words = rendered(templates, name, tmp_path, as_html=name == "html")
        assert "Silence" in words
        assert "Runbook" not in words
        assert "Dashboard" not in words


def test_routes_can_be_tried_and_drawn(stack: CoreStack) -> None:
    tried = stack.json("route", "test", "team=security", "severity=critical")
    assert tried["receivers"] == ["duty-manager", "security-pager", "security-chat"]
    held = stack.json("route", "test", "alertname=A", "host=h", "--firing", "alertname=HostDown,host=h")
    assert [reason["by"]["alertname"] for reason in held["held_back"]] == ["HostDown"]
    assert stack.run("route", "show", "--svg", "routes.svg").returncode == 0
    assert "security-pager" in (stack.folder / "routes.svg").read_text()


def test_every_receiver_is_proven_on_a_copy_and_a_test_alert_leaves_a_receipt(stack: CoreStack) -> None:
    assert stack.run("up", timeout_s=300).returncode == 0
    sent = stack.json("route", "send", "team=platform", "severity=info", "--within", "30")
    assert [(r["receiver"], r["state"]) for r in sent["receipts"]] == [("inbox", "delivered")]
    nowhere = stack.run("route", "send", "team=platform", "severity=warning", "--within", "15", "--json")
    assert nowhere.returncode == 2, "nobody listens at the Slack address, so there must be no receipt"
    assert [r["state"] for r in json.loads(nowhere.stdout)["receipts"]] == ["missing"]
    report = stack.json("verify", "--claims", "every_receiver_hears_fire_and_resolve", timeout_s=180)
    assert report["proven"], report["claims"][0]["details"]

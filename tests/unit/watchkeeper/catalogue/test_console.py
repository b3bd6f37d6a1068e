"""What the description says about the console arrives in its configuration, and the console takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.workload.failure import MistakesFound
from watchkeeper.workload.reference import BrowserUrl, ConfigPath, ConnectUrl, SecretPath, Text
from watchkeeper.workload.workload import Workload
from watchkeeper_console.read_settings import read_settings
from watchkeeper_console.settings import Settings

ROOT = Path(__file__).parents[4]
OIDC = "components: {console: {oidc: {issuer: 'https://id.example', client_secret_file: secrets/oidc, roles: {ops: admin}}}}"


def planned(text: str) -> Plan:
    return resolve(load(text, "watchkeeper.yaml"), folder=Path("/project"))


def content(workload: Workload, file: str) -> Any:
    return next(config.content for config in workload.files if config.name == file)


def written(structure: Any) -> Any:
    """The structure as a target would write it, with made-up places."""
    match structure:
        case ConnectUrl() | BrowserUrl():
            return f"http://127.0.0.1:1{structure.path}"
        case SecretPath():
            return f"/secrets/{structure.secret}"
        case Text():
            return "".join(written(part) for part in structure.parts)
        case ConfigPath():
            return "/config"
        case str() | int() | float():
            return structure
        case Mapping():
            return {key: written(value) for key, value in structure.items()}
        case Sequence():
            return [written(value) for value in structure]
        case _:
            return f"/{type(structure).__name__}"


def settings_of(plan: Plan, tmp_path: Path) -> Settings:
    file = tmp_path / "console.yaml"
    file.write_text(yaml.safe_dump(written(content(plan.workload("console"), "console.yaml"))))
    return read_settings(file, listen_address="127.0.0.1:23000")


def test_the_default_configuration_is_one_that_the_console_takes(tmp_path: Path) -> None:
    settings = settings_of(planned(""), tmp_path)
    assert {"prometheus", "alertmanager", "logs"} <= set(settings.upstreams)
    assert settings.runbooks == Path("/config/runbooks")
    assert settings.receipts_token_file == Path("/secrets/canary-token")
    assert settings.organisation_label == "organisation"
    assert (settings.provider, settings.public_status) == (None, None)


def test_every_runbook_comes_with_the_console() -> None:
    files = {config.name for config in planned("").workload("console").files}
    names = {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert len(names) >= 112
    assert {f"runbooks/{name}" for name in names} <= files


def test_every_link_of_an_alert_leads_somewhere() -> None:
    plan = planned("")
    files = {config.name for config in plan.workload("console").files}
    rules = [
        rule
        for config in plan.workload("prometheus").files
        if isinstance(config.content, Mapping) and "groups" in config.content
        for group in written(config.content)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert len(rules) > 20
    for rule in rules:
        annotations = rule.get("annotations", {})
        assert f"runbooks/{annotations['runbook']}.md" in files, rule["alert"]
        if "dashboard" in annotations:
            assert f"dashboards/{annotations['dashboard']}.json" in files, rule["alert"]


def test_a_provider_and_its_secret_arrive(tmp_path: Path) -> None:
    plan = planned(OIDC)
    provider = settings_of(plan, tmp_path).provider
    assert provider is not None
    assert (str(provider.issuer), provider.client_id, provider.roles) == ("https://id.example", "watchkeeper", {"ops": "admin"})
    assert provider.client_secret_file == Path("/secrets/console-oidc-client-secret")
    assert "console-oidc-client-secret" in plan.workload("console").secrets
    (secret,) = (secret for secret in plan.secrets if secret.name == "console-oidc-client-secret")
    assert secret.file == "/project/secrets/oidc"


def test_a_public_address_stands_in_the_console_and_in_notifications(tmp_path: Path) -> None:
    plan = planned(
        "components: {console: {public_url: 'https://watch.example/', public_status: {enabled: true, probes: [shop]}}}"
    )
    settings = settings_of(plan, tmp_path)
    assert str(settings.public_url) == "https://watch.example"
    assert settings.public_status is not None
    assert settings.public_status.probes == ("shop",)
    templates = written(content(plan.workload("alertmanager"), "watchkeeper.tmpl"))
    assert "https://watch.example/alerts/silences?new=" in templates
    plain = written(content(planned("").workload("alertmanager"), "watchkeeper.tmpl"))
    assert "http://127.0.0.1:1/alerts/silences?new=" in plain
    assert "__CONSOLE_URL__" not in templates + plain


@pytest.mark.parametrize(
    "text",
    [
        "components: {console: {oidc: {issuer: 'https://id.example'}}}",
        "components: {console: {oidc: {issuer: 'https://id.example', default_role: root}}}",
        "components: {console: {oidc: {issuer: 'https://id.example', default_role: viewer, scopes: [email]}}}",
        "components: {console: {oidc: {issuer: 'ftp://id.example', default_role: viewer}}}",
        "components: {console: {organisation_label: 'a-b'}}",
        "components: {console: {public_url: watch.example}}",
        "components: {console: {public_url: 'https://example.org/watch'}}",
        "components: {console: {oidc: {issuer: 'http://id.example', default_role: viewer}}}",
    ],
)
def test_what_cannot_work_is_told_before_anything_starts(text: str) -> None:
    with pytest.raises(MistakesFound):
        planned(text)

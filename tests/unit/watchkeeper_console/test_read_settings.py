"""The configuration file: what it means, and every mistake at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import url

from watchkeeper_console.located_yaml import ConfigMistakes
from watchkeeper_console.read_settings import read_settings
from watchkeeper_console.settings import SessionLimits, Settings, Stack, WatchedComponent

LISTEN = "127.0.0.1:23000"
URL_HINT = "; write it like http://127.0.0.1:9090"


def _read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "console.yaml"
    file.write_text(text)
    return read_settings(file, listen_address=LISTEN)


def _mistakes(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigMistakes) as caught:
        _read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_complete_file_is_read(tmp_path: Path) -> None:
    settings = _read(
        tmp_path,
        """
        public_url: https://Watch.example.org
        admin: {user: root, password_file: secrets/admin}
        session: {idle: 1h30m, absolute: 2d}
        upstreams:
          prometheus: http://127.0.0.1:23001
          logs: http://[::1]:23002/prefix/
        stack:
          name: shop
          status_url: http://127.0.0.1:23009/status
          components:
            - {name: store, health_url: "http://127.0.0.1:23002/ready", metrics_job: logs, memory_budget_bytes: 134217728}
        verify_report: /var/lib/report.json
        """,
    )
    assert settings == Settings(
        public_url=url("https://watch.example.org"),
        admin_user="root",
        admin_password_file=tmp_path / "secrets/admin",
        session=SessionLimits(idle_s=5400, absolute_s=172800),
        upstreams={"prometheus": url("http://127.0.0.1:23001"), "logs": url("http://[::1]:23002/prefix")},
        stack=Stack(
            name="shop",
            status_url=url("http://127.0.0.1:23009/status"),
            components=(
                WatchedComponent(
                    name="store",
                    health_url=url("http://127.0.0.1:23002/ready"),
                    metrics_job="logs",
                    memory_budget_bytes=134217728,
                ),
            ),
        ),
        verify_report=Path("/var/lib/report.json"),
    )
    assert str(settings.upstreams["logs"]) == "http://[::1]:23002/prefix"
    assert settings.public_url.origin == "https://watch.example.org"


def test_the_example_in_the_reference_is_right(tmp_path: Path) -> None:
    reference = Path(__file__).parents[3] / "docs" / "reference" / "console.md"
    (example,) = re.findall(r"```yaml\n(.*?)```", reference.read_text(encoding="utf-8"), flags=re.DOTALL)
    settings = _read(tmp_path, example)
    assert settings.session == SessionLimits()
    assert set(settings.upstreams) == {"prometheus", "alertmanager", "logs", "traces"}


def test_what_is_left_out_has_defaults(tmp_path: Path) -> None:
    settings = _read(tmp_path, "admin: {password_file: pw}")
    assert settings.public_url == url("http://127.0.0.1:23000")
    assert settings.admin_user == "admin"
    assert settings.session == SessionLimits(idle_s=8 * 3600, absolute_s=7 * 86400)
    assert settings.stack == Stack(name="watchkeeper")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "console.yaml:1:1: cannot use this file: its top must be a mapping (key: value)"),
        ("- a\n", "console.yaml:1:1: cannot use this file: its top must be a mapping (key: value)"),
        ("a: [\n", "console.yaml:2:1: cannot parse: expected the node content, but found '<stream end>'"),
        ("session: {}\n", "console.yaml:1:1: cannot do without admin; add it"),
        ("admin: {user: a}\n", "console.yaml:1:8: cannot do without admin.password_file; add it"),
        (
            "admin: {password_file: ''}\n",
            "console.yaml:1:24: cannot use an empty admin.password_file; give it a value or remove it",
        ),
        ("admin: {password_file: [a]}\n", "console.yaml:1:24: cannot use admin.password_file: it must be a single value"),
        ("admin: pw\n", "console.yaml:1:8: cannot use admin: it must be a mapping (key: value)"),
        (
            "admin: {password_file: p, user: 'a b'}\n",
            "console.yaml:1:33: cannot use the user name 'a b'; letters, digits and . _ @ - only, at most 64",
        ),
        (
            "admin: {password_file: p}\nsesion: {idle: 1h}\n",
            "console.yaml:2:1: cannot use the unknown key sesion; did you mean session?",
        ),
        (
            "admin: {password_file: p}\nadmin: {password_file: q}\n",
            "console.yaml:2:1: cannot use admin twice; remove one of them",
        ),
        (
            "admin: {password_file: p}\nsession: {idle: soon}\n",
            "console.yaml:2:17: cannot read 'soon' as a duration; write it like 30m, 8h or 7d",
        ),
        (
            "admin: {password_file: p}\nsession: {idle: 10s}\n",
            "console.yaml:2:17: cannot use the session time 10s; at least 1m",
        ),
        (
            "admin: {password_file: p}\nsession: {idle: 2d, absolute: 1d}\n",
            "console.yaml:2:17: cannot let session.idle be longer than session.absolute; make it shorter",
        ),
        (
            "admin: {password_file: p}\npublic_url: watch.example.org\n",
            f"console.yaml:2:13: cannot use 'watch.example.org' as an address: it must start with http:// or https://{URL_HINT}",
        ),
        (
            "admin: {password_file: p}\npublic_url: https://example.org/watch\n",
            "console.yaml:2:13: cannot serve under the path /watch; give the console a host name of its own",
        ),
        (
            "admin: {password_file: p}\nupstreams: {prometheus: 'http://u:p@h:1'}\n",
            f"console.yaml:2:25: cannot use 'http://u:p@h:1' as an address: it must not hold a user or a password{URL_HINT}",
        ),
        (
            "admin: {password_file: p}\nupstreams: {logs: 'http://h:99999'}\n",
            f"console.yaml:2:19: cannot use 'http://h:99999' as an address: Port out of range 0-65535{URL_HINT}",
        ),
        (
            "admin: {password_file: p}\nupstreams: {loki: 'http://h'}\n",
            "console.yaml:2:13: cannot use the unknown key upstreams.loki; known here: prometheus, alertmanager, logs, traces",
        ),
        (
            "admin: {password_file: p}\nstack: {components: {a: 1}}\n",
            "console.yaml:2:21: cannot use stack.components: it must be a list (- name: …)",
        ),
        (
            "admin: {password_file: p}\nstack: {components: [a]}\n",
            "console.yaml:2:22: cannot use stack.components[0]: it must be a mapping (name: …)",
        ),
        (
            "admin: {password_file: p}\nstack: {components: [{name: a}, {name: a}]}\n",
            "console.yaml:2:40: cannot use the component a twice; remove one of them",
        ),
        (
            "admin: {password_file: p}\nstack: {components: [{name: a, memory_budget_bytes: 1G}]}\n",
            "console.yaml:2:53: cannot read '1G' as a number of bytes; write a whole number",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(tmp_path: Path, text: str, expected: str) -> None:
    assert _mistakes(tmp_path, text) == expected


def test_all_mistakes_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    told = _mistakes(tmp_path, "session: {idle: x}\nupstreams: {prometheus: ftp://h}\nadmin: {}\n").splitlines()
    assert [line.split(": ")[0] for line in told] == ["console.yaml:1:17", "console.yaml:2:25", "console.yaml:3:8"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigMistakes, match="cannot read it: No such file or directory"):
        read_settings(tmp_path / "absent.yaml", listen_address=LISTEN)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "console.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigMistakes, match="cannot read it: it is not UTF-8 text"):
        read_settings(tmp_path / "console.yaml", listen_address=LISTEN)


OIDC = "admin: {password_file: p}\noidc:\n  issuer: https://id.example\n  client_id: c\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OIDC, "console.yaml:3:3: cannot let anybody in by oidc; give roles, or a default_role"),
        (OIDC + "  default_role: root\n", "cannot use the role 'root'; one of viewer, editor, admin"),
        (OIDC + "  default_role: viewer\n  scopes: profile\n", "cannot do without the scope openid; add it"),
        (OIDC.replace("https", "http") + "  default_role: viewer\n", "cannot trust an issuer over plain http; use https"),
        (OIDC.replace("https://id.example", "id") + "  default_role: viewer\n", "cannot use 'id' as an issuer"),
        (
            OIDC + "  default_role: viewer\n  secret: x\n",
            "cannot use the unknown key oidc.secret; known here: issuer, client_id",
        ),
        (OIDC + "  roles: [{value: x}]\n", "cannot do without oidc.roles[0].role; add it"),
        ("admin: {password_file: p}\norganisations: {label: __name__}\n", "cannot use '__name__' as a label"),
        ("admin: {password_file: p}\norganisations: {label: 'a b'}\n", "cannot use 'a b' as a label"),
        ("admin: {password_file: p}\nreceipts: {token_file: t}\n", "cannot do without receipts.url; add it"),
        (
            "admin: {password_file: p}\npublic_status: {probes: [{title: x}]}\n",
            "cannot do without public_status.probes[0].name",
        ),
    ],
)
def test_a_mistake_about_people_is_told(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "console.yaml"
    file.write_text(text)
    with pytest.raises(ConfigMistakes) as told:
        read_settings(file, listen_address="127.0.0.1:23000")
    assert expected in str(told.value)


def test_an_issuer_on_loopback_may_be_plain_http(tmp_path: Path) -> None:
    file = tmp_path / "console.yaml"
    file.write_text(OIDC.replace("https://id.example", "http://127.0.0.1:8080/realms/x/") + "  default_role: viewer\n")
    settings = read_settings(file, listen_address="127.0.0.1:23000")
    assert settings.provider is not None
    assert str(settings.provider.issuer) == "http://127.0.0.1:8080/realms/x"
    assert settings.provider.scopes == ("openid", "profile", "email")
    assert settings.public_status is None

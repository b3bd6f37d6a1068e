"""A plan as processes of this machine: the same inputs give the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_text_file, a_workload

from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import Rendered, render
from watchkeeper.targets.native.warden_workload import warden_workload
from watchkeeper.workload.probe import TcpProbe
from watchkeeper.workload.reference import (
    AssetPath,
    BrowserUrl,
    ConfigPath,
    ConnectAddress,
    ConnectUrl,
    HostPath,
    ListenAddress,
    SecretPath,
    StackLogs,
    Structure,
    VolumePath,
    text,
)
from watchkeeper.workload.workload import ConfigFile, Workload

PATHS = paths_for("test", environment={"WATCHKEEPER_STATE_DIR": "/s"}, uid=1000)
ORDINARY = Identity(uid=1000, gid=1000, drops=False, setpriv="/usr/bin/setpriv")
PROGRAMS = {
    "server": Program(
        executable=Path("/bin/server"),
        prefix_arguments=("-v",),
        environment={"FROM": "program"},
        assets={"default.tmpl": Path("/opt/default.tmpl")},
        version="1.2.3",
    ),
    "watchkeeper-warden": Program(executable=Path("/bin/python"), prefix_arguments=("-m", "w"), version="0.1.0"),
}


def _rendered(*workloads: Workload) -> Rendered:
    return render(a_plan(*workloads), PATHS, PROGRAMS, ORDINARY)


@pytest.mark.parametrize(
    ("argument", "resolved"),
    [
        ("plain", "plain"),
        (ListenAddress(endpoint="http"), "127.0.0.1:41000"),
        (ConnectAddress(workload="beta", endpoint="http"), "127.0.0.1:41001"),
        (ConnectUrl(workload="beta", endpoint="http", path="/api"), "http://127.0.0.1:41001/api"),
        (ConnectUrl(workload="beta", endpoint="http", path="api"), "http://127.0.0.1:41001/api"),
        (BrowserUrl(workload="beta", endpoint="http"), "http://127.0.0.1:41001"),
        (ConfigPath(file="a/b.yml"), "/s/config/alpha/a/b.yml"),
        (ConfigPath(), "/s/config/alpha"),
        (VolumePath(volume="data"), "/s/data/alpha/data"),
        (SecretPath(secret="token"), "/s/secrets/token"),
        (AssetPath(asset="default.tmpl"), "/opt/default.tmpl"),
        (HostPath(path="/var/log"), "/var/log"),
        (StackLogs(), "/s/log/*.log"),
        (text("--d=", VolumePath(volume="data"), "/x"), "--d=/s/data/alpha/data/x"),
    ],
)
def test_every_reference_becomes_a_place_on_this_machine(argument: Structure, resolved: str) -> None:
    alpha = a_workload("alpha", argument, files=(a_text_file("a/b.yml", ""),), secrets=("token",))  # type: ignore[arg-type]
    assert _rendered(alpha, a_workload("beta")).process("alpha").argv == ("/bin/server", "-v", "127.0.0.1:41000", resolved)


@pytest.mark.parametrize(
    "reference",
    [
        ConnectAddress(workload="nobody", endpoint="http"),
        ListenAddress(endpoint="grpc"),
        ConfigPath(file="absent.yml"),
        VolumePath(volume="absent"),
        SecretPath(secret="absent"),
        AssetPath(asset="absent"),
    ],
)
def test_a_reference_to_nothing_is_refused(reference: Structure) -> None:
    with pytest.raises(LookupError, match=r"cannot resolve .* for alpha"):
        _rendered(a_workload("alpha", reference))  # type: ignore[arg-type]


def test_references_inside_a_file_are_resolved_wherever_they_stand() -> None:
    content: Structure = {
        "jobs": [{"targets": [ConnectAddress(workload="alpha", endpoint="http")]}],
        "n": 1,
        "t": text("a", "b"),
    }
    files = (
        ConfigFile(name="x.json", format="json", content=content),
        ConfigFile(name="x.yml", format="yaml", content={"url": ConnectUrl(workload="alpha", endpoint="http"), "on": True}),
        ConfigFile(name="x.txt", format="text", content=text("at ", ListenAddress(endpoint="http"))),
    )
    rendered = {file.name: file for file in _rendered(a_workload(files=files)).process("alpha").files}

    assert json.loads(rendered["x.json"].content) == {"jobs": [{"targets": ["127.0.0.1:41000"]}], "n": 1, "t": "ab"}
    assert b"url: http://127.0.0.1:41000\n" in rendered["x.yml"].content
    assert rendered["x.txt"].content == b"at 127.0.0.1:41000"
    assert rendered["x.txt"].path == Path("/s/config/alpha/x.txt")


def test_a_process_gets_exactly_its_own_environment() -> None:
    alpha = a_workload(environment={"FROM": "workload", "AT": ListenAddress(endpoint="http")})
    assert _rendered(alpha).process("alpha").environment == {
        "AT": "127.0.0.1:41000",
        "FROM": "workload",
        "HOME": "/s/data/alpha",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "WATCHKEEPER_STACK": "/s",
        "WATCHKEEPER_WORKLOAD": "alpha",
    }


def test_probes_have_the_address_of_their_endpoint() -> None:
    alpha = a_workload()
    alpha = replace(alpha, health=replace(alpha.health, alive=TcpProbe(endpoint="http", timeout_s=1.0)))
    process = _rendered(alpha).process("alpha")
    assert process.ready == ProbePoint(host="127.0.0.1", port=41000, path="/-/ready")
    assert process.alive == ProbePoint(host="127.0.0.1", port=41000, path="", timeout_s=1.0)


def test_the_warden_is_told_of_every_process_itself_included() -> None:
    rendered = _rendered(a_workload("alpha"), warden_workload())
    (file,) = rendered.process("warden").files
    watchlist = json.loads(file.content)
    assert [entry["name"] for entry in watchlist["watched"]] == ["alpha", "warden"]
    assert watchlist["watched"][0]["image"] == "server:1.2.3"
    assert watchlist["supervisor_socket"] == "/s/run/supervisor.sock"


def test_a_change_of_another_workload_reloads_the_warden_and_restarts_nothing() -> None:
    before = _rendered(a_workload("alpha"), warden_workload()).steps
    after = _rendered(a_workload("alpha"), a_workload("beta"), warden_workload()).steps
    assert before["alpha"].fingerprint == after["alpha"].fingerprint
    old, new = before["warden"].fingerprint, after["warden"].fingerprint
    assert old.files["watchlist.json"].digest != new.files["watchlist.json"].digest
    assert new.files["watchlist.json"].reloadable
    assert new.reload == "HUP"


def test_rendering_twice_gives_the_same_digest_and_any_change_another() -> None:
    alpha = a_workload(files=(a_text_file("f", "1"),))
    assert _rendered(alpha).digest() == _rendered(alpha).digest()
    assert _rendered(alpha).digest() != _rendered(replace(alpha, files=(a_text_file("f", "2"),))).digest()
    assert _rendered(alpha).digest() != _rendered(replace(alpha, environment={"A": "1"})).digest()


def test_waves_follow_needs() -> None:
    steps = _rendered(a_workload("alpha", needs=("beta",)), a_workload("beta")).steps
    assert {name: step.wave for name, step in steps.items()} == {"alpha": 1, "beta": 0}

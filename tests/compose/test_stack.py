"""A preset in containers on a real engine: hardened, isolated, watched, in order, and proven by the same claims as anywhere."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.compose.conftest import NAME, Running, as_json
from tests.live.core_stack import ABOUT_THE_EXAMPLE

from watchkeeper.targets.compose.image import OWN_REFERENCE
from watchkeeper.targets.compose.service import EXCEPTION_LABEL, volume_name
from watchkeeper.targets.compose.states import engine_health

pytestmark = pytest.mark.compose

KNOCK = """
import socket, sys, threading
def knock(place):
    host, port = place.rsplit(':', 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        sys.stdout.write(place + '\\n')
    except OSError:
        pass
threads = [threading.Thread(target=knock, args=(place,)) for place in sys.argv[1:]]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
"""Writes each of the addresses that lets somebody in."""

LISTEN = "import socket, time; s = socket.create_server(('0.0.0.0', 8000)); print('open', flush=True); time.sleep(120)"


def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool], *, within_s: float) -> Any:
    """Look until what is found is wanted, or the time is up; give what was found last."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if wanted(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.25)


def test_the_files_in_use_are_those_that_render_writes(stack: Running, tmp_path: Path) -> None:
    done = stack.command("render", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert path.read_bytes() == (stack.target.paths.run / path.relative_to(tmp_path)).read_bytes()


def test_every_container_has_only_the_rights_it_needs(stack: Running) -> None:
    containers = stack.containers()
    assert set(containers) == {workload.name for workload in stack.plan.workloads}
    wrong = [f"{name}: {what}" for name, one in containers.items() for what in excessive_rights(one)]
    assert wrong == []
    excused = {name: exceptions_of(one) for name, one in containers.items() if exceptions_of(one)}
    assert set(excused) == {"shipper"}
    assert set(excused["shipper"]) == {"root", "cap.dac_read_search"}
    assert all(len(reason) > 20 for reasons in excused.values() for reason in reasons.values())


def exceptions_of(inspected: dict[str, Any]) -> dict[str, str]:
    """Exception → reason, from the container's own labels."""
    labels: dict[str, str] = inspected["Config"]["Labels"]
    return {key.removeprefix(EXCEPTION_LABEL): reason for key, reason in labels.items() if key.startswith(EXCEPTION_LABEL)}


def excessive_rights(inspected: dict[str, Any]) -> list[str]:
    """What a container may do or use that it should not, as the engine tells it."""
    host, exceptions = inspected["HostConfig"], exceptions_of(inspected)
    allowed = {name.removeprefix("cap.").upper() for name in exceptions if name.startswith("cap.")}
    added = {capability.removeprefix("CAP_") for capability in host["CapAdd"] or ()}
    sockets = [bind for bind in host["Binds"] or () if "docker.sock" in bind]
    sockets += [mount["Source"] for mount in inspected["Mounts"] if "docker.sock" in mount.get("Source", "")]
    addresses = {binding["HostIp"] for bindings in (host["PortBindings"] or {}).values() for binding in bindings}
    writable = [m["Destination"] for m in inspected["Mounts"] if m["Type"] == "bind" and m["RW"]]
    checks = {
        "runs as root": inspected["Config"]["User"].partition(":")[0] not in {"", "0", "root"} or "root" in exceptions,
        f"has {added - allowed}": added <= allowed,
        "keeps capabilities": host["CapDrop"] == ["ALL"],
        "is privileged": not host["Privileged"],
        "may gain rights": "no-new-privileges:true" in (host["SecurityOpt"] or []),
        "can write to its root": host["ReadonlyRootfs"] or "writable-root" in exceptions,
        "has no memory limit": host["Memory"] > 0 and host["MemorySwap"] == host["Memory"],
        "has no CPU limit": host["NanoCpus"] > 0,
        "has no limit of processes": 0 < (host["PidsLimit"] or 0) <= 4096,
        "logs without end": {"max-size", "max-file"} <= set(host["LogConfig"]["Config"]),
        f"is open on {addresses}": addresses <= {"127.0.0.1"},
        f"has the engine's socket {sockets}": not sockets or "docker-socket" in exceptions,
        f"can write to the machine's {writable}": not writable,
        "shares the machine's network": host["NetworkMode"] != "host" and host["PidMode"] != "host",
    }
    return [what for what, good in checks.items() if not good]


def test_secrets_are_in_no_environment_and_readable_to_their_containers_only(stack: Running) -> None:
    secrets = {path.name: path.read_text(encoding="utf-8") for path in stack.target.paths.secrets.iterdir()}
    assert secrets
    told = json.dumps(list(stack.containers().values()))
    assert [name for name, value in secrets.items() if value in told] == []
    modes = {path.name: path.stat().st_mode & 0o777 for path in stack.target.paths.secrets.iterdir()}
    assert set(modes.values()) == {0o640}
    for workload in stack.plan.workloads:
        mounts = {Path(mount["Source"]).name for mount in stack.containers()[workload.name]["Mounts"]}
        assert mounts & set(secrets) == set(workload.secrets)


def places_of(stack: Running) -> dict[str, list[str]]:
    """Every address on which a container listens inside, by network."""
    found: dict[str, list[str]] = {}
    containers = stack.containers()
    for workload in stack.plan.workloads:
        for network, facts in containers[workload.name]["NetworkSettings"]["Networks"].items():
            found.setdefault(network, [])
            found[network] += [f"{facts['IPAddress']}:{endpoint.port}" for endpoint in workload.endpoints]
    return found


def test_who_is_not_on_the_monitoring_network_reaches_nothing_of_it(stack: Running) -> None:
    places = places_of(stack)
    everything = [place for network in places.values() for place in network]
    inside = stack.in_own_image(KNOCK, *places[f"{NAME}_monitoring"], options=("--network", f"{NAME}_monitoring"))
    assert set(inside.split()) == set(places[f"{NAME}_monitoring"]), "the knock itself must be able to succeed"

    # an application's container: on a network of its own, and on edge, to reach the world
    assert stack.in_own_image(KNOCK, *everything, options=("--network", f"{NAME}_edge")) == ""
    assert stack.in_own_image(KNOCK, *everything, options=("--network", "bridge")) == ""


def test_the_monitoring_network_has_no_way_out(stack: Running) -> None:
    """To this machine itself there is one on engines of this age; what lies behind it is out of reach."""
    engine = stack.target.engine
    words = ("run", "--detach", "--pull", "never", "--network", "bridge", OWN_REFERENCE, "python", "-I", "-c", LISTEN)
    outside = engine.client(*words).output.strip()
    try:
        eventually(lambda: engine.client("logs", outside).output, bool, within_s=20)
        place = f"{engine.get(f'/containers/{outside}/json')['NetworkSettings']['IPAddress']}:8000"
        assert stack.in_own_image(KNOCK, place, options=("--network", "bridge")).split() == [place]
        assert stack.in_own_image(KNOCK, place, options=("--network", f"{NAME}_monitoring")) == ""
    finally:
        engine.client("rm", "--force", outside)


def test_from_another_network_namespace_no_published_port_answers(stack: Running) -> None:
    gateway = stack.target.engine.get("/networks/bridge")["IPAM"]["Config"][0]["Gateway"]
    published = [port for _, _, port in stack.target.grounds().doors()]
    assert published
    with public_server() as port:
        answered = stack.in_own_image(KNOCK, *(f"{gateway}:{p}" for p in (*published, port)), options=("--network", "bridge"))
    assert answered.split() == [f"{gateway}:{port}"], "only the server that this test opened to everybody"


class public_server:  # noqa: N801 - used like a function
    """A server on every address of this machine; gives its port."""

    def __enter__(self) -> int:
        import socket

        self._socket = socket.create_server(("0.0.0.0", 0))
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def test_the_same_claims_hold_as_on_bare_processes(stack: Running) -> None:
    done = stack.command("verify", "--json", within_s=420)
    claims = as_json(done.stdout)["claims"]
    assert [f"{claim['claim']}: {claim['finding']} {claim['details']}" for claim in claims if not claim["proven"]] == []
    assert done.returncode == 0
    assert {claim["claim"] for claim in claims if claim["outcome"] == "left out"} == ABOUT_THE_EXAMPLE
    assert len(claims) >= 19


def test_every_health_check_fails_when_its_process_is_stopped(stack: Running) -> None:
    names = [container for container in stack.containers() if stack.containers()[container]["State"].get("Health")]
    assert set(names) == {workload.name for workload in stack.plan.workloads}, "stand-ins have the tools of the real images"

    def health() -> dict[str, str]:
        return {name: engine_health(one)[0] for name, one in stack.containers().items()}

    # While a container is starting, an engine does not count failures: each must have been healthy once.
    before = eventually(health, lambda found: set(found.values()) == {"healthy"}, within_s=60)
    assert set(before.values()) == {"healthy"}, before
    try:
        for name in names:
            stack.target.pause(name)
        seen = eventually(health, lambda found: set(found.values()) == {"unhealthy"}, within_s=90)
    finally:
        for name in names:
            stack.target.resume(name)
    assert {name for name, word in seen.items() if word != "unhealthy"} == set()
    again = eventually(health, lambda found: set(found.values()) == {"healthy"}, within_s=60)
    assert set(again.values()) == {"healthy"}, again


def test_a_changed_description_touches_only_what_it_changes(stack: Running) -> None:
    """Prometheus reads its new file; nothing is created anew, nothing is started again."""
    before = {name: (one["Id"], one["State"]["StartedAt"]) for name, one in stack.containers().items()}
    file = stack.folder / "watchkeeper.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(f"{written}scrape: {{interval: 20s}}\n", encoding="utf-8")
    try:
        done = stack.command("up", "--offline", "--json")
        changes = {one["workload"]: one["action"] for one in as_json(done.stdout)["changes"] if one["action"] != "unchanged"}
        assert changes == {"prometheus": "reload"}
        told = httpx.get(f"http://{stack.plan.address('prometheus')}/api/v1/status/config", trust_env=False).json()
        assert "scrape_interval: 20s" in told["data"]["yaml"]
    finally:
        file.write_text(written, encoding="utf-8")
        stack.up()
    assert {name: (one["Id"], one["State"]["StartedAt"]) for name, one in stack.containers().items()} == before


def test_the_same_stack_does_not_start_elsewhere_while_it_runs_here(stack: Running) -> None:
    text = (stack.folder / "watchkeeper.yaml").read_text(encoding="utf-8")
    (stack.folder / "native.yaml").write_text(text.replace("target: compose", "target: native"), encoding="utf-8")
    done = stack.command("up", "--file", "native.yaml")
    assert done.returncode == 2
    assert f"cannot start {NAME} on native: it still runs on compose" in done.stderr
    assert "watchkeeper down --target compose" in done.stderr


def test_a_slow_start_delays_what_needs_it_and_a_stop_loses_no_acknowledged_line(stack: Running) -> None:
    acknowledged: list[int] = []
    ended = threading.Event()
    writer = threading.Thread(target=_write_lines, args=(stack, acknowledged, ended))
    writer.start()
    time.sleep(1.0)
    try:
        done = stack.command("down")
        assert done.returncode == 0, done.stderr
        volumes = stack.target.engine.volumes(NAME)
        assert f"{NAME}_{volume_name('store', 'data')}" in volumes
    finally:
        ended.set()
        writer.join()
    assert len(acknowledged) > 20

    _create_with_slow_canary(stack)
    watched = _FirstAnswer(f"http://{stack.plan.address('canary')}/-/ready")
    stack.up()
    containers = stack.containers()
    assert _started_s(containers["alertmanager"]) >= watched.at_s() - 0.3
    assert _started_s(containers["alertmanager"]) - _started_s(containers["canary"]) > 3.0, "the canary was slowed down"
    assert {one["RestartCount"] for one in containers.values()} == {0}
    assert set(acknowledged) - _found_lines(stack) == set()


def _create_with_slow_canary(stack: Running) -> None:
    project = stack.target.paths.run
    words = ("compose", "--project-directory", str(project), "--file", str(project / "compose.yaml"), "create")
    assert stack.target.engine.client(*words).status == 0
    assert stack.target.engine.client("update", "--cpus", "0.06", f"{NAME}-canary-1").status == 0


class _FirstAnswer:
    """When a page first answered 200, seen from a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._seen_s = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def at_s(self) -> float:
        """Unix time of it."""
        self._thread.join(timeout=60)
        assert self._seen_s
        return self._seen_s

    def _watch(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(self._url, timeout=5, trust_env=False).status_code == 200:
                    self._seen_s = time.time()
                    return
            except httpx.HTTPError:
                time.sleep(0.02)


def _started_s(inspected: dict[str, Any]) -> float:
    from watchkeeper.targets.compose.states import timestamp_s

    return timestamp_s(inspected["State"]["StartedAt"])


def _write_lines(stack: Running, acknowledged: list[int], ended: threading.Event) -> None:
    url = f"http://{stack.plan.address('store')}/loki/api/v1/push"
    number = 0
    while not ended.is_set():
        number += 1
        stream = {"stream": {"job": "stop-test"}, "values": [[str(time.time_ns()), f"number={number}"]]}
        try:
            if httpx.post(url, json={"streams": [stream]}, timeout=2, trust_env=False).status_code == 204:
                acknowledged.append(number)
        except httpx.HTTPError:
            time.sleep(0.05)


def _found_lines(stack: Running) -> set[int]:
    url = f"http://{stack.plan.address('store')}/loki/api/v1/query_range"
    found: set[int] = set()
    start = time.time_ns() - 900 * 10**9
    while True:
        asked: dict[str, str | int] = {
            "query": '{job="stop-test"}',
            "limit": 5000,
            "direction": "forward",
            "start": start,
            "end": time.time_ns(),
        }
        answer = httpx.get(url, params=asked, timeout=30, trust_env=False)
        lines = [(int(at), line) for stream in answer.json()["data"]["result"] for at, line in stream["values"]]
        fresh = {int(line.rpartition("number=")[2]) for _, line in lines} - found
        found |= fresh
        if not fresh:
            return found
        start = max(at for at, _ in lines)

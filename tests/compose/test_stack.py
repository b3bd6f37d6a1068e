"""A preset in containers on a real engine: hardened, isolated, watched, in order, and proven by the same claims as anywhere."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.compose.conftest import NAME, Running, as_json
from tests.live.core_stack import ABOUT_THE_EXAMPLE
from tests.live.kept_data import keep_in_kafka, keep_in_rabbit, kept_in_kafka, kept_in_rabbit, redis

from watchkeeper.targets.compose.image import OWN_REFERENCE
from watchkeeper.targets.compose.service import EXCEPTION_LABEL, STACK_LABEL, WORKLOAD_LABEL, volume_name
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


ITS_OWN_BUSINESS = {("rabbitmq_server", "erlang"), ("rabbitmq_server", "epmd")}
"""Endpoints that answer inside their container only."""


def places_of(stack: Running) -> dict[str, dict[str, str]]:
    """Network → address on which a container listens there → whose it is."""
    found: dict[str, dict[str, str]] = {}
    containers = stack.containers()
    for workload in stack.plan.workloads:
        for network, facts in containers[workload.name]["NetworkSettings"]["Networks"].items():
            ports = {endpoint.port: f"{workload.name}.{endpoint.name}" for endpoint in workload.endpoints}
            named = {f"{facts['IPAddress']}:{port}": name for port, name in ports.items()}
            found.setdefault(network.removeprefix(f"{NAME}_"), {}).update(named)
    return found


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        ("monitoring", {"prometheus.http", "postgres_exporter.http", "rabbitmq_server.metrics", "rabbitmq_server.amqp"}),
        ("app", {"postgres_server.sql", "redis_server.redis", "postgres_exporter.http", "redis_exporter.http"}),
        ("messaging", {"rabbitmq_server.amqp", "kafka_broker.internal", "kafka_exporter.http"}),
        ("edge", set()),
    ],
)
def test_a_container_reaches_its_neighbours_on_the_network_and_nobody_else(
    stack: Running, network: str, wanted: set[str]
) -> None:
    """An application on ``app`` sees the databases and their exporters, and nothing of what watches; on ``edge``, nobody."""
    places = places_of(stack)
    everything = {place: name for names in places.values() for place, name in names.items()}
    reached = stack.in_own_image(KNOCK, *everything, options=("--network", f"{NAME}_{network}")).split()
    own_business = {".".join(one) for one in ITS_OWN_BUSINESS}
    planned = {} if network == "edge" else {a: name for a, name in places[network].items() if name not in own_business}
    assert {place: everything[place] for place in reached} == planned
    assert wanted <= set(planned.values())


def test_a_container_beside_the_stack_reaches_nothing_of_it(stack: Running) -> None:
    everything = [place for names in places_of(stack).values() for place in names]
    assert len(everything) > 30
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
    gateway = stack.target.engine.bridge_address()
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


def test_a_changed_description_touches_only_what_it_changes(stack: Running) -> None:
    """Prometheus reads its new file; nothing is created anew, nothing is started again.

    And it still comes back after a crash: an engine leaves a container alone that it had sent a signal itself.
    """
    before = {name: (one["Id"], one["State"]["StartedAt"]) for name, one in stack.containers().items()}
    file = stack.folder / "watchkeeper.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("interval: 5s", "interval: 20s"), encoding="utf-8")
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

    process = stack.containers()["prometheus"]["State"]["Pid"]
    stack.target.kill("prometheus")
    anew = eventually(
        lambda: stack.containers()["prometheus"]["State"]["Pid"], lambda pid: pid not in {0, process}, within_s=20
    )
    assert anew not in {0, process}


def test_the_same_stack_does_not_start_elsewhere_while_it_runs_here(stack: Running) -> None:
    text = (stack.folder / "watchkeeper.yaml").read_text(encoding="utf-8")
    (stack.folder / "native.yaml").write_text(text.replace("target: compose", "target: native"), encoding="utf-8")
    done = stack.command("up", "--file", "native.yaml")
    assert done.returncode == 2
    assert f"cannot start {NAME} on native: it still runs on compose" in done.stderr
    assert "watchkeeper down --target compose" in done.stderr


@pytest.mark.parametrize(("spoken", "helps"), [("1.99", "upgrade the engine"), ("1.11", "upgrade the docker client")])
def test_doctor_names_both_sides_where_versions_of_the_api_do_not_meet(stack: Running, spoken: str, helps: str) -> None:
    told = stack.target.engine.get("/version")
    done = stack.command("doctor", "--json", DOCKER_API_VERSION=spoken)
    (found,) = (one for one in as_json(done.stdout)["findings"] if one["level"] == "failed")
    speaks = f"it speaks API {told['MinAPIVersion']} to {told['ApiVersion']}, the client speaks API {spoken}"
    assert (done.returncode, found["subject"]) == (2, "docker")
    assert found["message"] == f"cannot talk to Docker Engine {told['Version']}: {speaks}"
    assert helps in found["hint"]


def test_the_same_claims_hold_as_on_bare_processes(stack: Running) -> None:
    done = stack.command("verify", "--json", within_s=420)
    claims = as_json(done.stdout)["claims"]
    assert [f"{claim['claim']}: {claim['finding']} {claim['details']}" for claim in claims if not claim["proven"]] == []
    assert done.returncode == 0
    assert {claim["claim"] for claim in claims if claim["outcome"] == "left out"} == ABOUT_THE_EXAMPLE
    assert len(claims) >= 19


HANGING = "blackbox_exporter"


def test_every_health_check_fails_when_its_process_is_stopped_and_up_starts_it_again(stack: Running) -> None:
    containers = stack.containers()
    names = [name for name, one in containers.items() if one["State"].get("Health")]
    assert set(containers) - set(names) == {"redis_exporter"}, "its image holds nothing that could ask"

    def health() -> dict[str, str]:
        found = {name: engine_health(one)[0] for name, one in stack.containers().items()}
        # asked from outside, as a person would see it
        seen = {one.name: one.health for one in stack.target.status()}
        return {**found, "redis_exporter": seen["redis_exporter"]}

    # While a container is starting, an engine does not count failures: each must have been healthy once.
    before = eventually(health, lambda found: set(found.values()) == {"healthy"}, within_s=60)
    assert set(before.values()) == {"healthy"}, before
    try:
        for name in containers:
            stack.target.pause(name)
        seen = eventually(health, lambda found: set(found.values()) == {"unhealthy"}, within_s=90)
    finally:
        for name in set(containers) - {HANGING}:
            stack.target.resume(name)
    assert {name for name, word in seen.items() if word != "unhealthy"} == set()
    rest = eventually(health, lambda found: {n for n, word in found.items() if word != "healthy"} == {HANGING}, within_s=60)
    assert {name for name, word in rest.items() if word != "healthy"} == {HANGING}, rest

    # nothing but a rollout starts a container again that hangs, and that only this one
    done = stack.command("up", "--offline", "--json")
    changes = [one for one in as_json(done.stdout)["changes"] if one["action"] != "unchanged"]
    assert [(one["workload"], one["action"]) for one in changes] == [(HANGING, "restart")], done.stdout
    assert changes[0]["reason"].startswith("it hangs")
    assert stack.target.ask(HANGING).passed


def test_a_slow_start_delays_what_needs_it_and_a_stop_loses_nothing(stack: Running) -> None:
    """Not one log line that was acknowledged, and nothing of what the databases and queues were given."""
    acknowledged: list[int] = []
    ended = threading.Event()
    _keep_something(stack)
    writer = threading.Thread(target=_write_lines, args=(stack, acknowledged, ended))
    writer.start()
    time.sleep(1.0)
    try:
        with endings(stack) as found:
            done = stack.command("down")
        assert done.returncode == 0, done.stderr
        assert set(found) == {workload.name for workload in stack.plan.workloads}
        assert [name for name, status in found.items() if status == KILLED] == [], "each ended by itself when it was told to"
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
    assert _kept(stack) == {"postgres": "42", "redis": b"$2\r\n42\r\n", "rabbitmq": ["42"], "kafka": 3}


KILLED = 137


@contextmanager
def endings(stack: Running) -> Iterator[dict[str, int]]:
    """Workload → exit status of each container that ends meanwhile, as the engine tells it."""
    found: dict[str, int] = {}
    words = ("events", "--format", "{{json .Actor.Attributes}}", "--filter", "event=die")
    told = stack.target.engine.follow([*words, "--filter", f"label={STACK_LABEL}={NAME}"], stack.folder)

    def read() -> None:
        for line in told.stdout or ():
            attributes = json.loads(line)
            found[attributes[WORKLOAD_LABEL]] = int(attributes["exitCode"])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield found
        time.sleep(0.5)
    finally:
        told.terminate()
        reader.join()


def _keep_something(stack: Running) -> None:
    assert _sql(stack, "CREATE TABLE kept AS SELECT 42 AS answer; SELECT answer FROM kept").endswith("42")
    assert redis(stack.place("redis_server", "redis"), stack.secret("redis-password"), "SET", "kept", "42") == b"+OK\r\n"
    keep_in_rabbit(stack.place("rabbitmq_server", "management"), stack.secret("rabbitmq-password"))
    keep_in_kafka(stack.place("kafka_broker", "host"))


def _kept(stack: Running) -> dict[str, object]:
    return {
        "postgres": _sql(stack, "SELECT answer FROM kept"),
        "redis": redis(stack.place("redis_server", "redis"), stack.secret("redis-password"), "GET", "kept"),
        "rabbitmq": kept_in_rabbit(stack.place("rabbitmq_server", "management"), stack.secret("rabbitmq-password")),
        "kafka": kept_in_kafka(stack.place("kafka_broker", "host")),
    }


def _sql(stack: Running, statement: str) -> str:
    """As the application, over the network, with its password."""
    command = 'PGPASSWORD=$(cat /run/secrets/postgres-app-password) exec psql -XAt -h 127.0.0.1 -U app -d app -c "$0"'
    return stack.inside("postgres_server", "sh", "-c", command, statement)


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

"""What a plan becomes as a Compose project, checked key by key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_software, a_text_file, a_workload

from watchkeeper.targets.compose.image import NoImage
from watchkeeper.targets.compose.render import Machine, render
from watchkeeper.workload.reference import (
    BrowserUrl,
    ConfigPath,
    ConnectUrl,
    ForVersions,
    HostPath,
    LatestProof,
    SecretPath,
    StackLogs,
    VolumePath,
    text,
)
from watchkeeper.workload.software import Image, OnPath, Software
from watchkeeper.workload.workload import Endpoint, HostAccess, Workload

PUBLISHED = (Endpoint(name="http", port=9000, published=True),)


def an_image(**changes: object) -> Software:
    image = replace(
        Image(reference="docker.io/example/server:v1.2.3", program=("/bin/server",), user="472:472", tools=("sh", "wget")),
        **changes,  # type: ignore[arg-type]
    )
    return replace(a_software(), sources=(image,))


def rendered(*workloads: Workload, machine: Machine | None = None) -> dict[str, Any]:
    """The Compose file, parsed."""
    project = render(a_plan(*workloads), machine or Machine())
    return dict(yaml.safe_load(project.files[0].content))


def service(workload: Workload, *others: Workload) -> dict[str, Any]:
    return dict(rendered(workload, *others)["services"][workload.name])


def test_a_service_has_no_right_that_nobody_named() -> None:
    made = service(a_workload(software=an_image()))
    assert made["user"] == "472:472"
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert "cap_add" not in made
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in made
    assert made["tmpfs"] == ["/tmp:size=67108864,mode=1777,nosuid,nodev"]
    assert "group_add" not in made
    assert "ports" not in made
    assert list(made["networks"]) == ["monitoring"]


def test_limits_come_from_the_plan_and_leave_no_swap() -> None:
    made = service(a_workload(software=an_image()))
    assert (made["mem_limit"], made["memswap_limit"]) == ("64m", "64m")
    assert made["cpus"] == 1.0
    assert made["pids_limit"] == 256
    assert made["logging"]["options"]["max-size"] == "10m"
    assert made["stop_signal"] == "SIGTERM"
    assert made["stop_grace_period"] == "3s"


def test_an_exception_gives_back_what_it_names_and_says_why() -> None:
    exceptions = {"root": "it reads what only root may", "cap:CHOWN": "it gives files away", "writable-root": "it writes there"}
    workload = a_workload(software=an_image(), exceptions=exceptions)
    made = service(workload)
    assert made["user"] == "0:0"
    assert made["cap_add"] == ["CHOWN"]
    assert made["cap_drop"] == ["ALL"]
    assert made["read_only"] is False
    assert made["labels"]["watchkeeper.exception.cap.chown"] == "it gives files away"
    header = render(a_plan(workload), Machine()).files[0].content.decode().split("name:")[0]
    assert "alpha: root, because it reads what only root may" in header


def test_ping_needs_one_capability() -> None:
    assert service(a_workload(software=an_image(), host=HostAccess(raw_sockets=True)))["cap_add"] == ["NET_RAW"]


def test_only_what_is_asked_from_this_machine_has_a_port_and_only_on_loopback() -> None:
    made = rendered(a_workload("alpha", software=an_image()), a_workload("beta", software=an_image(), endpoints=PUBLISHED))
    assert "ports" not in made["services"]["alpha"]
    assert made["services"]["beta"]["ports"] == ["127.0.0.1:41001:9000"]
    assert list(made["services"]["beta"]["networks"]) == ["edge", "monitoring"]


def test_networks_have_no_way_out_but_edge_where_neighbours_are_strangers() -> None:
    made = rendered(a_workload(software=an_image(), endpoints=PUBLISHED, networks=("monitoring", "app")))
    assert made["networks"]["monitoring"] == {"internal": True}
    assert made["networks"]["app"] == {"internal": True}
    assert made["networks"]["edge"] == {"driver_opts": {"com.docker.network.bridge.enable_icc": "false"}}


def test_others_are_reached_by_a_name_that_leads_to_one_network_only() -> None:
    asking = a_workload("alpha", ConnectUrl(workload="beta", endpoint="http", path="/x"), software=an_image())
    made = rendered(asking, a_workload("beta", software=an_image(), endpoints=PUBLISHED, networks=("app", "monitoring")))
    assert made["services"]["alpha"]["command"] == ["0.0.0.0:9000", "http://beta.monitoring:9000/x"]
    networks = made["services"]["beta"]["networks"]
    assert networks["monitoring"] == {"aliases": ["beta.monitoring"]}
    assert networks["edge"] == {}


def test_who_has_no_network_in_common_cannot_be_named() -> None:
    asking = a_workload("alpha", ConnectUrl(workload="beta", endpoint="http"), software=an_image(), networks=("app", "edge"))
    beta = a_workload("beta", software=an_image(), endpoints=PUBLISHED, networks=("monitoring", "edge"))
    with pytest.raises(LookupError, match="cannot reach beta from alpha"):
        rendered(asking, beta)


def test_paths_are_the_containers_own() -> None:
    software = an_image(volumes={"data": "/srv/server"})
    workload = a_workload(
        "alpha",
        text("--config=", ConfigPath(file="a.txt")),
        VolumePath(volume="data"),
        VolumePath(volume="data", workload="beta"),
        SecretPath(secret="token"),
        BrowserUrl(workload="alpha", endpoint="http"),
        software=software,
        files=(a_text_file("a.txt", "content"),),
        secrets=("token",),
    )
    made = service(workload, a_workload("beta", software=an_image()))
    assert made["command"][1:] == [
        "--config=/etc/watchkeeper/a.txt", "/srv/server", "/srv/watchkeeper/beta/data", "/run/secrets/token",
        "http://127.0.0.1:41000",
    ]  # fmt: skip
    mounts = {mount["target"]: mount for mount in made["volumes"]}
    assert mounts["/etc/watchkeeper"] == {
        "type": "bind", "source": "./config/alpha", "target": "/etc/watchkeeper", "read_only": True,
    }  # fmt: skip
    assert mounts["/srv/server"] == {"type": "volume", "source": "alpha-data", "target": "/srv/server"}
    assert mounts["/srv/watchkeeper/beta/data"]["read_only"] is True
    assert made["secrets"] == [{"source": "token", "target": "token"}]
    assert made["group_add"] == ["${STACK_GROUP:-0}"]


def test_of_the_machine_only_the_named_folders_are_shown() -> None:
    files = (a_text_file("a.txt", "x"),)
    workload = a_workload(
        "alpha", HostPath(path="/var/log/app/*.log"), HostPath(path="/var/log/syslog"), StackLogs(), LatestProof(),
        software=an_image(), files=files, host=HostAccess(log_files=True, stack_logs=True),
    )  # fmt: skip
    made = service(workload)
    binds = {mount["source"]: mount for mount in made["volumes"] if mount["type"] == "bind"}
    assert set(binds) == {
        "./config/alpha", "/var/log", "${ENGINE_FOLDER:-/var/lib/docker}/containers", "${PROOFS_FOLDER:-./proofs}",
    }  # fmt: skip
    assert all(mount["read_only"] for mount in binds.values())
    assert made["command"][1:3] == ["/host/var/log/app/*.log", "/host/var/log/syslog"]


def test_the_engines_socket_is_shown_to_nobody_unless_it_is_asked_for() -> None:
    assert "docker.sock" not in str(service(a_workload(software=an_image(), host=HostAccess(host_metrics=True))))
    asked = service(a_workload(software=an_image(), host=HostAccess(engine_socket=True)))
    assert asked["volumes"][-1]["source"] == "${ENGINE_SOCKET:-/var/run/docker.sock}"
    assert asked["group_add"] == ["${ENGINE_GROUP:-999}"]


def test_a_dollar_sign_is_not_taken_for_a_variable() -> None:
    made = service(a_workload("alpha", "--hash=$2y$10$abc", software=an_image(), environment={"A": "$B"}))
    assert made["command"][1] == "--hash=$$2y$$10$$abc"
    assert made["environment"] == {"A": "$$B"}


def test_arguments_of_other_versions_are_left_out() -> None:
    arguments = (ForVersions(arguments=("--new",), at_least="1.2"), ForVersions(arguments=("--old",), below="1.2.3"))
    assert service(a_workload("alpha", *arguments, software=an_image()))["command"][1:] == ["--new"]


def test_our_own_engines_share_one_image_that_is_never_pulled() -> None:
    made = service(a_workload())
    assert made["image"].startswith("watchkeeper:")
    assert made["pull_policy"] == "never"
    assert made["entrypoint"] == ["python", "-m", "server"]
    assert made["user"] == "10001:10001"


def test_a_digest_is_part_of_the_image() -> None:
    digest = "sha256:" + "a" * 64
    assert service(a_workload(software=an_image(digest=digest)))["image"] == f"docker.io/example/server:v1.2.3@{digest}"


def test_software_without_an_image_is_refused() -> None:
    with pytest.raises(NoImage, match="server comes in no container image"):
        rendered(a_workload(software=replace(a_software(), sources=(OnPath(names=("server",)),))))


def test_who_is_needed_must_be_healthy_where_its_image_can_tell() -> None:
    silent = a_workload("beta", software=an_image(tools=()))
    asked = a_workload("gamma", software=an_image())
    made = rendered(a_workload("alpha", software=an_image(), needs=("beta", "gamma")), silent, asked)["services"]
    assert made["alpha"]["depends_on"] == {
        "beta": {"condition": "service_started"}, "gamma": {"condition": "service_healthy"},
    }  # fmt: skip
    assert made["beta"]["healthcheck"] == {"disable": True}


def test_what_differs_between_machines_stands_in_the_environment_file_only() -> None:
    plan = a_plan(a_workload(software=an_image(), secrets=("token",), host=HostAccess(engine_socket=True)))
    machine = Machine(stack_group=4711, engine_group=999, secrets_folder="/srv/its own/secrets", most_open_files=1000)
    here, elsewhere = render(plan, machine), render(plan, Machine())
    assert here.files[0] == elsewhere.files[0]
    env = here.files[1].content.decode()
    assert "STACK_GROUP=4711\n" in env
    assert "SECRETS_FOLDER='/srv/its own/secrets'\n" in env
    assert "OPEN_FILES_4096=1000\n" in env
    assert "OPEN_FILES" not in elsewhere.files[1].content.decode()


def test_groups_are_told_apart_because_compose_refuses_equal_ones() -> None:
    plan = a_plan(a_workload(software=an_image()))
    env = render(plan, Machine(stack_group=4, log_group=4, journal_group=4, engine_group=4)).files[1].content.decode()
    numbers = [line.partition("=")[2] for line in env.splitlines() if "_GROUP=" in line]
    assert numbers[0] == "4"
    assert len(set(numbers)) == 4


def test_the_same_plan_gives_the_same_bytes() -> None:
    plan = a_plan(a_workload(software=an_image()), a_workload("beta"))
    assert render(plan, Machine()).all_files() == render(plan, Machine()).all_files()
    assert render(plan, Machine()).digest() == render(plan, Machine()).digest()


def test_a_changed_file_is_told_apart_from_a_changed_command() -> None:
    def step(content: str, *arguments: str) -> Any:
        workload = a_workload("alpha", *arguments, software=an_image(), files=(a_text_file("a.txt", content),), reload="HUP")
        return render(a_plan(workload), Machine()).steps["alpha"].fingerprint

    assert replace(step("a"), files={}) == replace(step("b"), files={})
    assert step("a").files != step("b").files
    assert step("a").arguments != step("a", "--more").arguments


def test_a_rebuilt_image_of_our_own_means_a_restart() -> None:
    plan = a_plan(a_workload())
    before, after = (render(plan, Machine(own_source=source)).steps["alpha"].fingerprint for source in ("one", "two"))
    assert before.version != after.version

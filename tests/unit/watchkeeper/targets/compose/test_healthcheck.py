"""A probe as a command inside a container, for every kind of image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_software, a_workload

from watchkeeper.targets.compose.healthcheck import healthcheck, probe_command
from watchkeeper.targets.compose.image import image_of
from watchkeeper.targets.compose.resolve import Resolver
from watchkeeper.workload.probe import ExecProbe, Health, HttpProbe, Probe, TcpProbe
from watchkeeper.workload.software import Image

URL = "http://127.0.0.1:9000/-/ready"
READY = HttpProbe(endpoint="http", path="/-/ready")


def command(probe: Probe, *tools: str) -> tuple[str, ...] | None:
    software = replace(a_software(), sources=(Image(reference="example:1.0.0", tools=tools),))
    workload = a_workload(software=software)
    return probe_command(Resolver(plan=a_plan(workload), workload=workload, image=image_of(software)), probe)


@pytest.mark.parametrize(
    ("probe", "tools", "wanted"),
    [
        (READY, ("wget",), ("wget", "-q", "-O", "/dev/null", URL)),
        (READY, ("curl",), ("curl", "-fsSk", "-o", "/dev/null", "--max-time", "2", URL)),
        (replace(READY, contains="ok"), ("sh", "wget"), ("sh", "-c", f"wget -q -O - {URL} | grep -qF -- ok")),
        (
            replace(READY, status=401),
            ("sh", "curl"),
            ("sh", "-c", f'test "$(curl -s -k -o /dev/null --max-time 2 -w \'%{{http_code}}\' {URL})" = 401'),
        ),
        (READY, ("watchkeeper-probe", "sh"), ("watchkeeper-probe", URL, "200", "2")),
        (TcpProbe(endpoint="http"), ("nc",), ("nc", "-z", "-w", "2", "127.0.0.1", "9000")),
        (TcpProbe(endpoint="http"), ("watchkeeper-probe",), ("watchkeeper-probe", "tcp://127.0.0.1:9000", "0", "2")),
        (
            TcpProbe(endpoint="http", send=b"\0ask$"),
            ("sh", "bash"),
            (
                *("timeout", "2", "bash", "-c"),
                (
                    "exec 3<>/dev/tcp/127.0.0.1/9000 && printf '\\000\\141\\163\\153\\044' >&3 && "
                    "test $(head -c 1 <&3 | wc -c) -eq 1"
                ),
            ),
        ),
        (ExecProbe(program="pg_isready", arguments=("-q",)), (), ("pg_isready", "-q")),
        (ExecProbe(program="redis-cli", contains="PONG"), ("sh",), ("sh", "-c", "redis-cli | grep -qF -- PONG")),
    ],
)  # fmt: skip
def test_the_tools_of_the_image_decide(probe: Probe, tools: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert command(probe, *tools) == wanted


@pytest.mark.parametrize(
    ("probe", "tools"),
    [
        (READY, ()),
        (replace(READY, status=401), ("wget",)),
        (replace(READY, contains="ok"), ("wget",)),
        (TcpProbe(endpoint="http"), ("wget", "sh")),
        (TcpProbe(endpoint="http", send=b"ask"), ("nc", "sh")),
        (ExecProbe(program="redis-cli", contains="PONG"), ()),
    ],
)
def test_an_image_that_cannot_ask_gets_no_check_rather_than_one_that_never_fails(probe: Probe, tools: tuple[str, ...]) -> None:
    assert command(probe, *tools) is None


def test_compose_leaves_a_checks_own_dollar_signs_alone() -> None:
    workload = a_workload(software=replace(a_software(), sources=(Image(reference="example:1.0.0", tools=("sh", "curl")),)))
    resolver = Resolver(plan=a_plan(workload), workload=workload, image=image_of(workload.software))
    ready = replace(READY, status=401)
    made = healthcheck(resolver, Health(ready=ready, alive=ready))
    assert made is not None
    assert 'test "$$(curl ' in str(made["test"])


def test_a_check_is_not_asked_more_often_than_it_is_worth() -> None:
    workload = a_workload()
    made = healthcheck(Resolver(plan=a_plan(workload), workload=workload, image=image_of(workload.software)), workload.health)
    assert made is not None
    assert (made["interval"], made["retries"], made["start_period"]) == ("10s", 2, "10s")

"""Lines of Docker's json-file driver, unwrapped."""

from __future__ import annotations

import json

import pytest

from watchkeeper_shipper.docker_lines import is_docker_log, unwrap

IDENTIFIER = "0123456789abcdef" * 4


def wrapped(log: str, **labels: str) -> bytes:
    attributes = {f"watchkeeper.{name}": value for name, value in labels.items()}
    return json.dumps({"log": log, "stream": "stdout", "attrs": attributes, "time": "2026-11-21T04:00:00.000000001Z"}).encode()


def test_the_drivers_files_are_known_by_their_names() -> None:
    folder = f"/host/engine/containers/{IDENTIFIER}"
    assert is_docker_log(f"{folder}/{IDENTIFIER}-json.log")
    assert is_docker_log(f"{folder}/{IDENTIFIER}-json.log.1")
    assert not is_docker_log("/var/log/app/access-json.log")
    assert not is_docker_log(f"{folder}/{IDENTIFIER[:63]}-json.log")


def test_a_line_is_what_the_container_wrote() -> None:
    found = unwrap(wrapped('level=info msg="a \\"b\\""\n', stack="core", workload="store"))
    assert found is not None
    assert found.text == 'level=info msg="a \\"b\\""'
    assert (found.stack, found.workload) == ("core", "store")
    assert found.time_ns == 1795233600 * 10**9 + 1


def test_an_empty_line_stays_one() -> None:
    found = unwrap(wrapped("\n", stack="core", workload="store"))
    assert found is not None
    assert found.text == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"log": "x\\n", "stream": "stdout", "time": "2026-11-21T04:00:00Z"}',
        wrapped("x\n", stack="core"),
        b'{"log": "x", "attrs": null}',
    ],
)
def test_lines_of_strangers_and_broken_ones_are_nobodys(raw: bytes) -> None:
    assert unwrap(raw) is None

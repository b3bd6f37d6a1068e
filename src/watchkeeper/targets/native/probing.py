"""Ask one probe of one process, once. Standard library only and small: the warden asks through here all day."""

from __future__ import annotations

import socket
import time

from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.target import Answer

_HEAD_LIMIT_BYTES = 16_384
_BODY_LIMIT_BYTES = 1_048_576


def ask(point: ProbePoint) -> Answer:
    """One question with one deadline for all of it: a server that trickles is as late as one that is silent."""
    if point.argv:
        return _ask_command(point)
    deadline = time.monotonic() + point.timeout_s
    try:
        with socket.create_connection((point.host, point.port), timeout=point.timeout_s) as connection:
            if not point.path:
                return _ask_bytes(point, connection, deadline)
            if not point.tls:
                return _ask_http(point, connection, deadline)
            with _secured(connection) as secured:
                return _ask_http(point, secured, deadline)
    except TimeoutError:
        return Answer(passed=False, detail=f"no answer within {point.timeout_s:g} s")
    except ConnectionRefusedError:
        return Answer(passed=False, detail=f"nothing listens on {point.host}:{point.port}")
    except OSError as error:
        return Answer(passed=False, detail=f"{error.strerror or error}")


def _ask_command(point: ProbePoint) -> Answer:
    import subprocess  # 1 MB that a stack whose probes all ask ports does not need

    try:
        done = subprocess.run(
            point.argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=point.timeout_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer(passed=False, detail=f"no answer within {point.timeout_s:g} s")
    except OSError as error:
        return Answer(passed=False, detail=f"{point.argv[0]}: {error.strerror or error}")
    said = (done.stdout + done.stderr).strip()
    if done.returncode or point.contains not in done.stdout:
        last = said.splitlines()[-1][:200] if said else "nothing"
        return Answer(passed=False, detail=f"the check ended with {done.returncode} and said: {last}")
    return Answer(passed=True)


def _secured(connection: socket.socket) -> socket.socket:
    import ssl  # 3 MB that a stack without TLS does not need

    context = ssl.create_default_context()
    context.check_hostname = False  # this asks whether our own process on loopback answers, not who it is
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def _ask_bytes(point: ProbePoint, connection: socket.socket, deadline: float) -> Answer:
    if not point.send:
        return Answer(passed=True)
    connection.sendall(bytes.fromhex(point.send))
    remaining_s = deadline - time.monotonic()
    if remaining_s <= 0:
        raise TimeoutError
    connection.settimeout(remaining_s)
    if not connection.recv(1):
        return Answer(passed=False, detail="it hung up without an answer")
    return Answer(passed=True)


def _ask_http(point: ProbePoint, connection: socket.socket, deadline: float) -> Answer:
    # HTTP/1.0 so that no answer comes in chunks, which could cut ``contains`` in two.
    request = f"GET {point.path} HTTP/1.0\r\nHost: {point.host}:{point.port}\r\nUser-Agent: watchkeeper\r\n\r\n"
    connection.sendall(request.encode("ascii"))
    received = bytearray()
    limit = _BODY_LIMIT_BYTES if point.contains else _HEAD_LIMIT_BYTES
    wanted = point.contains.encode()
    while len(received) < limit:
        remaining_s = deadline - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        connection.settimeout(remaining_s)
        chunk = connection.recv(65_536)
        received += chunk
        head_end = received.find(b"\r\n\r\n")
        if not chunk or (head_end >= 0 and not wanted):
            break
        if wanted and head_end >= 0 and wanted in received[head_end:]:
            break
    return _judge(point, bytes(received), wanted)


def _judge(point: ProbePoint, received: bytes, wanted: bytes) -> Answer:
    head, separator, body = received.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split()
    if not separator or len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return Answer(passed=False, detail=f"no HTTP answer at {point.path}")
    status = int(words[1])
    if status != point.status:
        return Answer(passed=False, detail=f"{point.path} answered {status}, not {point.status}")
    if wanted not in body:
        return Answer(passed=False, detail=f"{point.path} did not contain {point.contains!r}")
    return Answer(passed=True)

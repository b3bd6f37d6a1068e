#!/usr/local/bin/python3 -IS
"""Ask one address once, from inside a container: watchkeeper-probe [URL [STATUS [TIMEOUT_S [CONTAINS]]]].

URL is http://HOST:PORT/PATH or tcp://HOST:PORT; without one, every port on which something listens here is asked for
/-/healthy. Ends with 0 when the answer is the wanted one, else with 1 and the reason. Standard library only, and little of
it: the engine starts this every few seconds.
"""

import socket
import sys
import time

LISTENING = "0A"
LONGEST = 1 << 20


def main(words: "list[str]") -> str:
    """What is wrong, in one line; empty if nothing is."""
    status = int(words[1]) if len(words) > 1 else 200
    timeout_s = float(words[2]) if len(words) > 2 else 2.0
    contains = words[3].encode() if len(words) > 3 else b""
    urls = words[:1] or [f"http://127.0.0.1:{port}/-/healthy" for port in listening_ports()]
    if not urls:
        return "nothing listens here"
    for url in urls:
        try:
            complaint = ask(url, status, time.monotonic() + timeout_s, contains)
        except OSError as error:
            complaint = error.strerror or str(error) or "no answer in time"
        if complaint:
            return f"{url}: {complaint}"
    return ""


def ask(url: str, status: int, deadline: float, contains: bytes) -> str:
    """What is wrong with the answer; empty if nothing is."""
    scheme, _, rest = url.partition("://")
    place, _, path = rest.partition("/")
    host, _, port = place.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=max(0.01, deadline - time.monotonic())) as connection:
        if scheme == "tcp":
            return ""
        # HTTP/1.0, so that no answer comes in chunks, which could cut what is looked for in two
        connection.sendall(f"GET /{path} HTTP/1.0\r\nHost: {place}\r\nUser-Agent: watchkeeper-probe\r\n\r\n".encode())
        received = b""
        while len(received) < LONGEST:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            chunk = connection.recv(65536)
            received += chunk
            if not chunk or (b"\r\n\r\n" in received and not contains):
                break
    words = received.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return "no HTTP answer"
    if int(words[1]) != status:
        return f"answered {int(words[1])}, not {status}"
    if contains not in received.partition(b"\r\n\r\n")[2]:
        return f"did not contain {contains.decode()!r}"
    return ""


def listening_ports() -> "list[int]":
    """TCP ports of this network namespace, lowest first."""
    ports: set[int] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as rows:  # noqa: PTH123 - pathlib takes longer to import than all of this to run
                next(rows)
                for row in rows:
                    fields = row.split()
                    # the engine's own name server listens on 127.0.0.11
                    if fields[3] == LISTENING and not fields[1].startswith("0B00007F"):
                        ports.add(int(fields[1].rpartition(":")[2], 16))
        except FileNotFoundError:
            continue
    return sorted(ports)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)

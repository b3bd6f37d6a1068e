"""A probe as a command inside the container, from what its image holds. Pure.

An image without any tool gets no check of its own (``None``): a check that cannot run would call a healthy program sick, and
one that skips what it cannot do would call a dead one healthy. Those are asked from outside.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping

from watchkeeper.targets.compose.image import OWN_PROBE
from watchkeeper.targets.compose.resolve import Resolver
from watchkeeper.workload.probe import ExecProbe, Health, HttpProbe, Probe, TcpProbe
from watchkeeper.workload.yaml_text import Plain

LEAST_PERIOD_S = 10.0
"""The engine starts a process for every check; asking more often costs more than it tells."""


def healthcheck(resolver: Resolver, health: Health) -> Mapping[str, Plain] | None:
    """Compose's ``healthcheck`` for the ready probe; None where nothing in the image could ask."""
    command = probe_command(resolver, health.ready)
    if command is None:
        return None
    return {
        # Compose would put a variable's value in the place of ``$NAME``
        "test": ["CMD", *(word.replace("$", "$$") for word in command)],
        "interval": _seconds(max(health.period_s, LEAST_PERIOD_S)),
        # the engine's clock includes starting the command, which takes a moment on a busy machine
        "timeout": _seconds(health.ready.timeout_s + 3),
        "retries": health.failures,
        "start_period": _seconds(health.start_deadline_s),
    }


def probe_command(resolver: Resolver, probe: Probe) -> tuple[str, ...] | None:
    """The command that ends with 0 when the probe passes, to be run in the container."""
    match probe:
        case ExecProbe():
            return _exec_command(resolver, probe)
        case HttpProbe():
            return _http_command(resolver, probe)
        case TcpProbe():
            return _tcp_command(resolver, probe)


def _exec_command(resolver: Resolver, probe: ExecProbe) -> tuple[str, ...] | None:
    words = (probe.program, *(_plain(resolver, argument) for argument in probe.arguments))
    if not probe.contains:
        return words
    if "sh" not in resolver.image.tools:
        return None
    return ("sh", "-c", f"{shlex.join(words)} | grep -qF -- {shlex.quote(probe.contains)}")


def _http_command(resolver: Resolver, probe: HttpProbe) -> tuple[str, ...] | None:
    endpoint = resolver.plan.endpoint(resolver.workload.name, probe.endpoint)
    # not "localhost", which is ::1 in some images while the program listens on 127.0.0.1 only
    url = f"{endpoint.protocol}://127.0.0.1:{endpoint.port}{probe.path}"
    tools, timeout = resolver.image.tools, f"{math.ceil(probe.timeout_s)}"
    if OWN_PROBE in tools:
        return (OWN_PROBE, url, str(probe.status), f"{probe.timeout_s:g}", *([probe.contains] if probe.contains else []))
    if probe.contains and "sh" not in tools:
        return None
    if "curl" in tools:
        words: tuple[str, ...] = ("curl", "-s", "-k", "-o", "/dev/null", "--max-time", timeout, url)
        if probe.contains:
            words = ("curl", "-sfk", "--max-time", timeout, url)
        elif probe.status == 200:
            words = ("curl", "-fsSk", "-o", "/dev/null", "--max-time", timeout, url)
        else:
            if "sh" not in tools:
                return None
            asked = shlex.join((*words[:-1], "-w", "%{http_code}", url))
            return ("sh", "-c", f'test "$({asked})" = {probe.status}')
    elif "wget" in tools and probe.status == 200:
        insecure = ("--no-check-certificate",) if endpoint.protocol == "https" else ()
        # no -T, which some builds of busybox do not have: the engine ends a check that takes too long
        words = ("wget", "-q", *insecure, "-O", "-" if probe.contains else "/dev/null", url)
    else:
        return None
    return ("sh", "-c", f"{shlex.join(words)} | grep -qF -- {shlex.quote(probe.contains)}") if probe.contains else words


def _tcp_command(resolver: Resolver, probe: TcpProbe) -> tuple[str, ...] | None:
    port = resolver.port(probe.endpoint)
    tools = resolver.image.tools
    if probe.send:
        return _answered_command(port, probe) if "bash" in tools else None
    if OWN_PROBE in tools:
        return (OWN_PROBE, f"tcp://127.0.0.1:{port}", "0", f"{probe.timeout_s:g}")
    if "nc" in tools:
        return ("nc", "-z", "-w", f"{math.ceil(probe.timeout_s)}", "127.0.0.1", str(port))
    if "bash" in tools:
        return ("timeout", f"{math.ceil(probe.timeout_s)}", "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}")
    return None


def _answered_command(port: int, probe: TcpProbe) -> tuple[str, ...]:
    request = "".join(f"\\{byte:03o}" for byte in probe.send)
    asked = f"exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{request}' >&3 && test $(head -c 1 <&3 | wc -c) -eq 1"
    return ("timeout", f"{math.ceil(probe.timeout_s)}", "bash", "-c", asked)


def _plain(resolver: Resolver, argument: object) -> str:
    if isinstance(argument, str):
        return argument
    return resolver.argument(argument)  # type: ignore[arg-type]  # a probe's words never depend on the version


def _seconds(value: float) -> str:
    return f"{math.ceil(value)}s"

"""No process of the platform listens on an address that another machine could reach; seen from outside the processes."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from watchkeeper.verify.claim import Claim, Verdict, failed, inconclusive, passed
from watchkeeper.verify.rogue import public_listener
from watchkeeper.verify.stage import Stage


def outside_addresses() -> list[str]:
    """Addresses at which other machines would reach this one."""
    return [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not is_loopback(address.address)
    ]


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it. gRPC's sockets are of IPv6 and name 127.0.0.1 in its words."""
    read = ipaddress.ip_address(address)
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return (mapped or read).is_loopback


async def _answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(1.0):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def check(stage: Stage) -> Verdict:
    """What the machine shows of itself, and a knock on every port from each address that is not loopback."""
    found = stage.grounds.doors()
    planned = sum(stage.grounds.reachable(stage.plan.workload(workload), endpoint) for workload, endpoint in stage.plan.ports)
    if len({port for _, _, port in found}) < planned:
        return inconclusive(f"only {len(found)} open ports can be seen, {planned} are planned")
    public = [f"{whose} listens on {ip}:{port}" for whose, ip, port in found if not is_loopback(ip)]
    doors = [(host, port) for host in outside_addresses() for port in sorted({port for _, _, port in found})]
    open_ = await asyncio.gather(*(_answers(host, port) for host, port in doors))
    public += [f"{host}:{port} answers" for (host, port), answered in zip(doors, open_, strict=True) if answered]
    if public:
        return failed(f"{len(public)} ways in from other machines", *public)
    knocked = f"{len(doors)} knocks from {len(outside_addresses())} outside addresses went unanswered"
    return passed(f"{len(found)} ports, all on loopback; {knocked}")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    async with public_listener(stage.grounds):
        yield stage


CLAIM = Claim(
    name="only_loopback_listens",
    sentence="Nothing but loopback listens",
    requirements=("D7", "X8"),
    bound="every socket of every process",
    check=check,
    breakage=breakage,
    broken_by="a process of the stack listens on 0.0.0.0",
)

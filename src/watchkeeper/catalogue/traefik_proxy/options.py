"""Options of the reverse proxy."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import refusal

HOST_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


class TraefikProxyOptions(Options):
    """Under which names what is meant for people is reached."""

    host: str = Field(
        default="monitoring.localhost", pattern=HOST_NAME, description="The name of the dashboards.", examples=["mon.example"]
    )
    app_host: str = Field(
        default="app.localhost", pattern=HOST_NAME, description="The name of the application.", examples=["shop.example"]
    )
    email: str = Field(
        default="",
        description="With an address, certificates are fetched from Let's Encrypt in its name.",
        examples=["ops@shop.example"],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.email and "@" not in self.email:
            yield ("email",), refusal("bad-address", f"cannot use {self.email!r} as an e-mail address", "write name@host")
        if self.email and self.host.endswith(".localhost"):
            yield ("host",), refusal("conflicting-keys", f"cannot get a certificate for {self.host}",
                                     "name a host that the internet knows, or leave email out")  # fmt: skip

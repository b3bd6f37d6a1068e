"""Options of redis_exporter."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import FilePath, HostPort, refusal


class RedisExporterOptions(Options):
    """Which server is watched: the platform's own, or one of yours."""

    target: HostPort | None = Field(
        default=None, description="A server outside the platform; its own is used otherwise.", examples=["cache.example:6379"]
    )
    password_file: FilePath | None = Field(
        default=None, description="The file with that server's password.", examples=["secrets/redis-password"]
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.password_file and not self.target:
            yield ("password_file",), refusal("conflicting-keys", "cannot use password_file for the platform's own server",
                                              "add target, or leave it out", key=True)  # fmt: skip

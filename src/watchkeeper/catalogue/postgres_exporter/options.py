"""Options of postgres_exporter."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import FilePath, HostPort, refusal


class PostgresExporterOptions(Options):
    """Which server is watched: the platform's own, or one of yours."""

    target: HostPort | None = Field(
        default=None, description="A server outside the platform; its own is used otherwise.", examples=["db.example:5432"]
    )
    database: str = Field(default="", description="The database to connect to, if not the platform's own.", examples=["shop"])
    user: str = Field(default="", description="The role that watches a server outside.", examples=["monitor"])
    password_file: FilePath | None = Field(
        default=None, description="The file with that role's password.", examples=["secrets/monitor-password"]
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.target and not (self.user and self.password_file and self.database):
            yield ("target",), refusal("missing-key", "cannot watch a server outside without database, user and password_file",
                                       "add them beside target")  # fmt: skip
        if not self.target:
            for key in sorted({"database", "user", "password_file"} & self.model_fields_set):
                yield (key,), refusal("conflicting-keys", f"cannot use {key} for the platform's own server",
                                      "add target, or leave it out", key=True)  # fmt: skip

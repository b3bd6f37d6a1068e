"""Options of the user's application."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.catalogue.scene import Options
from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import HttpPath, Many, Variable, refusal


class AppOptions(Options):
    """What runs, and where it answers."""

    image: str = Field(
        default="",
        pattern=r"^$|^[a-z0-9]([a-zA-Z0-9._/-]*[a-zA-Z0-9])?(:[0-9]+/[a-zA-Z0-9._/-]+)?(:[A-Za-z0-9_.-]+)?(@sha256:[0-9a-f]{64})?$",
        description="The image, with its version.",
        examples=["ghcr.io/example/shop:1.4.2"],
    )
    command: Many[str] = Field(default=(), description="What is run, if not what the image says.", examples=[["serve"]])
    user: str = Field(default="65534:65534", pattern="^[0-9]+:[0-9]+$", description="Numbers of user and group it runs as.")
    port: int = Field(default=3000, ge=1, le=65_535, description="Where it listens.")
    health: HttpPath = Field(default="/api/health", description="Answers 200 when all is well.")
    metrics: HttpPath = Field(default="/api/metrics", description="Answers in the Prometheus format.")
    environment: dict[Variable, str] = Field(
        default={}, description="Further environment variables; no secrets.", examples=[{"LOG_LEVEL": "info"}]
    )
    tools: Many[str] = Field(
        default=("sh", "wget"), description="Which of sh, wget and curl its image has, to ask for its health from inside."
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.image and ":" not in self.image.rpartition("/")[2]:
            yield ("image",), refusal("unknown-value", f"cannot tell which version of {self.image} is meant",
                                      "write NAME:VERSION, or NAME@sha256:DIGEST")  # fmt: skip

"""What is watched beyond the platform itself: scraped jobs, log files, probed addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.fields import (
    Duration,
    FilePath,
    HostPort,
    HttpPath,
    Labels,
    Many,
    Name,
    PathGlob,
    Regex,
    Some,
    Url,
    Written,
    refusal,
)
from watchkeeper.spec.quantities import format_duration


def _too_long(timeout: int | None, interval: int | None) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
    if timeout is not None and interval is not None and timeout > interval:
        yield (
            ("timeout",),
            refusal(
                "out-of-range",
                f"cannot wait {format_duration(timeout)} for something asked every {format_duration(interval)}",
                f"use a timeout of at most {format_duration(interval)}",
            ),
        )


class BasicAuth(Written):
    """A user name and the file that holds the password."""

    user: str = Field(min_length=1, description="The user name.", examples=["metrics"])
    password_file: FilePath = Field(description="The file that holds the password.", examples=["secrets/shop-password"])


class Job(Written):
    """Something that speaks the Prometheus format, and how to ask it."""

    name: Name = Field(description="The value of the label job.", examples=["shop"])
    targets: Many[HostPort] = Field(
        default=(),
        description="Every host:port to ask.",
        examples=[["127.0.0.1:8080"]],
    )
    url: Url | None = Field(
        default=None,
        description="The whole address, instead of targets, scheme and path.",
        examples=["http://127.0.0.1:8080/metrics"],
    )
    scheme: Literal["http", "https"] = Field(default="http", description="How targets are asked.")
    path: HttpPath = Field(default="/metrics", description="Where targets answer.", examples=["/actuator/prometheus"])
    interval: Duration | None = Field(default=None, description="How often, if not as scrape.interval says.", examples=["15s"])
    timeout: Duration | None = Field(default=None, description="How long an answer may take.", examples=["5s"])
    labels: Labels = Field(default={}, description="Added to every series of the job.", examples=[{"team": "shop"}])
    basic_auth: BasicAuth | None = Field(
        default=None,
        description="Sent with every request.",
        examples=[{"user": "metrics", "password_file": "secrets/shop-password"}],
    )
    bearer_token_file: FilePath | None = Field(
        default=None,
        description="The file that holds a token to send with every request.",
        examples=["secrets/shop-token"],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        if self.url is None and not self.targets:
            yield (), refusal("missing-key", f"cannot scrape the job {self.name} without an address", "add targets or url")
        for key in ("targets", "scheme", "path") if self.url is not None else ():
            if key in self.model_fields_set:
                yield (key,), refusal("conflicting-keys", f"cannot take {key} of the job {self.name} from two places",
                                      "keep url, or targets with scheme and path", key=True)  # fmt: skip
        if self.basic_auth and self.bearer_token_file:
            yield ("bearer_token_file",), refusal("conflicting-keys", f"cannot sign in to the job {self.name} in two ways",
                                                  "keep basic_auth or bearer_token_file", key=True)  # fmt: skip
        yield from _too_long(self.timeout, self.interval)

    @property
    def address(self) -> tuple[str, tuple[str, ...], str]:
        """Scheme, every host:port and path, whichever way they were written."""
        if self.url is None:
            return self.scheme, self.targets, self.path
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
        return parts.scheme, (f"{host}:{port}",), parts.path or "/metrics"


class Scrape(Written):
    """How often metrics are collected, and from what besides the platform's own components."""

    interval: Duration = Field(default=30, description="How often every target is asked.")
    timeout: Duration = Field(default=10, description="How long an answer may take.")
    jobs: Many[Job] = Field(
        default=(),
        description="Your own services.",
        examples=[[{"name": "shop", "targets": ["127.0.0.1:8080"], "labels": {"team": "shop"}}]],
    )

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        yield from _too_long(self.timeout, self.interval)


class Multiline(Written):
    """How lines that belong together are put together, such as the lines of a stack trace."""

    first_line: Regex = Field(description="Matches the first line of each entry.", examples=[r"^\d{4}-\d{2}-\d{2}"])
    max_lines: int = Field(default=500, ge=2, le=10_000, description="An entry with more lines is cut into several.")
    max_wait: Duration = Field(default=3, description="How long to wait for the next line of an entry.")


class LogFiles(Written):
    """Log files of one origin."""

    paths: Some[PathGlob] = Field(description="The files; * and ** may stand in a path.", examples=[["/var/log/shop/*.log"]])
    exclude: Many[PathGlob] = Field(default=(), description="Files to leave out.", examples=[["/var/log/shop/debug*.log"]])
    labels: Labels = Field(default={}, description="Added to every line.", examples=[{"job": "shop"}])
    multiline: Multiline | None = Field(
        default=None,
        description="For entries of more than one line.",
        examples=[{"first_line": r"^\d{4}-\d{2}-\d{2}"}],
    )


class Logs(Written):
    """Which logs are collected besides those of the platform's own components."""

    system_files: bool = Field(default=True, description="Collect the log files of this machine under /var/log.")
    journal: Literal["auto", "on", "off"] = Field(
        default="auto", description="Collect the systemd journal; auto: if there is one."
    )
    files: Many[LogFiles] = Field(
        default=(),
        description="Log files of your own services.",
        examples=[[{"paths": ["/var/log/shop/*.log"], "labels": {"job": "shop"}}]],
    )


class HttpCheck(Written):
    """A web address that must answer."""

    name: Name = Field(description="The value of the label probe.", examples=["shop-front"])
    url: Url = Field(description="What is asked for.", examples=["https://shop.example/health"])
    interval: Duration | None = Field(default=None, description="How often, if not as scrape.interval says.", examples=["1m"])
    timeout: Duration = Field(default=5, description="How long an answer may take.")
    status: Many[Annotated[int, Field(ge=100, le=599)]] = Field(
        default=(),
        description="The statuses that are right; without any, each from 200 to 299.",
        examples=[[200, 301]],
    )
    contains: Regex | None = Field(default=None, description="A pattern the body must match.", examples=["status.*ok"])
    labels: Labels = Field(default={}, description="Added to the results.", examples=[{"team": "shop"}])

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        yield from _too_long(self.timeout, self.interval)


class Probes(Written):
    """Addresses that are asked from outside, as a user would."""

    http: Many[HttpCheck] = Field(
        default=(),
        description="Web addresses that must answer.",
        examples=[[{"name": "shop-front", "url": "https://shop.example/health"}]],
    )

"""The types of values in a description, for pydantic models here and for the option models of the catalogue.

Each turns what a person writes into what programs use (seconds, bytes, a parsed selector), refuses anything else with one
of our own kinds and a hint, and describes itself in the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from watchkeeper.spec.document import KeyPath
from watchkeeper.spec.quantities import (
    DURATION_PATTERN,
    SIZE_PATTERN,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)
from watchkeeper.spec.selector import (
    LABEL_NAME,
    Selector,
    SelectorError,
    check_regex,
    equal_labels,
    parse_selector,
)

T = TypeVar("T")
CONTRADICTIONS = "contradictions"


def refusal(kind: str, message: str, hint: str = "", *, key: bool = False) -> PydanticCustomError:
    """What a validator raises. ``key``: the mistake is at the key, not at its value."""
    return PydanticCustomError(kind, "{message}", {"message": message, "hint": hint, "key": key})


class Written(BaseModel):
    """A mapping that a person writes: every key known, types exact, frozen once read.

    A key without a value counts as not written, so that an emptied section means its defaults.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _empty_means_absent(cls, data: Any) -> Any:
        if data is None:
            return {}
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}
        return data

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        found = [{"path": path, **(refused.context or {}), "kind": refused.type} for path, refused in self.contradictions()]
        if found:
            raise PydanticCustomError(CONTRADICTIONS, "contradictions", {"found": found})
        return self

    def contradictions(self) -> Iterator[tuple[KeyPath, PydanticCustomError]]:
        """What is wrong between keys that are each right: where, relative to this mapping, and a ``refusal``."""
        yield from ()


def _parsed(parse: Callable[[str], T], kind: str, what: str, example: str) -> Callable[[Any], T]:
    """A validator around a parser that raises ValueError with advice."""

    def read(value: Any) -> T:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise refusal("wrong-type", f"cannot read this as {what}", f"write text such as {example}")
        try:
            return parse(str(value))
        except ValueError as refused:
            raise refusal(kind, f"cannot read {value!r} as {what}", str(refused)) from None

    return read


def _named(pattern: str, kind: str, what: str, advice: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refusal(kind, f"cannot use {value!r} as {what}", advice)
        return value

    return check


Duration = Annotated[
    int,
    BeforeValidator(_parsed(parse_duration, "bad-duration", "a duration", "30s")),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "format": "watchkeeper-duration"}),
]
"""Written ``30s``, ``1h30m``, ``30d``; read as whole seconds."""

Size = Annotated[
    int,
    BeforeValidator(_parsed(parse_size, "bad-size", "a size", "400MB")),
    PlainSerializer(format_size, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": SIZE_PATTERN, "format": "watchkeeper-size"}),
]
"""Written ``400MB`` or ``1GiB``; read as bytes."""

DNS_LABEL = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"
DnsLabel = Annotated[
    str,
    AfterValidator(_named(DNS_LABEL, "bad-name", "a name", "use a-z, 0-9 and -, start with a letter, at most 63 characters")),
    Field(json_schema_extra={"pattern": f"^{DNS_LABEL}$"}),
]
"""A name that also works as a host name and as a Kubernetes name."""

NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
Name = Annotated[
    str,
    AfterValidator(_named(NAME, "bad-name", "a name", "use letters, digits, _, . and - inside, at most 63 characters")),
    Field(json_schema_extra={"pattern": f"^{NAME}$"}),
]
"""The name of a component, job, probe, receiver or secret."""


def _label_name(value: str) -> str:
    if not LABEL_NAME.fullmatch(value):
        raise refusal("bad-label", f"cannot use {value!r} as a label name", "use a-z, 0-9 and _, not starting with a digit")
    if value.startswith("__"):
        raise refusal("bad-label", f"cannot set the label {value}", "names that start with __ are Prometheus' own")
    return value


LabelName = Annotated[str, AfterValidator(_label_name), Field(json_schema_extra={"pattern": f"^{LABEL_NAME.pattern}$"})]
Labels = dict[LabelName, str]
"""Label name → value, added to everything of its origin."""


def _selector(value: Any) -> Selector:
    if isinstance(value, Selector):
        return value
    if isinstance(value, dict):
        for label, wanted in value.items():
            _label_name(label)
            if not isinstance(wanted, str):
                raise refusal(
                    "wrong-type", f"cannot compare the label {label} with {wanted!r}", f'put it in quotes: "{wanted}"'
                )
        if value:
            return equal_labels(value)
    if not isinstance(value, str):
        raise refusal("bad-selector", "cannot select anything with this", 'write {team="shop"}, or label: value pairs')
    try:
        return parse_selector(value)
    except SelectorError as refused:
        if refused.regex:
            raise refusal("bad-regex", f"cannot use a regular expression in {value}", str(refused)) from None
        position = f"{refused} (character {refused.offset + 1})"
        raise refusal("bad-selector", f"cannot read {value} as a selector", position) from None


LabelSelector = Annotated[
    Selector,
    BeforeValidator(_selector),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*\{"},
                {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
            ]
        }
    ),
]
"""Written as a selector ``{team="shop", severity=~"critical|warning"}``, or as ``label: value`` pairs that must be equal."""


def _regex(value: str) -> str:
    try:
        check_regex(value)
    except ValueError as refused:
        raise refusal("bad-regex", f"cannot use {value!r} as a regular expression", str(refused)) from None
    return value


Regex = Annotated[str, AfterValidator(_regex), Field(json_schema_extra={"format": "regex"})]
"""A regular expression in RE2's syntax, kept as text."""


def _url(value: str) -> str:
    advice = "write an address such as https://shop.example/health"
    try:
        parts = urlsplit(value)
        complete = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not re.search(r"\s", value)
    except ValueError:
        raise refusal("bad-url", "cannot use this as an address", advice) from None
    if parts.username or parts.password:
        raise refusal("secret-in-file", "cannot keep a user name or password inside an address",
                      "take it out, and use basic_auth or a key that ends in _file")  # fmt: skip
    if not complete:
        raise refusal("bad-url", f"cannot use {value!r} as an address", advice)
    return value


Url = Annotated[str, AfterValidator(_url), Field(json_schema_extra={"format": "uri", "pattern": "^https?://"})]
"""An http or https address without user name and password."""

_HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})")


def _host_port(value: str) -> str:
    match = _HOST_PORT.fullmatch(value)
    if not match or not 1 <= int(match[2]) <= 65_535:
        advice = "leave http:// and the path out, or use url" if "//" in value else "write host:port, as in 127.0.0.1:8080"
        raise refusal("bad-address", f"cannot use {value!r} as an address", advice)
    return value


HostPort = Annotated[str, AfterValidator(_host_port), Field(json_schema_extra={"pattern": f"^{_HOST_PORT.pattern}$"})]
"""``host:port``; an IPv6 host stands in brackets."""


def _file_path(value: str) -> str:
    if not value.strip() or "\0" in value or "\n" in value:
        raise refusal("bad-path", f"cannot use {value!r} as a file", "write the path of a file")
    if value.startswith("~"):
        raise refusal("bad-path", f"cannot tell whose home folder {value!r} means", "write the whole path")
    return value


def _path_glob(value: str) -> str:
    if not value.startswith("/") or "\0" in value or "\n" in value:
        raise refusal(
            "bad-path", f"cannot look for log files under {value!r}", "write an absolute path; * and ** may stand in it"
        )
    return value


def _http_path(value: str) -> str:
    if not value.startswith("/") or re.search(r"\s", value):
        raise refusal("bad-path", f"cannot use {value!r} as the path of an address", "start it with /, as in /metrics")
    return value


HttpPath = Annotated[str, AfterValidator(_http_path), Field(json_schema_extra={"pattern": "^/"})]
"""The part of an address behind host and port."""

FilePath = Annotated[str, AfterValidator(_file_path)]
"""A file; a relative path starts at the description's own folder."""

PathGlob = Annotated[str, AfterValidator(_path_glob), Field(json_schema_extra={"pattern": "^/"})]
"""An absolute path in which ``*``, ``?`` and ``**`` may stand."""

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
Variable = Annotated[
    str,
    AfterValidator(_named(_VARIABLE, "bad-name", "the name of an environment variable", "use letters, digits and _")),
    Field(json_schema_extra={"pattern": f"^{_VARIABLE}$"}),
]
"""The name of an environment variable."""

Port = Annotated[int, Field(ge=1, le=65_535)]
Many = Annotated[tuple[T, ...], Strict(False)]
"""A list of things; empty is fine."""
Some = Annotated[tuple[T, ...], Strict(False), Field(min_length=1)]
"""A list of at least one thing."""

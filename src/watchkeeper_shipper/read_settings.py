"""The configuration file's keys: from YAML to `Settings`, with every mistake told at its line."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

import yaml

from watchkeeper_shipper.located_yaml import Section, read_document
from watchkeeper_shipper.quantities import duration_s, size_bytes
from watchkeeper_shipper.settings import (
    MAX_LABEL_VALUE_BYTES,
    BatchLimits,
    FileSource,
    JournalSource,
    Multiline,
    Parse,
    Settings,
)

_Format = Literal["none", "logfmt", "json"]
_LevelPlace = Literal["none", "label", "metadata"]

_KINDS = ("files", "journald")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,1023}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DURATION_HINT = "write it like 200ms, 1s or 1m"
_SIZE_HINT = "write it like 1MiB"
_LABEL_HINT = "letters, digits and _ only, no digit first, no __ first"


def read_settings(file: Path) -> Settings:
    """Relative paths in the file are taken from its folder.

    Raises ConfigUnusable with all mistakes.
    """
    top = read_document(file)
    push_url = top.read("push_url", _push_url, "", "write it like http://127.0.0.1:23002/loki/api/v1/push")
    if top.value("push_url") is None:
        top.mistakes.add(top.node, "cannot do without push_url in the file; add it")
    tenant = top.read("tenant", _tenant, "", "use printable ASCII, at most 150 characters")
    external = _labels(top, "external_labels")
    files: list[FileSource] = []
    journals: list[JournalSource] = []
    names: set[str] = set()
    sections = top.sections("sources")
    if _is_empty_list(top, "sources"):
        top.mistakes.add(
            top.value("sources") or top.node, "cannot work without sources; add one (- kind: files or - kind: journald)"
        )
    numbers = {kind: itertools.count(1) for kind in _KINDS}
    for section in sections:
        kind = section.choice("kind", _KINDS, "")
        if section.value("kind") is None:
            section.mistakes.add(section.node, "cannot do without kind in an entry of sources; add files or journald")
        # Numbered per kind: positions are kept by name, and a new source of one kind must not rename those of another.
        number = next(numbers[kind]) if kind else 0
        name = section.read("name", _name, f"{kind}-{number}", "letters, digits and . _ - only")
        if kind and name in names:
            section.mistakes.add(section.node, f"cannot use the name {name} for two sources; rename one")
        names.add(name)
        if kind == "files":
            files.append(_file_source(section, name, external, file.parent))
        elif kind == "journald":
            journals.append(_journal_source(section, name, external))
        if kind:
            section.finish()
    batch = _batch(top)
    buffer_max_bytes = _buffer_max_bytes(top, batch)
    top.finish()
    top.mistakes.raise_any()
    return Settings(
        push_url=push_url,
        tenant=tenant or None,
        files=tuple(files),
        journals=tuple(journals),
        batch=batch,
        buffer_max_bytes=buffer_max_bytes,
    )


def _is_empty_list(section: Section, key: str) -> bool:
    node = section.value(key)
    return node is None or (isinstance(node, yaml.SequenceNode) and not node.value)


def _push_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"{text!r} is no http or https URL")
    if url.username is not None or url.password is not None:
        raise ValueError("it holds credentials, which end up in logs")
    if not 0 < (url.port or 80) < 65536:  # .port itself raises ValueError for what is no number
        raise ValueError("the port is out of range")
    url.hostname.encode("idna")  # raises UnicodeError, a ValueError, for what no resolver would take
    if not text.isascii() or not text.isprintable() or " " in text or url.fragment:
        raise ValueError("it holds characters that no URL may hold")
    return text


def _tenant(text: str) -> str:
    if not text.isascii() or not text.isprintable() or len(text) > 150:
        raise ValueError("this tenant cannot be sent")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name")
    return text


def _label_name(text: str) -> str:
    if not _LABEL.fullmatch(text) or text.startswith("__"):
        raise ValueError(f"{text!r} is no label name")
    return text


def _labels(section: Section, key: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value, node in section.pairs(key):
        try:
            _label_name(name)
        except ValueError as failure:
            section.mistakes.add(node, f"cannot use this label: {failure}; {_LABEL_HINT}")
        if len(value.encode()) > MAX_LABEL_VALUE_BYTES:
            section.mistakes.add(
                node, f"cannot use label {name}: its value is longer than {MAX_LABEL_VALUE_BYTES} bytes; shorten it"
            )
        if name in labels:
            section.mistakes.add(node, f"cannot use label {name} twice; remove one of them")
        labels[name] = value
    return labels


def _file_source(section: Section, name: str, external: dict[str, str], folder: Path) -> FileSource:
    paths = tuple(str(folder.absolute() / text) for text, _ in section.texts("paths"))
    if _is_empty_list(section, "paths"):
        section.mistakes.add(section.value("paths") or section.node, "cannot work without paths; add a list of globs")
    stem = section.read("label_from_stem", _label_name, "", _LABEL_HINT)
    path_label = section.read("label_from_path", _label_name, "", _LABEL_HINT)
    source = FileSource(
        name=name,
        paths=paths,
        exclude=tuple(str(folder.absolute() / text) for text, _ in section.texts("exclude")),
        labels={**external, **_labels(section, "labels")},
        label_from_stem=stem or None,
        label_from_path=path_label or None,
        multiline=_multiline(section),
        parse=_parse(section),
        from_end=section.choice("from", ("beginning", "end"), "beginning") == "end",
    )
    if not source.labels and not stem and not path_label:
        section.mistakes.add(section.node, "cannot send lines without a label; add labels to this source")
    _check_label_count(section, len({*source.labels, stem, path_label} - {""}) + (source.parse.level == "label"))
    return source


def _check_label_count(section: Section, count: int) -> None:
    # Loki refuses a stream of more than 15 labels, and every line of it with it.
    if count > 15:
        section.mistakes.add(section.node, f"cannot use {count} labels: the store takes at most 15; remove some")


def _multiline(section: Section) -> Multiline | None:
    inner = section.section("multiline")
    if inner is None:
        return None
    if inner.value("first_line") is None:
        inner.mistakes.add(inner.node, "cannot do without first_line in multiline; add a regular expression")
    multiline = Multiline(
        first_line=inner.read("first_line", _pattern, re.compile(""), "correct it"),
        max_lines=inner.read("max_lines", _positive, 500, "give a whole number from 1 up"),
        max_wait_s=inner.read("max_wait", _wait_s, 1.0, _DURATION_HINT),
    )
    inner.finish()
    return multiline


def _parse(section: Section) -> Parse:
    formats = ("none", "logfmt", "json")
    if not isinstance(section.value("parse"), yaml.MappingNode):
        return Parse(format=cast("_Format", section.choice("parse", formats, "none")))
    inner = section.section("parse")
    assert inner is not None  # noqa: S101 -- it is a mapping, as just seen; this only tells mypy
    parse = Parse(
        format=cast("_Format", inner.choice("format", formats, "none")),
        timestamp=inner.choice("timestamp", ("true", "false"), "true") == "true",
        level=cast("_LevelPlace", inner.choice("level", ("none", "label", "metadata"), "none")),
    )
    inner.finish()
    return parse


def _journal_source(section: Section, name: str, external: dict[str, str]) -> JournalSource:
    directory = section.text("directory")
    units = section.texts("units")
    for unit, node in units:
        if unit.startswith("-"):
            section.mistakes.add(node, f"cannot use the unit {unit!r}: a unit's name starts with no dash")
    labels = {**external, **_labels(section, "labels")}
    _check_label_count(section, len({*labels, "unit", "level"}))
    return JournalSource(
        name=name,
        labels=labels,
        units=tuple(unit for unit, _ in units),
        directory=Path(directory) if directory else None,
        from_end=section.choice("from", ("beginning", "end"), "end") == "end",
    )


def _batch(top: Section) -> BatchLimits:
    section = top.section("batch")
    if section is None:
        return BatchLimits()
    limits = BatchLimits(
        max_bytes=section.read("max_bytes", _batch_bytes, BatchLimits().max_bytes, _SIZE_HINT),
        max_wait_s=section.read("max_wait", _wait_s, BatchLimits().max_wait_s, _DURATION_HINT),
    )
    section.finish()
    return limits


def _buffer_max_bytes(top: Section, batch: BatchLimits) -> int:
    def enough(text: str) -> int:
        size = size_bytes(text)
        if size < 4 * batch.max_bytes:
            raise ValueError(f"{text!r} holds fewer than four batches")
        return size

    default = Settings(push_url="").buffer_max_bytes
    section = top.section("buffer")
    if section is None:
        return default
    size = section.read("max_bytes", enough, default, "give at least four times batch.max_bytes")
    section.finish()
    return size


def _batch_bytes(text: str) -> int:
    size = size_bytes(text)
    if not 1024 <= size <= 16 * 1024 * 1024:
        raise ValueError(f"{text!r} is not between 1KiB and 16MiB")
    return size


def _wait_s(text: str) -> float:
    wait_s = duration_s(text)
    if not 0.001 <= wait_s <= 60:
        raise ValueError(f"{text!r} is not between 1ms and 1m")
    return wait_s


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r} is no number from 1 up")
    return int(text)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as failure:
        raise ValueError(f"{text!r} is no regular expression ({failure.msg})") from failure

"""Printers for configuration formats without a library of their own, from structures to Text with references in it.

Each refuses what its format cannot hold, so a value can never become another setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from watchkeeper.workload.reference import Argument, ForVersions, Reference, Text

Value: TypeAlias = Argument | bool | int | float
"""What a setting may be; true and false are written in words."""


def directives(settings: Iterable[tuple[str, Value]], *, between: str = " ") -> Text:
    """One ``name value`` a line, in order: redis.conf, rabbitmq.conf (`` = ``) and Java's properties (``=``)."""
    parts: list[Argument] = []
    for name, value in settings:
        parts += [_plain(name), between, *_parts(value), "\n"]
    return _joined(parts)


def ini(sections: Mapping[str, Mapping[str, Value]]) -> Text:
    """``[section]`` and ``name = value``, as Grafana reads it."""
    parts: list[Argument] = []
    for section, settings in sections.items():
        parts += ["\n" if parts else "", f"[{_plain(section)}]\n"]
        for name, value in settings.items():
            parts += [_plain(name), " = ", *_parts(value), "\n"]
    return _joined(parts)


@dataclass(frozen=True, slots=True)
class Expression:
    """Text that Alloy evaluates: the export of another block, a call."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block of Alloy's configuration: ``kind "label" { attributes, blocks }``."""

    kind: str
    label: str = ""
    attributes: Mapping[str, AlloyValue] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


AlloyValue: TypeAlias = "Argument | bool | int | float | Expression | tuple[AlloyValue, ...] | Mapping[str, AlloyValue]"


def alloy(blocks: Iterable[Block]) -> Text:
    """Blocks with a blank line between them."""
    parts: list[Argument] = []
    for block in blocks:
        parts += ["\n" if parts else "", *_block(block, "")]
    return _joined(parts)


def _block(block: Block, indent: str) -> list[Argument]:
    inner = indent + "  "
    label = f' "{_quotable(block.label)}"' if block.label else ""
    parts: list[Argument] = [f"{indent}{block.kind}{label} {{\n"]
    for name, value in block.attributes.items():
        parts += [f"{inner}{name} = ", *_alloy_value(value), "\n"]
    for nested in block.blocks:
        parts += _block(nested, inner)
    return [*parts, f"{indent}}}\n"]


def _alloy_value(value: AlloyValue) -> list[Argument]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, Expression):
        return [value.text]
    if isinstance(value, tuple):
        items = [part for item in value for part in (*_alloy_value(item), ", ")]
        return ["[", *items[:-1], "]"]
    if isinstance(value, Mapping):
        entries = [part for key, item in value.items() for part in (f'"{_quotable(key)}" = ', *_alloy_value(item), ", ")]
        return ["{", *entries[:-1], "}"]
    return ['"', *(_quotable(part) if isinstance(part, str) else part for part in _parts(value)), '"']


def _quotable(text: str) -> str:
    if "\n" in text:
        raise ValueError(f"cannot write {text!r} between quotes")
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _parts(value: Value) -> tuple[Argument, ...]:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (f"{value:g}" if isinstance(value, float) else str(value),)
    if isinstance(value, Text):
        return tuple(_plain(part) if isinstance(part, str) else part for part in value.parts)
    return (_plain(value) if isinstance(value, str) else value,)


def _plain(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError(f"cannot write {text!r} in one line")
    return text


def _joined(parts: Iterable[Argument]) -> Text:
    """Neighbouring strings become one, so that equal files are equal values."""
    joined: list[str | Reference] = []
    for part in parts:
        if isinstance(part, ForVersions):
            raise TypeError("cannot make a file depend on the version: only command lines do")
        for piece in part.parts if isinstance(part, Text) else (part,):
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece != "":
                joined.append(piece)
    return Text(tuple(joined))

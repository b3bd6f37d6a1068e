"""Texts inside texts: fenced blocks of Markdown, and files that a Kubernetes ConfigMap carries. Lines and columns are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper.lint.read import Offset
from watchkeeper.spec.document import Document

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[\w.+-]*)[^`]*$")
_LANGUAGES = {"yaml": "yaml", "yml": "yaml", "json": "json", "alloy": "alloy", "river": "alloy"}
_EMBEDDED = (".yml", ".yaml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A text of its own inside a file. ``language``: yaml, json or alloy."""

    text: str
    language: str
    offset: Offset


def is_markdown(name: str) -> bool:
    """Whether a file is prose with blocks in it, by its name."""
    return name.lower().endswith((".md", ".markdown", ".mdx", ".txt", ".rst"))


def fenced(text: str) -> Iterator[Block]:
    """The YAML, JSON and Alloy blocks of a Markdown text. A block that is not closed ends with the text."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        at += 1
        if not opening:
            continue
        start = at
        while at < len(lines) and not _closes(lines[at], opening["ticks"]):
            at += 1
        language = _LANGUAGES.get(opening["language"].lower())
        if language:
            body, indent = _outdented(lines[start:at], len(opening["indent"]))
            yield Block(text=body, language=language, offset=Offset(line=start, column=indent))
        at += 1


def _closes(line: str, ticks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(ticks) and set(bare) == {ticks[0]}


def _outdented(lines: list[str], indent: int) -> tuple[str, int]:
    """The lines without the indentation of their fence, and how much was taken; the least that all lines have."""
    widths = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    taken = min([indent, *widths]) if widths else 0
    return "".join(f"{line[taken:]}\n" for line in lines), taken


def embedded(document: Document, lines: list[str]) -> Iterator[tuple[str, Block]]:
    """(name, block) of each file in a ConfigMap that is written as ``name.yml: |``. ``lines``: those of the whole source."""
    data = document.data.get("data")
    if document.data.get("kind") != "ConfigMap" or not isinstance(data, dict):
        return
    for name, content in data.items():
        place = document.place(("data", name))
        header = lines[place.line - 1][place.column - 1 :] if place.line <= len(lines) else ""
        if isinstance(content, str) and name.endswith(_EMBEDDED) and header.startswith("|"):
            first = next((line for line in lines[place.line :] if line.strip()), "")
            offset = Offset(line=place.line, column=len(first) - len(first.lstrip(" ")))
            yield name, Block(text=content, language="json" if name.endswith(".json") else "yaml", offset=offset)

"""Alloy's configuration language → a located document. Only blocks, labels and one-line attributes are read."""

from __future__ import annotations

import re

from watchkeeper.lint.read import Offset, Reading, Refused
from watchkeeper.spec.document import Data, Document, KeyPath, Place

_OPENING = re.compile(r'^\s*(?P<name>[A-Za-z_][\w.]*)(?:\s+"(?P<label>[^"]*)")?\s*\{\s*(?P<closed>\})?\s*(?://.*)?$')
_ATTRIBUTE = re.compile(r"^\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*$")


def read_alloy(text: str, file: str, offset: Offset | None = None) -> Reading:
    """``{"blocks": [{"name", "label", "attributes", "blocks"}]}``; an attribute is its text, until its brackets close."""
    offset = offset or Offset()
    values: dict[KeyPath, Place] = {(): Place(line=offset.line + 1, column=offset.column + 1)}
    root: dict[str, Data] = {"blocks": []}
    open_blocks: list[tuple[dict[str, Data], KeyPath]] = [(root, ())]
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line, place = (
            lines[at],
            Place(line=at + 1 + offset.line, column=len(lines[at]) - len(lines[at].lstrip()) + 1 + offset.column),
        )
        holder, path = open_blocks[-1]
        if opening := _OPENING.match(line):
            inner = holder["blocks"]
            assert isinstance(inner, list)  # noqa: S101 - built a few lines below, always a list
            block: dict[str, Data] = {"name": opening["name"], "label": opening["label"] or "", "attributes": {}, "blocks": []}
            where = (*path, "blocks", len(inner))
            inner.append(block)
            values[where] = place
            if not opening["closed"]:
                open_blocks.append((block, where))
        elif line.strip() == "}" and len(open_blocks) > 1:
            open_blocks.pop()
        elif (attribute := _ATTRIBUTE.match(line)) and len(open_blocks) > 1:
            value = attribute["value"]
            while _open_brackets(value) > 0 and at + 1 < len(lines):
                at += 1
                value += "\n" + lines[at]
            attributes = holder["attributes"]
            assert isinstance(attributes, dict)  # noqa: S101 - as above
            attributes[attribute["name"]] = value
            values[(*path, "attributes", attribute["name"])] = place
        at += 1
    reading = Reading(documents=[Document(file=file, data=root, values=values, keys=values)])
    if len(open_blocks) > 1:
        place = values[open_blocks[-1][1]]
        reading.refused = Refused(place=place, message=f"cannot find the end of the block {open_blocks[-1][0]['name']}")
    return reading


def _open_brackets(text: str) -> int:
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    return sum(bare.count(one) for one in "[{(") - sum(bare.count(one) for one in "]})")


def looks_like_alloy(name: str, text: str) -> bool:
    """By name, or by a first block such as ``loki.write "default" {``."""
    if name.endswith((".alloy", ".river")):
        return True
    return bool(re.search(r'^(?:loki|prometheus|otelcol|discovery|local)\.[\w.]+ "\w+" \{', text, re.MULTILINE))

"""The description to start from: every option with what it means, made from the schema so that it cannot drift from it.

A line ``#word: …`` is an option that can be used by taking the # away; a line ``# text`` explains.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from watchkeeper.spec.nearest import suggest
from watchkeeper.spec.presets import PRESETS
from watchkeeper.spec.schema import Schema, json_schema
from watchkeeper.workload.failure import Mistake, MistakesFound
from watchkeeper.workload.yaml_text import Plain, yaml_text

_WIDTH = 100
_WRITTEN_OUT = ("name", "preset", "target")
"""Keys that a starter file sets rather than offers, since everyone wonders about them first."""

_HEAD = """\
What Watchkeeper runs, and what it watches. Everything is optional: an empty file is the preset core with the defaults
shown here. A line that starts with #word is an option with its default or an example: take the # away to use it. Durations
are written 30s, 1h30m or 30d, sizes 400MB or 1GiB. Secrets never stand in this file, only the names of files that hold them.
"""


def starter(preset: str = "core", *, schema_place: str = "") -> str:
    """The text of a watchkeeper.yaml for ``preset``, the same bytes each time. ``schema_place``: path or URL of the schema,
    which editors with a YAML language server then use. Raises MistakesFound for an unknown preset.
    """
    if preset not in PRESETS:
        hint = suggest(preset, PRESETS, what="presets")
        message = f"cannot use the preset {preset!r}"
        raise MistakesFound([Mistake(file="", line=0, column=0, kind="unknown-preset", message=message, hint=hint)])
    chosen = PRESETS[preset]
    root = json_schema()
    values = {"preset": preset}
    lines = [f"# yaml-language-server: $schema={schema_place}", ""] if schema_place else []
    lines += _prose(_HEAD, "")
    for name, described in root["properties"].items():
        lines += ["", *_prose(described["description"] + ("" if name == "preset" else _choices(described)), "")]
        if name == "preset":
            lines += [line for offered in PRESETS.values() for line in _prose(f"{offered.name}: {offered.summary}", "")]
        elif name == "components":
            lines += _prose(f"The preset {preset} has {', '.join(chosen.components)}.", "")
        section = root["$defs"].get(described.get("$ref", "").rpartition("/")[2])
        if name in _WRITTEN_OUT:
            lines += yaml_text({name: values.get(name, described["default"])}).splitlines()
        elif section is None or "examples" in described:
            lines += _offered(name, described, "")
        else:
            lines.append(f"{name}:")
            for option, meaning in section["properties"].items():
                lines += _prose(meaning["description"] + _choices(meaning), "  ")
                lines += _offered(option, meaning, "  ")
    return "\n".join(lines) + "\n"


def _prose(text: str, indent: str) -> Iterator[str]:
    for line in textwrap.wrap(" ".join(text.split()), _WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False):
        yield f"{indent}# {line}"


def _choices(described: Schema) -> str:
    return f" One of {', '.join(described['enum'])}." if "enum" in described else ""


def _offered(name: str, described: Schema, indent: str) -> Iterator[str]:
    """The option as it would be written, commented out: an example where there is one, else its default."""
    value: Plain = described["examples"][0] if "examples" in described else described["default"]
    for line in yaml_text({name: value}).splitlines():
        yield f"{indent}#{line}"

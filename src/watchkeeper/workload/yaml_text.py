"""The one place where data becomes YAML text. Same data, same bytes; no aliases, no tags, order as given.

Readers differ in which plain words they take for something else than text (YAML 1.1: ``on``, ``22:22``; 1.2: ``1e3``,
``0o17``), so whatever any of them could mistake is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"

_WIDEST = 2**31 - 1

_MISTAKABLE = re.compile(
    r"""[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?
      | [-+]?\.[0-9_.]*(?:e[-+]?[0-9]+)?
      | [-+]?0[box][0-9a-f_]+
      | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?  # YAML 1.1 counts 22:22 in sixties
      | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*
      | [-+]?\.(?:inf|nan)
      | ~ | null | true | false | y | n | yes | no | on | off
      | = | <<
    """,
    re.VERBOSE | re.IGNORECASE,
)


class _Writer(yaml.SafeDumper):  # libyaml's emitter is faster, but writes other bytes and is not on every machine
    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = None
        if "\n" in text and _fits_a_block(text):
            style = "|"
        elif not text.isprintable():
            style = '"'
        elif _MISTAKABLE.fullmatch(text):
            style = "'"
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _Writer.represent_text)


def yaml_text(data: Plain, *, header: str = "") -> str:
    """Block-style YAML that ends in a newline; ``header`` becomes comment lines above it.

    Text with several lines is written as a literal block where YAML can hold it unchanged. Raises TypeError for anything
    that is not plain data (a reference that no target has resolved).
    """
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    body: str = yaml.dump(
        _plain(data), Dumper=_Writer, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_WIDEST
    )
    return comment + (body[:-4] if body.endswith("\n...\n") else body)


def _plain(data: Plain) -> Plain:
    """Mappings as dict, sequences as list, subclasses of str and int as those."""
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, str):
        return str(data)
    if isinstance(data, int):
        return int(data)
    if isinstance(data, float):
        return float(data)
    if isinstance(data, Mapping):
        for key in data:
            if not isinstance(key, str):
                raise TypeError(f"cannot write a YAML key that is not text: {key!r}")
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, bytes | bytearray):
        return [_plain(item) for item in data]
    raise TypeError(f"cannot write {type(data).__name__} as YAML")


def _fits_a_block(text: str) -> bool:
    """Readers disagree about blocks that start with space, hold odd line ends or space before them: those are quoted."""
    return text[0] not in " \t\n" and all(
        line == line.rstrip() and line.replace("\t", "").isprintable() for line in text.split("\n")
    )

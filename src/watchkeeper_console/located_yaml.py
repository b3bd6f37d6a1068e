"""YAML with places: every value knows its line and column, and every mistake is collected instead of raised at once.

Knows YAML's shapes and nothing of the console's keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import yaml


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ConfigMistake:
    """One thing in the file that cannot work; ``line`` and ``column`` count from 1."""

    line: int
    column: int
    message: str
    hint: str = ""


class ConfigMistakes(Exception):
    """Every mistake found in one configuration file, sorted by place."""

    def __init__(self, file: str, mistakes: Sequence[ConfigMistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__(
            "\n".join(
                f"{file}:{mistake.line}:{mistake.column}: {mistake.message}" + (f"; {mistake.hint}" if mistake.hint else "")
                for mistake in self.mistakes
            )
        )


class Notes:
    """Collects the mistakes of one file while it is read."""

    def __init__(self) -> None:
        self.mistakes: list[ConfigMistake] = []

    def add(self, node: yaml.Node, message: str, hint: str = "") -> None:
        mark = node.start_mark
        self.mistakes.append(ConfigMistake(line=mark.line + 1, column=mark.column + 1, message=message, hint=hint))


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the file. Asking for a key of the wrong shape notes a mistake and answers as if it were absent."""

    node: yaml.MappingNode
    name: str
    notes: Notes

    def _pairs(self) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        yield from self.node.value

    def _value(self, key: str) -> yaml.Node | None:
        for found, value in self._pairs():
            if isinstance(found, yaml.ScalarNode) and found.value == key:
                return None if value.tag == "tag:yaml.org,2002:null" else value
        return None

    def place(self, key: str) -> yaml.Node:
        """Where a mistake about ``key`` is shown: its value, or this section if it is absent."""
        return self._value(key) or self.node

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def allow(self, *keys: str) -> None:
        """Note every key that is not one of ``keys``, and every key that is given twice."""
        seen: set[str] = set()
        for found, _ in self._pairs():
            key = found.value if isinstance(found, yaml.ScalarNode) else "?"
            if key in seen:
                self.notes.add(found, f"cannot use {self._path(key)} twice", "remove one of them")
            elif key not in keys:
                near = get_close_matches(key, keys, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(keys)}"
                self.notes.add(found, f"cannot use the unknown key {self._path(key)}", hint)
            seen.add(key)

    def text(self, key: str, *, required: bool = False) -> str | None:
        """The scalar under ``key`` as it was written (``8h``, ``127.0.0.1:80``), never empty."""
        value = self._value(key)
        if value is None:
            if required:
                self.notes.add(self.node, f"cannot do without {self._path(key)}", "add it")
            return None
        if not isinstance(value, yaml.ScalarNode):
            self.notes.add(value, f"cannot use {self._path(key)}: it must be a single value")
            return None
        if not str(value.value).strip():
            self.notes.add(value, f"cannot use an empty {self._path(key)}", "give it a value or remove it")
            return None
        return str(value.value)

    def section(self, key: str, *, required: bool = False) -> Section | None:
        """The mapping under ``key``."""
        value = self._value(key)
        if value is None:
            if required:
                self.notes.add(self.node, f"cannot do without {self._path(key)}", "add it")
            return None
        if not isinstance(value, yaml.MappingNode):
            self.notes.add(value, f"cannot use {self._path(key)}: it must be a mapping (key: value)")
            return None
        return Section(value, self._path(key), self.notes)

    def sections(self, key: str) -> list[Section]:
        """The mappings in the list under ``key``, in the file's order."""
        value = self._value(key)
        if value is None:
            return []
        if not isinstance(value, yaml.SequenceNode):
            self.notes.add(value, f"cannot use {self._path(key)}: it must be a list (- name: …)")
            return []
        found: list[Section] = []
        for index, item in enumerate(value.value):
            if isinstance(item, yaml.MappingNode):
                found.append(Section(item, f"{self._path(key)}[{index}]", self.notes))
            else:
                self.notes.add(item, f"cannot use {self._path(key)}[{index}]: it must be a mapping (name: …)")
        return found


def parse(text: str, file: str) -> Section:
    """Parse one YAML document whose top is a mapping.

    Raises ConfigMistakes where it is not YAML or not a mapping.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = error.problem or "it is not YAML"
        raise ConfigMistakes(file, [ConfigMistake(line=line, column=column, message=f"cannot parse: {problem}")]) from error
    except yaml.YAMLError as error:
        raise ConfigMistakes(file, [ConfigMistake(line=1, column=1, message="cannot parse: it is not YAML text")]) from error
    if not isinstance(node, yaml.MappingNode):
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        message = "cannot use this file: its top must be a mapping (key: value)"
        raise ConfigMistakes(file, [ConfigMistake(line=line, column=column, message=message)])
    return Section(node, "", Notes())

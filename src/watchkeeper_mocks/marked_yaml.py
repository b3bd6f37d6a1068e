"""Reading YAML nodes that remember their lines: each wrong value is noted with its place, and reading goes on."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

import yaml

T = TypeVar("T")


class MarkedMapping:
    """Reads the keys of one mapping; an absent mapping gives defaults for everything."""

    def __init__(self, node: yaml.Node | None, *, origin: str, key: str, mistakes: list[str]) -> None:
        self._node = node
        self._origin = origin
        self._mistakes = mistakes
        self._entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        self._asked: list[str] = []
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    self._note(name, "cannot use this as a key; it must be a word")
                    continue
                if name.value in self._entries:
                    self._note(name, f"cannot give {name.value} twice; remove one of them")
                self._entries[name.value] = (name, value)
        elif node is not None:
            self._note(node, f"cannot use this as {key}; it must be a mapping of keys to values")

    def mistake(self, message: str) -> None:
        """Note a mistake about the mapping as a whole, unless it is none, which was noted before."""
        if isinstance(self._node, yaml.MappingNode):
            self._note(self._node, message)

    def value(self, key: str, default: T, read: Callable[[str], T], *, required: bool = False) -> T:
        """A scalar, read by `read`, which raises ValueError with the reason when it cannot."""
        node = self._ask(key)
        if node is None:
            if required:
                self.mistake(f"cannot do without {key}; add it")
            return default
        if not isinstance(node, yaml.ScalarNode):
            self._note(node, f"cannot use this as {key}; it must be a single value")
            return default
        try:
            return read(str(node.value))
        except ValueError as reason:
            self._note(node, f"cannot use {node.value!r} as {key}: {reason}")
            return default

    def text(self, key: str, default: str) -> str:
        """Any text that is not empty."""

        def read(text: str) -> str:
            if not text:
                raise ValueError("it must not be empty")
            return text

        return self.value(key, default, read)

    def number(self, key: str, default: float, minimum: float, maximum: float) -> float:
        """A number between two bounds, both allowed."""

        def read(text: str) -> float:
            try:
                number = float(text)
            except ValueError:
                raise ValueError("it must be a number") from None
            if math.isnan(number) or not minimum <= number <= maximum:
                raise ValueError(f"it must be between {minimum:g} and {maximum:g}")
            return number

        return self.value(key, default, read)

    def choice(self, key: str, default: str, choices: Collection[str], *, required: bool = False) -> str:
        """One of a few words."""

        def read(text: str) -> str:
            if text not in choices:
                raise ValueError(f"it must be one of {', '.join(choices)}")
            return text

        return self.value(key, default, read, required=required)

    def names(self, key: str, default: Iterable[str], choices: Collection[str]) -> tuple[str, ...]:
        """A list of words out of a few."""
        node = self._ask(key)
        if node is None:
            return tuple(default)
        if not isinstance(node, yaml.SequenceNode):
            self._note(node, f"cannot use this as {key}; it must be a list")
            return tuple(default)
        for entry in node.value:
            if not isinstance(entry, yaml.ScalarNode):
                self._note(entry, f"cannot use this in {key}; it must be a word")
            elif entry.value not in choices:
                self._note(entry, f"cannot use {entry.value!r} in {key}; it must be one of {', '.join(choices)}")
        return tuple(str(entry.value) for entry in node.value)

    def mapping(self, key: str) -> "MarkedMapping":
        """The mapping below a key; one without entries if there is none."""
        return MarkedMapping(self._ask(key), origin=self._origin, key=key, mistakes=self._mistakes)

    def mappings(self, key: str) -> Iterator["MarkedMapping"]:
        """The mappings in the list below a key."""
        node = self._ask(key)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._note(node, f"cannot use this as {key}; it must be a list of mappings")
            return
        for entry in node.value:
            yield MarkedMapping(entry, origin=self._origin, key=f"one of {key}", mistakes=self._mistakes)

    def refuse_the_rest(self) -> None:
        """Note every key that nobody asked for. Call it after the last question."""
        for name, (node, _) in self._entries.items():
            if name not in self._asked:
                self._note(node, f"cannot use the key {name!r} here; known are {', '.join(sorted(self._asked))}")

    def _ask(self, key: str) -> yaml.Node | None:
        self._asked.append(key)
        entry = self._entries.get(key)
        if entry is None:
            return None
        value = entry[1]
        # `key:` with nothing after it means "as if it were not there".
        return None if isinstance(value, yaml.ScalarNode) and value.tag.endswith(":null") else value

    def _note(self, node: yaml.Node, message: str) -> None:
        mark = node.start_mark
        self._mistakes.append(f"{self._origin}:{mark.line + 1}:{mark.column + 1}: {message}")

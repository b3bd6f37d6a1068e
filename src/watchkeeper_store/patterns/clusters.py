"""Lines that differ only in some words become one pattern. Pure, and bounded however different the lines are.

A line is cut into words and what separates them. Lines are of one kind when they have the same separators; within a kind a
line joins the pattern it shares most words with, if these are enough, and words that differ become `<_>`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

WILDCARD = "<_>"
_SEPARATORS = re.compile(r"""([\s="'\[\]{}(),;:|]+)""")
_MOST_WORDS = 120
_LEAST_SHARED = 0.5
_MOST_COMPARED = 24

Samples = dict[str, dict[int, int]]
"""Lines by level, then by time."""


@dataclass(slots=True, eq=False)
class Pattern:
    """``words`` stand between ``separators``, of which there is one less."""

    words: list[str]
    separators: list[str]
    samples: Samples = field(default_factory=dict)
    total: int = 0

    def text(self) -> str:
        """The pattern as the line filter `|>` reads it: no two wildcards touch."""
        out = self.words[0]
        for separator, word in zip(self.separators, self.words[1:], strict=True):
            out += separator + word
        return re.sub(r"(?:<_>){2,}", WILDCARD, out)

    def shared(self, words: list[str]) -> float:
        """The part of the words that are the same; wildcards are none."""
        same = sum(mine == other and mine != WILDCARD for mine, other in zip(self.words, words, strict=True))
        real = sum(1 for word in words if word and word != WILDCARD)
        return same / real if real else 1.0

    def take(self, words: list[str]) -> None:
        self.words = [mine if mine == other else WILDCARD for mine, other in zip(self.words, words, strict=True)]


class Clusters:
    """Patterns of the lines added so far. When there are too many, the one that was not met for longest is forgotten."""

    def __init__(self, most_patterns: int = 500) -> None:
        self._most = most_patterns
        self._kinds: dict[tuple[str, ...], list[Pattern]] = {}
        self._recent: OrderedDict[int, tuple[tuple[str, ...], Pattern]] = OrderedDict()

    def add(self, shape: str, level: str, lines: Mapping[int, int]) -> None:
        """So many lines at each time of one shape: a line whose words with digits are wildcards already."""
        parts = _SEPARATORS.split(shape)
        words, separators = parts[::2], parts[1::2]
        if len(words) > _MOST_WORDS:
            words, separators = [*words[: _MOST_WORDS - 1], WILDCARD], separators[: _MOST_WORDS - 1]
        words = [WILDCARD if WILDCARD in word else word for word in words]
        pattern = self._place(tuple(separators), words)
        by_time = pattern.samples.setdefault(level, {})
        for time, count in lines.items():
            by_time[time] = by_time.get(time, 0) + count
            pattern.total += count

    def _place(self, kind: tuple[str, ...], words: list[str]) -> Pattern:
        known = self._kinds.setdefault(kind, [])
        # the frequent shapes come first, so that of a kind with very many patterns the first are those that matter
        best = max(known[:_MOST_COMPARED], key=lambda pattern: pattern.shared(words), default=None)
        if best is not None and best.shared(words) >= _LEAST_SHARED:
            best.take(words)
            self._recent.move_to_end(id(best))
            return best
        made = Pattern(words, list(kind))
        known.append(made)
        self._recent[id(made)] = (kind, made)
        if len(self._recent) > self._most:
            _, (old_kind, old) = self._recent.popitem(last=False)
            self._kinds[old_kind].remove(old)
            if not self._kinds[old_kind]:
                del self._kinds[old_kind]
        return made

    def patterns(self) -> list[Pattern]:
        """All patterns that say something, those with most lines first."""
        telling = (pattern for _, pattern in self._recent.values() if any(word not in ("", WILDCARD) for word in pattern.words))
        return sorted(telling, key=lambda one: (-one.total, one.text()))

"""What may come next in a query, for editors: words of the language only, no labels, which only a storage knows."""

import re
from dataclasses import dataclass

from watchkeeper_store.logql.language import (
    BINARY_OPERATORS,
    CONVERSIONS,
    LINE_FILTERS,
    RANGE_FUNCTIONS,
    VECTOR_FUNCTIONS,
)
from watchkeeper_store.logql.stages.registry import STAGES

_WORD = re.compile(r"[A-Za-z_]\w*$")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_IN_SELECTOR = re.compile(r"\{[^}]*$")
_AFTER_PIPE = re.compile(r"\|\s*$")
_AFTER_UNWRAP = re.compile(r"\|\s*unwrap\s+$")
_AFTER_LINES = re.compile(r"(\}|\bS|\b(?:json|logfmt|unpack|decolorize))\s+$")
_AFTER_RANGE = re.compile(r"\][^()]*\)\s+$|\)\s+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A word to insert and what it means."""

    word: str
    meaning: str


def suggestions(before: str) -> tuple[Suggestion, ...]:
    """What fits behind a text, the most specific place winning; words begun are completed. Nothing inside strings."""
    plain = _STRING.sub("S", before)
    if plain.count('"') or plain.count("`"):
        return ()
    word = _WORD.search(plain)
    begun = word[0].lower() if word is not None else ""
    place = plain[: len(plain) - len(begun)]
    return tuple(one for one in _fitting(place) if one.word.startswith(begun))


def _fitting(place: str) -> tuple[Suggestion, ...]:
    if _IN_SELECTOR.search(place):
        return ()
    if _AFTER_UNWRAP.search(place):
        return _from({f"{name}(": meaning for name, meaning in CONVERSIONS.items()})
    if _AFTER_PIPE.search(place):
        stages = {keyword: entry.summary for keyword, entry in STAGES.items()}
        return _from({**stages, "unwrap": "the value of a label, for aggregations over time"})
    if _AFTER_LINES.search(place):
        return _from({**LINE_FILTERS, "|": "a stage of the pipeline"})
    if _AFTER_RANGE.search(place):
        return _from({sign: operator.summary for sign, operator in BINARY_OPERATORS.items()})
    functions = {f"{name}(": function.summary for name, function in (RANGE_FUNCTIONS | VECTOR_FUNCTIONS).items()}
    return _from({"{": "a stream selector", **functions})


def _from(words: dict[str, str]) -> tuple[Suggestion, ...]:
    return tuple(Suggestion(word=word, meaning=meaning) for word, meaning in words.items())

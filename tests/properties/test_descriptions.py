"""Whatever a person writes, the answer is a description or mistakes with a place: never an exception of ours."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from watchkeeper.spec import KINDS, examine, load
from watchkeeper.spec.schema import json_schema
from watchkeeper.workload.failure import MistakesFound
from watchkeeper.workload.yaml_text import Plain, yaml_text


def _keys_of(part: object) -> set[str]:
    if isinstance(part, list):
        return {key for item in part for key in _keys_of(item)}
    if not isinstance(part, dict):
        return set()
    return set(part.get("properties", ())) | {key for inner in part.values() for key in _keys_of(inner)}


KEYS = st.one_of(st.sampled_from(sorted(_keys_of(json_schema()))), st.sampled_from(["x", "a-b", "password", "", "__x"]))
WORDS = [
    "30s",
    "1GiB",
    "core",
    "native",
    "ops",
    "shop",
    "http://h/",
    "h:1",
    "/var/log/x",
    '{a=~"b"}',
    "{",
    "(",
    "true",
    "on",
    "",
]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 70_000), st.floats(-1, 2), st.sampled_from(WORDS))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


def check(text: str) -> None:
    try:
        _, mistakes = examine(load(text, "w.yaml"))
    except MistakesFound as found:
        mistakes = found.mistakes
        assert mistakes
    for mistake in mistakes:
        assert mistake.kind in KINDS
        assert mistake.message.startswith("cannot ")
        assert 1 <= mistake.line <= len(text.splitlines()) + 1  # YAML also breaks lines at \r, \x85, \u2028 and \u2029
        assert mistake.column >= 1


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_data_gives_a_description_or_mistakes(data: dict[str, Plain]) -> None:
    check(yaml_text(data))


@given(st.text(max_size=60))
@example("a: !!float x\n")
@example("a: !!bool maybe\n")
@example("? !!map [a]\n: b\n")
@example("a: !!seq {b: c}\n")
@example("%YAML 9.9\n---\na: b\n")
@example("\ufeffname: shop\n")
@example("&a : b\n")
def test_any_text_gives_a_description_or_mistakes(text: str) -> None:
    check(text)

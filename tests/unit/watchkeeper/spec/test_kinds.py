from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import watchkeeper
from watchkeeper.spec.kinds import FOUND_BY_PLAN, FOUND_HERE, FOUND_IN_ARGUMENTS, FOUND_ON_THE_MACHINE, KINDS


def test_there_are_at_least_twenty_five_kinds_and_each_stands_in_one_group() -> None:
    assert len(KINDS) >= 25
    groups = (FOUND_HERE, FOUND_BY_PLAN, FOUND_ON_THE_MACHINE, FOUND_IN_ARGUMENTS)
    assert sum(map(len, groups)) == len(KINDS)


def test_a_kind_is_words_with_dashes_and_is_explained_in_a_sentence() -> None:
    for kind, meaning in KINDS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind)
        assert meaning[0].isupper()
        assert meaning.endswith(".")


def sources() -> Iterator[ast.AST]:
    for path in Path(watchkeeper.__file__).parent.rglob("*.py"):
        if path.name != "kinds.py":
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def reported() -> Iterator[str]:
    """Kinds written where a mistake is made: ``mistake("kind", …)``, ``refusal("kind", …)``, ``Mistake(kind="kind", …)``."""
    for node in sources():
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        written = node.args[:1] if name in ("mistake", "refusal") else []
        written += [keyword.value for keyword in node.keywords if name == "Mistake" and keyword.arg == "kind"]
        yield from (value.value for value in written if isinstance(value, ast.Constant) and isinstance(value.value, str))


def test_every_mistake_that_is_reported_has_a_kind_of_the_table() -> None:
    assert set(reported()) - set(KINDS) == set()


def test_every_kind_of_the_table_is_reported_somewhere() -> None:
    words = {node.value for node in sources() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(KINDS) - words == set()

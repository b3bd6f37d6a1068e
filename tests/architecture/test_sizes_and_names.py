"""Small modules, small functions, and rooms named after what happens in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("src", "examples") for path in (ROOT / folder).rglob("*.py"))
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 60
NAMES_THAT_SAY_NOTHING = {"util", "utils", "common", "helper", "helpers", "manager", "managers", "base", "misc", "core"}

EXCUSED_MODULES: set[str] = set()
EXCUSED_FUNCTIONS: set[str] = set()
"""These lists may only become shorter."""


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """(module:function, lines of its body without the docstring)"""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - first.lineno + 1


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {str(path.relative_to(ROOT)) for path in SOURCES if len(path.read_text().splitlines()) > MOST_MODULE_LINES}
    assert long == EXCUSED_MODULES


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {name for path in SOURCES for name, lines in functions(path) if lines > MOST_FUNCTION_LINES}
    assert long == EXCUSED_FUNCTIONS


def test_no_room_has_a_name_that_says_nothing() -> None:
    rooms = {path.stem for path in SOURCES} | {path.parent.name for path in SOURCES}
    assert not rooms & NAMES_THAT_SAY_NOTHING


def test_every_module_says_what_belongs_in_it() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []

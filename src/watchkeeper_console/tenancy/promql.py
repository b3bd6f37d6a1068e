"""Confining PromQL to one value of one label.

The query is parsed, every vector selector gets the matcher, and what goes out is printed from the tree, never the text that
came in: comments, odd spellings and whatever the parser did not see are gone. The printed text is parsed once more, and every
selector in it must hold the matcher.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

Tree: TypeAlias = Any
"""A node of promql-parser, whose classes say little to a type checker."""

_PEEKING = frozenset({"info"})
"""Functions that read series which no selector of the query names: ``info`` joins labels of ``target_info`` on its own."""


class NotConfinable(Exception):
    """The query cannot be confined for certain; the message starts with "cannot"."""


def confine(query: str, label: str, value: str) -> str:
    """``query`` with ``label="value"`` in every selector. Raises NotConfinable."""
    parser = _parser()
    tree = _parse(parser, query)
    _refuse_peeking(parser, tree)

    def with_matcher(node: Tree) -> Tree | None:
        return _parse(parser, _selector(parser, node, label, value)) if isinstance(node, parser.VectorSelector) else None

    confined: str = parser.transform(tree, None, with_matcher).prettify()
    again = _parse(parser, confined)
    if again.prettify() != confined or not all(_holds(parser, found, label, value) for found in _selectors(parser, again)):
        raise NotConfinable("cannot confine this query to your organisation")
    if len(_selectors(parser, again)) != len(_selectors(parser, tree)):
        raise NotConfinable("cannot confine this query to your organisation")
    return confined


def confine_selector(selector: str, label: str, value: str) -> str:
    """The same for ``match[]``, where only a vector selector may stand. Raises NotConfinable."""
    parser = _parser()
    if not isinstance(_parse(parser, selector), parser.VectorSelector):
        raise NotConfinable("cannot use this as a selector of series")
    return confine(selector, label, value)


def everything(label: str, value: str) -> str:
    """The selector of all series of that value."""
    return "{" + f"{label}={quoted(value)}" + "}"


def _parser() -> Any:
    # 3 MB that only stacks with organisations need
    import promql_parser

    return promql_parser


def _parse(parser: Any, query: str) -> Tree:
    try:
        return parser.parse(query)
    except ValueError as error:
        raise NotConfinable(f"cannot understand this query: {error}") from error


def _selectors(parser: Any, tree: Tree) -> list[Tree]:
    found: list[Tree] = []

    def visit(node: Tree) -> None:
        if isinstance(node, parser.VectorSelector):
            found.append(node)

    parser.walk(tree, visit)
    return found


def _refuse_peeking(parser: Any, tree: Tree) -> None:
    def visit(node: Tree) -> None:
        if isinstance(node, parser.Call) and node.func.name in _PEEKING:
            called.append(node.func.name)

    called: list[str] = []
    parser.walk(tree, visit)
    if called:
        raise NotConfinable(f"cannot confine {called[0]}() to your organisation: it reads series that the query does not name")


def _selector(parser: Any, node: Tree, label: str, value: str) -> str:
    if node.matchers.or_matchers:
        raise NotConfinable("cannot confine a selector with or between its matchers")
    operators = {
        str(parser.MatchOp.Equal): "=",
        str(parser.MatchOp.NotEqual): "!=",
        str(parser.MatchOp.Re): "=~",
        str(parser.MatchOp.NotRe): "!~",
    }
    matchers = [f"{matcher.name}{operators[str(matcher.op)]}{quoted(matcher.value)}" for matcher in node.matchers.matchers]
    matchers.append(f"{label}={quoted(value)}")
    return (node.name or "") + "{" + ",".join(matchers) + "}" + _at(parser, node.at) + _offset(node.offset)


def _at(parser: Any, at: Any) -> str:
    if at is None:
        return ""
    if at.type == parser.AtModifierType.At:
        return f" @ {at.at.timestamp():.3f}"
    return " @ start()" if at.type == parser.AtModifierType.Start else " @ end()"


def _offset(offset: timedelta | None) -> str:
    if not offset:
        return ""
    milliseconds = round(offset.total_seconds() * 1000)
    return f" offset {'-' if milliseconds < 0 else ''}{abs(milliseconds)}ms"


def _holds(parser: Any, selector: Tree, label: str, value: str) -> bool:
    return not selector.matchers.or_matchers and any(
        matcher.name == label and matcher.value == value and matcher.op == parser.MatchOp.Equal
        for matcher in selector.matchers.matchers
    )


def quoted(value: str) -> str:
    """As a Go string in double quotes: printable ASCII as it is, everything else by its number."""
    parts: list[str] = []
    for character in value:
        number = ord(character)
        if character in '"\\':
            parts.append("\\" + character)
        elif 0x20 <= number < 0x7F:
            parts.append(character)
        else:
            parts.append(f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")
    return '"' + "".join(parts) + '"'

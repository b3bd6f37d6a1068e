"""PromQL in files: where expressions stand, their syntax trees (``promql-parser``), and questions that several rules ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import promql_parser

from watchkeeper.lint.recognise import groups_path
from watchkeeper.lint.rule import Kind, Subject
from watchkeeper.lint.walk import below, each, mappings
from watchkeeper.spec.document import Data, KeyPath

Tree: TypeAlias = Any
"""A node of promql-parser, which has no types of its own."""

RATES = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "resets", "changes"})
COMPARISONS = frozenset({">", "<", ">=", "<=", "==", "!="})
_RANGE_VARIABLES = re.compile(r"\$\{?__(?:rate_interval|interval|range)(?:_m?s)?(?::\w+)?\}?")
_OTHER_VARIABLE = re.compile(r"\$\{?\w+|\[\[\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """One expression of a file. ``tree`` is None where it does not parse, and ``problem`` says why.

    ``owner``: the rule or the panel query that holds it.
    """

    path: KeyPath
    text: str
    tree: Tree | None
    problem: str
    owner: dict[str, Data]

    @property
    def is_alert(self) -> bool:
        return "alert" in self.owner


def expressions(subject: Subject) -> Iterator[Expression]:
    """Every PromQL expression of a rule file or a dashboard, in the order of the file."""
    if subject.kind is Kind.RULES:
        for path, rule in each(subject.document, *groups_path(subject.document), "*", "rules", "*"):
            text = mappings(rule).get("expr")
            if isinstance(text, str | int):
                yield _expression((*path, "expr"), str(text), mappings(rule))
    elif subject.kind is Kind.DASHBOARD:
        for path, value in below(subject.document.data):
            target = mappings(value)
            text = target.get("expr")
            if isinstance(text, str) and text.strip() and not _is_loki(target):
                yield _expression((*path, "expr"), text, target)


def parsed(subject: Subject) -> Iterator[tuple[Expression, Tree]]:
    """The expressions that parse, each with its tree."""
    for expression in expressions(subject):
        if expression.tree is not None:
            yield expression, expression.tree


def _expression(path: KeyPath, text: str, owner: dict[str, Data]) -> Expression:
    tree, problem = _parse(text)
    return Expression(path=path, text=text, tree=tree, problem=problem, owner=owner)


def _is_loki(target: dict[str, Data]) -> bool:
    source = mappings(target.get("datasource"))
    return source.get("type") == "loki" or "loki" in str(source.get("uid", target.get("datasource", ""))).lower()


def has_variables(text: str) -> bool:
    """Whether Grafana replaces something in the text that we cannot know; its interval variables are known to be durations."""
    return _OTHER_VARIABLE.search(_RANGE_VARIABLES.sub("5m", text)) is not None


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[Tree | None, str]:
    try:
        return promql_parser.parse(_RANGE_VARIABLES.sub("5m", text)), ""
    except ValueError as refused:
        return None, str(refused).splitlines()[0] if str(refused) else "not PromQL"


def nodes(tree: Tree, ancestors: tuple[Tree, ...] = ()) -> Iterator[tuple[Tree, tuple[Tree, ...]]]:
    """(node, its ancestors from the root down) of a whole tree, depth first."""
    yield tree, ancestors
    for child in _children(tree):
        yield from nodes(child, (*ancestors, tree))


def _children(node: Tree) -> Iterator[Tree]:
    if isinstance(node, promql_parser.BinaryExpr):
        yield node.lhs
        yield node.rhs
    elif isinstance(node, promql_parser.Call):
        yield from node.args
    elif isinstance(node, promql_parser.AggregateExpr):
        yield node.expr
        if node.param is not None:
            yield node.param
    elif isinstance(node, promql_parser.UnaryExpr | promql_parser.ParenExpr | promql_parser.SubqueryExpr):
        yield node.expr
    elif isinstance(node, promql_parser.MatrixSelector):
        yield node.vector_selector


def selectors(tree: Tree) -> Iterator[tuple[Tree, str, tuple[Tree, ...]]]:
    """(vector selector, metric name or nothing, ancestors) of every selector."""
    for node, ancestors in nodes(tree):
        if isinstance(node, promql_parser.VectorSelector):
            yield node, metric_name(node), ancestors


def metric_name(selector: Tree) -> str:
    """The metric that a selector names, or nothing."""
    if selector.name:
        return str(selector.name)
    return next((value for name, op, value in matchers(selector) if name == "__name__" and op == "="), "")


def matchers(selector: Tree) -> list[tuple[str, str, str]]:
    """(label, operator, value) of each matcher; the operator as it is written."""
    written = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
    return [(one.name, written[str(one.op).removeprefix("MatchOp.")], one.value) for one in selector.matchers.matchers]


def calls(tree: Tree, *names: str) -> Iterator[tuple[Tree, tuple[Tree, ...]]]:
    """(call, ancestors) of each call of one of these functions."""
    for node, ancestors in nodes(tree):
        if isinstance(node, promql_parser.Call) and node.func.name in names:
            yield node, ancestors


def bare(node: Tree) -> Tree:
    """The node inside any parentheses."""
    while isinstance(node, promql_parser.ParenExpr):
        node = node.expr
    return node


def operator(node: Tree) -> str:
    """``>`` and so on for a binary expression, ``sum`` and so on for an aggregation, otherwise nothing."""
    return str(node.op) if isinstance(node, promql_parser.BinaryExpr | promql_parser.AggregateExpr) else ""


def grouping(node: Tree) -> tuple[str, tuple[str, ...]]:
    """(``by`` or ``without`` or nothing, labels) of an aggregation."""
    if node.modifier is None:
        return "", ()
    return ("by" if "By" in str(node.modifier.type) else "without"), tuple(node.modifier.labels)

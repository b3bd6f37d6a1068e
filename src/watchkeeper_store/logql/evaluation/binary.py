"""Binary operations: numbers with series, and series with series by matching labels, instant by instant."""

from collections.abc import Callable

from watchkeeper_store.logql.arithmetic import ARITHMETIC, COMPARISONS
from watchkeeper_store.logql.errors import MatchingError
from watchkeeper_store.logql.evaluation.results import Column, Table
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.tree import BinaryOperation, Cardinality, Matching

Combine = Callable[[float, float], float | None]

_DUPLICATE = (
    "found duplicate series on the {side} hand-side;many-to-many matching not allowed: "
    "matching labels must be unique on one side"
)
_MANY = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
_NOT_UNIQUE = "multiple matches for labels: grouping labels must ensure unique matches"


def _combiner(operation: BinaryOperation, *, keeps_right: bool = False) -> Combine:
    """How two values become one, or none. A comparison keeps the left value (or the right); with `bool` it gives 1 or 0."""
    compute = ARITHMETIC.get(operation.operator)
    if compute is not None:
        return compute
    holds = COMPARISONS[operation.operator]
    if operation.returns_bool:
        return lambda left, right: float(holds(left, right))
    if keeps_right:
        return lambda left, right: right if holds(left, right) else None
    return lambda left, right: left if holds(left, right) else None


def with_number(operation: BinaryOperation, table: Table, number: float, *, number_on_left: bool) -> Table:
    """An operation between every series and one number; series keep their labels."""
    combine = _combiner(operation, keeps_right=number_on_left)
    if number_on_left:
        return _non_empty(
            [(labels, [None if value is None else combine(number, value) for value in column]) for labels, column in table]
        )
    return _non_empty(
        [(labels, [None if value is None else combine(value, number) for value in column]) for labels, column in table]
    )


def _non_empty(table: Table) -> Table:
    return [(labels, column) for labels, column in table if any(value is not None for value in column)]


def _signature(labels: Labels, matching: Matching) -> Labels:
    """What two series have to share; a label without a value is no label here."""
    names = matching.labels or ()
    return tuple((name, value) for name, value in labels if (name in names) is matching.on and value)


def _by_signature(table: Table, matching: Matching) -> dict[Labels, Table]:
    groups: dict[Labels, Table] = {}
    for labels, column in table:
        groups.setdefault(_signature(labels, matching), []).append((labels, column))
    return groups


def between(operation: BinaryOperation, left: Table, right: Table) -> Table:
    """An operation between series. Raises MatchingError where it is not clear which belong together."""
    if operation.operator in ("and", "or", "unless"):
        return _set_operation(operation, left, right)
    matching = operation.matching
    swapped = matching.cardinality is Cardinality.ONE_TO_MANY
    many, one = (right, left) if swapped else (left, right)
    one_groups = _by_signature(one, matching)
    for group in one_groups.values():
        if _overlap([column for _, column in group]):
            raise MatchingError(_DUPLICATE.format(side="left" if swapped else "right"))
    in_order = _combiner(operation)
    combine: Combine = (lambda many_value, one_value: in_order(one_value, many_value)) if swapped else in_order
    results: dict[Labels, Column] = {}
    many_groups = _by_signature(many, matching)
    for signature, group in many_groups.items():
        partners = one_groups.get(signature)
        if partners is not None:
            _match_group(matching, group, partners, combine, results)
    if len(many_groups) < len(many):
        return _non_empty(_in_order(results, many, one_groups, matching))
    return _non_empty(list(results.items()))


def _in_order(results: dict[Labels, Column], many: Table, ones: dict[Labels, Table], matching: Matching) -> Table:
    """The results as the series of the side with many of them stand, because it may be sorted."""
    order = {
        _result_labels(labels, one_labels, matching): None
        for labels, _ in many
        for one_labels, _ in ones.get(_signature(labels, matching), ())
    }
    return [(labels, results[labels]) for labels in order if labels in results]


def _overlap(columns: list[Column]) -> bool:
    """Whether two of the series have a value at one instant."""
    return len(columns) > 1 and any(sum(value is not None for value in row) > 1 for row in zip(*columns, strict=True))


def _match_group(
    matching: Matching,
    many: Table,
    ones: Table,
    combine: Combine,
    results: dict[Labels, Column],
) -> None:
    """Combine the series of one signature; at each instant at most one of `ones` has a value."""
    length = len(ones[0][1])
    taken: set[tuple[Labels, int]] = set()
    matched: set[int] = set()
    one_to_one = matching.cardinality is Cardinality.ONE_TO_ONE
    for one_labels, one_column in ones:
        for many_labels, many_column in many:
            labels = _result_labels(many_labels, one_labels, matching)
            for index in range(length):
                many_value, one_value = many_column[index], one_column[index]
                if many_value is None or one_value is None:
                    continue
                if one_to_one:
                    if index in matched:
                        raise MatchingError(_MANY)
                    matched.add(index)
                elif (labels, index) in taken:
                    raise MatchingError(_NOT_UNIQUE)
                taken.add((labels, index))
                results.setdefault(labels, [None] * length)[index] = combine(many_value, one_value)


def _result_labels(many: Labels, one: Labels, matching: Matching) -> Labels:
    labels = {name: value for name, value in many if value}
    if matching.cardinality is Cardinality.ONE_TO_ONE and matching.labels is not None:
        labels = {name: value for name, value in labels.items() if (name in matching.labels) is matching.on}
    if matching.include is not None:
        others = dict(one)
        for name in matching.include:
            if others.get(name):
                labels[name] = others[name]
            else:
                labels.pop(name, None)
    return labels_of(labels)


def _set_operation(operation: BinaryOperation, left: Table, right: Table) -> Table:
    matching = operation.matching
    if operation.operator == "or":
        return _non_empty([*left, *_without_partner(right, left, matching)])
    if operation.operator == "unless":
        return _non_empty(_without_partner(left, right, matching))
    right_groups = _by_signature(right, matching)
    return _non_empty(
        [
            (labels, [value if present else None for value, present in zip(column, _presence(partners), strict=True)])
            for labels, column in left
            if (partners := right_groups.get(_signature(labels, matching)))
        ]
    )


def _without_partner(table: Table, others: Table, matching: Matching) -> Table:
    """Every series where none of the others with the same signature has a value."""
    groups = _by_signature(others, matching)
    kept: Table = []
    for labels, column in table:
        partners = groups.get(_signature(labels, matching))
        if partners is None:
            kept.append((labels, column))
            continue
        alone = [None if present else value for value, present in zip(column, _presence(partners), strict=True)]
        kept.append((labels, alone))
    return kept


def _presence(table: Table) -> list[bool]:
    """At which instants any of the series has a value."""
    return [any(value is not None for value in row) for row in zip(*(column for _, column in table), strict=True)]

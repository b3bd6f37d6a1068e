"""Operators between two numbers."""

import math
import operator as operators
from collections.abc import Callable


def _divide(left: float, right: float) -> float:
    return left / right if right != 0 else math.nan


def _remainder(left: float, right: float) -> float:
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


def _power(left: float, right: float) -> float:
    try:
        result = left**right
    except ZeroDivisionError:
        negative = math.copysign(1, left) < 0 and right == int(right) and int(right) % 2 == 1
        return -math.inf if negative else math.inf
    except OverflowError:
        return -math.inf if left < 0 and right == int(right) and int(right) % 2 == 1 else math.inf
    # Python answers with a complex number where there is no real one.
    return result if isinstance(result, float) else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": _divide,
    "%": _remainder,
    "^": _power,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operators.eq,
    "!=": operators.ne,
    ">": operators.gt,
    ">=": operators.ge,
    "<": operators.lt,
    "<=": operators.le,
}


def combine_numbers(sign: str, left: float, right: float) -> float:
    """The result of an operator between two numbers; comparisons give 1 or 0."""
    compute = ARITHMETIC.get(sign)
    if compute is not None:
        return compute(left, right)
    return float(COMPARISONS[sign](left, right))

"""Piecewise-linear periodic curves whose integral is known exactly.

A counter is the integral of a rate from a fixed epoch. Because each curve is linear between knots, that integral has a
closed form: no state is kept, nothing drifts, and two processes agree to the last bit.
"""

from array import array
from collections.abc import Sequence


class Curve:
    """A curve through `values` at 0, step_s, 2·step_s, …, repeated for ever, linear between its knots."""

    __slots__ = ("_integrals", "_period_integral", "_period_s", "_step_s", "_values")

    def __init__(self, values: Sequence[float], step_s: float) -> None:
        if not values:
            raise ValueError("cannot draw a curve through no value")
        self._values = array("d", values)
        self._values.append(self._values[0])  # the knot after the last is the first of the next period
        self._step_s = step_s
        self._period_s = step_s * len(values)
        self._integrals = array("d", [0.0])
        for left, right in zip(self._values, self._values[1:], strict=False):
            self._integrals.append(self._integrals[-1] + (left + right) / 2 * step_s)
        self._period_integral = self._integrals[-1]

    def value(self, at_s: float) -> float:
        """The curve's height `at_s` seconds after its first knot (negative times wrap round)."""
        knot, share = self._place(at_s % self._period_s)
        left = self._values[knot]
        return left + (self._values[knot + 1] - left) * share

    def integral(self, at_s: float) -> float:
        """The area from 0 to `at_s`, in (unit of value) · seconds; negative for negative times."""
        periods, inside_s = divmod(at_s, self._period_s)
        knot, share = self._place(inside_s)
        left = self._values[knot]
        partial = (left + (self._values[knot + 1] - left) * share / 2) * share * self._step_s
        return periods * self._period_integral + self._integrals[knot] + partial

    def _place(self, inside_s: float) -> tuple[int, float]:
        """The knot at or before a time inside the period, and how far it is to the next, 0 … 1."""
        knot = min(int(inside_s / self._step_s), len(self._values) - 2)
        return knot, inside_s / self._step_s - knot

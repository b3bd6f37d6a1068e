import pytest

from watchkeeper_mocks.load.curve import Curve

# A triangle: up from 0 to 2 in ten seconds, down again in the next ten.
TRIANGLE = Curve([0.0, 2.0], 10.0)


@pytest.mark.parametrize(("at_s", "height"), [(0, 0), (5, 1), (10, 2), (15, 1), (20, 0), (25, 1), (-5, 1), (1005, 1)])
def test_a_curve_is_linear_between_its_knots_and_repeats(at_s: float, height: float) -> None:
    assert TRIANGLE.value(at_s) == pytest.approx(height)


@pytest.mark.parametrize(
    ("at_s", "area"),
    [(0, 0), (5, 2.5), (10, 10), (15, 17.5), (20, 20), (25, 22.5), (2000, 2000), (-5, -2.5), (-20, -20)],
)
def test_the_integral_is_the_area_under_the_triangle(at_s: float, area: float) -> None:
    assert TRIANGLE.integral(at_s) == pytest.approx(area)


def test_a_curve_with_one_knot_is_constant() -> None:
    constant = Curve([3.0], 7.0)
    assert constant.value(123.4) == 3.0
    assert constant.integral(10.0) == pytest.approx(30.0)


def test_a_curve_needs_a_value() -> None:
    with pytest.raises(ValueError, match="cannot draw a curve"):
        Curve([], 1.0)

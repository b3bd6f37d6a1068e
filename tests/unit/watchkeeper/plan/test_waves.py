"""Start order."""

import pytest

from watchkeeper.plan.waves import CyclicNeed, waves


def test_each_wave_needs_only_earlier_ones() -> None:
    assert waves({"web": ["db", "cache"], "db": [], "cache": ["db"], "mail": []}) == (("db", "mail"), ("cache",), ("web",))


def test_a_need_that_is_not_part_of_the_plan_is_no_obstacle() -> None:
    assert waves({"web": ["elsewhere"]}) == (("web",),)


def test_a_circle_is_named_from_end_to_end() -> None:
    with pytest.raises(CyclicNeed) as found:
        waves({"a": ["b"], "b": ["c"], "c": ["a"], "d": []})
    assert found.value.path == ("a", "b", "c", "a")


def test_a_circle_further_down_the_path_is_found() -> None:
    with pytest.raises(CyclicNeed) as found:
        waves({"a": ["b"], "b": ["c"], "c": ["b"]})
    assert found.value.path == ("b", "c", "b")

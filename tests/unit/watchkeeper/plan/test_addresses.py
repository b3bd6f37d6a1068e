"""Ports: the three that people type are fixed, the rest follows, what the description says wins."""

from tests.unit.watchkeeper.targets.a_stack import a_workload

from watchkeeper.plan.addresses import PortConflict, UnknownPortName, choose


def test_the_known_three_have_their_places_and_the_rest_follows_in_the_alphabets_order() -> None:
    workloads = [a_workload(name) for name in ("store", "zebra", "console", "apple", "prometheus")]
    ports, problems = choose(workloads, 23_000, {})
    assert ports == {
        ("apple", "http"): 23_003,
        ("console", "http"): 23_000,
        ("prometheus", "http"): 23_001,
        ("store", "http"): 23_002,
        ("zebra", "http"): 23_004,
    }
    assert problems == []


def test_a_written_port_wins_and_others_go_around_it() -> None:
    ports, problems = choose([a_workload("apple"), a_workload("pear")], 23_000, {"pear": 23_003})
    assert ports == {("apple", "http"): 23_004, ("pear", "http"): 23_003}
    assert problems == []


def test_the_endpoint_may_be_written_out() -> None:
    ports, _ = choose([a_workload("apple")], 23_000, {"apple.http": 4_000})
    assert ports == {("apple", "http"): 4_000}


def test_the_same_port_twice_is_a_conflict_that_names_both() -> None:
    _, problems = choose([a_workload("apple"), a_workload("pear")], 23_000, {"apple": 4_000, "pear": 4_000})
    assert problems == [PortConflict(port=4_000, first="apple.http", second="pear.http", chosen="pear")]


def test_a_written_port_on_a_fixed_place_is_a_conflict_at_what_was_written() -> None:
    _, problems = choose([a_workload("apple"), a_workload("console")], 23_000, {"apple": 23_000})
    assert problems == [PortConflict(port=23_000, first="apple.http", second="console.http", chosen="apple")]


def test_a_port_for_nothing_is_told_with_what_there_is() -> None:
    _, problems = choose([a_workload("apple")], 23_000, {"aple": 4_000})
    assert problems == [UnknownPortName(written="aple", known=("apple", "apple.http"))]

"""What changes between what runs and what should run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watchkeeper.plan.difference import Change, FilePrint, Fingerprint, difference

BEFORE = Fingerprint(
    version="2.42.0",
    arguments=("prometheus", "--keep=30d"),
    environment={"GOMEMLIMIT": "100MiB"},
    settings={"stop": "TERM 10 s"},
    files={"a.yml": FilePrint(digest="1", reloadable=True), "fixed.yml": FilePrint(digest="1", reloadable=False)},
    reload="HUP",
)


def _only(after: Fingerprint, *, running: bool = True) -> Change:
    (change,) = difference({"x": BEFORE}, {"x": after}, {"x"} if running else set())
    return change


def test_the_same_fingerprint_of_a_running_workload_is_unchanged() -> None:
    assert _only(BEFORE).action == "unchanged"


def test_a_workload_that_should_run_and_does_not_is_added_again() -> None:
    change = _only(BEFORE, running=False)
    assert (change.action, change.reason) == ("add", "it was not running")


def test_a_workload_that_hangs_is_started_again_though_nothing_changed() -> None:
    (change,) = difference({"x": BEFORE}, {"x": BEFORE}, {"x"}, {"x": "wget: timed out"})
    assert (change.action, change.reason) == ("restart", "it hangs: wget: timed out")
    (change,) = difference({"x": BEFORE}, {"x": replace(BEFORE, version="3.0.0")}, {"x"}, {"x": "wget: timed out"})
    assert (change.action, change.reason) == ("restart", "version 2.42.0 became 3.0.0")


def test_new_and_gone_workloads_are_added_and_removed_in_order_of_names() -> None:
    changes = difference({"b": BEFORE}, {"a": BEFORE, "c": BEFORE}, {"b"})
    assert [(change.workload, change.action) for change in changes] == [("a", "add"), ("b", "remove"), ("c", "add")]


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replace(BEFORE, version="2.53.3"), "version 2.42.0 became 2.53.3"),
        (replace(BEFORE, arguments=("prometheus", "--keep=7d")), "argument --keep=30d became --keep=7d"),
        (replace(BEFORE, arguments=("prometheus", "--keep=30d", "--x")), "argument --x is new"),
        (replace(BEFORE, arguments=("prometheus",)), "argument --keep=30d is gone"),
        (replace(BEFORE, arguments=("--keep=30d", "prometheus")), "its arguments changed"),
        (replace(BEFORE, environment={}), "environment variable GOMEMLIMIT changed"),
        (replace(BEFORE, settings={"stop": "INT 10 s"}), "setting stop changed"),
        (
            replace(BEFORE, files=BEFORE.files | {"fixed.yml": FilePrint(digest="2", reloadable=False)}),  # type: ignore[operator]
            "fixed.yml changed, which it reads only at its start",
        ),
    ],
)
def test_a_restart_says_what_changed(after: Fingerprint, reason: str) -> None:
    change = _only(after)
    assert (change.action, change.reason) == ("restart", reason)


def test_a_changed_reloadable_file_is_a_reload() -> None:
    files = {**BEFORE.files, "a.yml": FilePrint(digest="2", reloadable=True)}
    change = _only(replace(BEFORE, files=files))
    assert (change.action, change.reason) == ("reload", "a.yml changed")


def test_a_new_reloadable_file_is_a_reload_and_many_are_counted() -> None:
    files = {**BEFORE.files, **{f"{name}.yml": FilePrint(digest="2", reloadable=True) for name in "bcde"}}
    assert _only(replace(BEFORE, files=files)).reason == "b.yml, c.yml and 2 more changed"


def test_a_file_that_stops_being_reloadable_is_a_restart() -> None:
    files = {**BEFORE.files, "a.yml": FilePrint(digest="1", reloadable=False)}
    assert _only(replace(BEFORE, files=files)).action == "restart"


def test_without_a_reload_signal_every_changed_file_is_a_restart() -> None:
    before = replace(BEFORE, reload="")
    after = replace(before, files={**BEFORE.files, "a.yml": FilePrint(digest="2", reloadable=True)})
    (change,) = difference({"x": before}, {"x": after}, {"x"})
    assert change.action == "restart"

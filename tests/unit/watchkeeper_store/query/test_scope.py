"""A running statement is interrupted when its time is up, and only then."""

from __future__ import annotations

import threading
import time

import pytest

from watchkeeper_store.query.scope import QueryCancelled, QueryTimedOut, Scope


class Statement:
    """Runs until it is interrupted, as a cursor of DuckDB does."""

    def __init__(self) -> None:
        self.interrupted = threading.Event()

    def interrupt(self) -> None:
        self.interrupted.set()

    def run(self) -> None:
        if self.interrupted.wait(10.0):
            raise RuntimeError("INTERRUPT Error: Interrupted!")


def test_a_statement_that_takes_too_long_is_interrupted_also_when_one_with_more_time_began_before() -> None:
    patient, hasty = Statement(), Statement()
    with Scope(60.0).running(patient):
        began = time.monotonic()
        with pytest.raises(QueryTimedOut), Scope(0.05).running(hasty):
            hasty.run()
        assert time.monotonic() - began < 5.0
    assert not patient.interrupted.is_set()


def test_a_statement_that_has_ended_is_not_interrupted() -> None:
    statement = Statement()
    with Scope(0.05).running(statement):
        pass
    time.sleep(0.15)
    assert not statement.interrupted.is_set()


def test_a_cancelled_query_begins_no_statement() -> None:
    scope = Scope(60.0)
    scope.cancel()
    with pytest.raises(QueryCancelled), scope.running(Statement()):
        raise AssertionError("cannot get here")

"""What senders are told of data points that were not taken."""

from __future__ import annotations

from watchkeeper_store.forward.refused import Refused


def test_each_reason_is_a_sentence_with_the_metrics_it_is_about() -> None:
    refused = Refused()
    refused.add("it is old", "a", 2)
    refused.add("it is new", "b")
    refused.add("it is old", "c")
    refused.add("it is odd", "d", 0)
    assert refused.total() == 4
    assert refused.text().splitlines() == [
        'cannot take 3 data points of "a", "c": it is old',
        'cannot take a data point of "b": it is new',
    ]


def test_however_much_is_refused_the_text_fits_a_header_of_grpc() -> None:
    refused = Refused()
    for number in range(1000):
        refused.add(f"reason {number}", "n" * 100_000 + str(number))
    assert len(list(refused.texts())) == 10
    assert all(len(text) < 120 for text in refused.texts())
    for number in range(5):
        refused.add("why " * 1000, f"m{number}")
    assert len(refused.text()) <= 2000
    assert refused.total() == 1005


def test_metrics_beyond_the_fifth_are_counted() -> None:
    refused = Refused()
    for number in range(8):
        refused.add("why", f"m{number}")
    assert refused.text() == 'cannot take 8 data points of "m0", "m1", "m2", "m3", "m4", 3 more metrics: why'

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from watchkeeper_mocks.exposition import Page, latency


def test_a_page_reads_as_written() -> None:
    page = Page()
    page.one_gauge("up", "Whether it is up.", 1, server="a:1", note='say "hi"\\\nbye')
    page.one_counter("things_total", "Things.", 12.9)
    assert page.text() == (
        "# HELP up Whether it is up.\n"
        "# TYPE up gauge\n"
        'up{server="a:1",note="say \\"hi\\"\\\\\\nbye"} 1\n'
        "# HELP things_total Things.\n"
        "# TYPE things_total counter\n"
        "things_total 12\n"
    )


def test_label_values_survive_the_trip() -> None:
    page = Page()
    page.one_gauge("g", "x", 1.5, label='a"b\\c\nd', value="v")
    (family,) = text_string_to_metric_families(page.text())
    assert family.samples[0].labels == {"label": 'a"b\\c\nd', "value": "v"}
    assert family.samples[0].value == 1.5


@pytest.mark.parametrize(
    ("number", "text"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (3, "3"), (0.5, "0.5")]
)
def test_numbers_are_spelled_as_prometheus_spells_them(number: float, text: str) -> None:
    page = Page()
    page.one_gauge("g", "x", number)
    assert page.text().splitlines()[-1] == f"g {text}"


def test_half_of_all_operations_are_done_by_the_median() -> None:
    found = latency((0.01, 0.1, 1.0), median_s=0.1, spread=0.5)
    assert found.shares[1] == pytest.approx(0.5)
    assert found.shares[0] < 0.001
    assert found.shares[2] > 0.999
    assert found.mean_s == pytest.approx(0.1 * math.exp(0.125))


def test_a_histogram_rounds_down_and_its_count_is_its_last_bucket() -> None:
    page = Page()
    page.histogram("h", "x")
    half = latency((1.0,), median_s=1.0, spread=0.5)  # half of it is at or below 1
    page.add_histogram([(7.5, half), (2.0, half)], route="/")
    assert page.text().splitlines()[2:] == [
        'h_bucket{route="/",le="1.0"} 4',  # half of 9.5, rounded down
        'h_bucket{route="/",le="+Inf"} 9',
        f'h_sum{{route="/"}} {round(9.5 * math.exp(0.125), 6)!r}',
        'h_count{route="/"} 9',
    ]

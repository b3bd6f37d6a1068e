"""What may stand in ``watchkeeper.images.yaml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.plan.pins import read_pins
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.targets.compose.image import full_reference, image_of
from watchkeeper.workload.failure import MistakesFound

KAFKA = "docker.io/apache/kafka:4.3.1"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def test_a_digest_or_the_word_none_may_stand_there() -> None:
    document = load(f"a:1: {DIGEST}\nb:2: none\n", "watchkeeper.images.yaml")
    assert read_pins(document) == {"a:1": DIGEST, "b:2": ""}


@pytest.mark.parametrize("wrong", ["latest", "sha256:0123", "''", "[none]"])
def test_anything_else_is_a_mistake_that_says_what_may_stand_there(wrong: str) -> None:
    with pytest.raises(MistakesFound) as found:
        read_pins(load(f"a:1: {wrong}\n", "watchkeeper.images.yaml"))
    (mistake,) = found.value.mistakes
    assert (mistake.line, "nor none" in mistake.message) == (1, True)


def test_none_takes_the_place_of_a_digest_that_a_release_brings(tmp_path: Path) -> None:
    def kafka(pins: dict[str, str]) -> str:
        plan = resolve(load("target: compose\npreset: platform\n", "f"), folder=tmp_path, pins=pins)
        return full_reference(image_of(plan.workload("kafka_broker").software))

    assert kafka({}).startswith(f"{KAFKA}@sha256:")
    assert kafka({KAFKA: DIGEST}) == f"{KAFKA}@{DIGEST}"
    assert kafka({KAFKA: ""}) == KAFKA

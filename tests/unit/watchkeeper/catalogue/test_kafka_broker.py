"""Identities of Kafka clusters, made from names of stacks."""

from __future__ import annotations

import base64

from watchkeeper.catalogue.kafka_broker.recipe import cluster_id


def test_the_same_stack_has_the_same_identity_of_sixteen_bytes() -> None:
    assert cluster_id("shop") == cluster_id("shop") != cluster_id("other")
    assert len(base64.urlsafe_b64decode(f"{cluster_id('shop')}==")) == 16


def test_no_identity_looks_like_an_option_of_kafkas_tools() -> None:
    made = [cluster_id(f"stack-{number}") for number in range(1_000)]
    assert [one for one in made if one.startswith("-")] == []
    assert len(set(made)) == 1_000

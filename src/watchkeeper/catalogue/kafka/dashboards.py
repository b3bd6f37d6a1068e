"""Kafka: are all brokers there, and do consumers keep up."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_TOPIC = 'topic=~"$topic"'
_GROUP = f'{_TOPIC}, consumergroup=~"$consumergroup"'


_NOW = Row(
    title="Now",
    panels=(
        figure("Brokers", "Are all brokers there?", "max(kafka_brokers)"),
        figure(
            "Partitions short of replicas",
            "Would losing one more broker lose messages?",
            f"sum(kafka_topic_partition_under_replicated_partition{{{_TOPIC}}})",
            steps=style.bad_above(1),
        ),
        figure(
            "Partitions without a leader",
            "Is there a partition that nobody can write to?",
            f"count(kafka_topic_partition_leader{{{_TOPIC}}} < 0) or vector(0)",
            steps=style.bad_above(1),
        ),
        figure(
            "Messages waiting",
            "How many messages have not been handled yet?",
            f"sum(kafka_consumergroup_lag{{{_GROUP}}})",
            steps=style.worse_above(1_000, 10_000),
        ),
        figure(
            "Arriving",
            "How many messages arrive?",
            f"sum(rate(kafka_topic_partition_current_offset{{{_TOPIC}}}[$__rate_interval]))",
            style.MESSAGES_PER_SECOND,
        ),
        figure(
            "Consumers",
            "Is anybody reading?",
            'sum(kafka_consumergroup_members{consumergroup=~"$consumergroup"})',
            steps=style.bad_below(1),
        ),
    ),
)


_FLOW = Row(
    title="Flow",
    panels=(
        lines(
            "Messages waiting by consumer group",
            "Who falls behind?",
            {"{{consumergroup}} of {{topic}}": f"sum by (consumergroup, topic) (kafka_consumergroup_lag{{{_GROUP}}})"},
        ),
        lines(
            "Time to catch up",
            "At the present pace, how old is what a consumer reads?",
            {
                "{{consumergroup}}": f"sum by (consumergroup) (kafka_consumergroup_lag{{{_GROUP}}})"
                f" / sum by (consumergroup) (rate(kafka_consumergroup_current_offset{{{_GROUP}}}[$__rate_interval]))"
            },
            style.SECONDS,
        ),
        lines(
            "Arriving by topic",
            "Where do the messages come in?",
            {"{{topic}}": f"sum by (topic) (rate(kafka_topic_partition_current_offset{{{_TOPIC}}}[$__rate_interval]))"},
            style.MESSAGES_PER_SECOND,
            stacked=True,
        ),
        lines(
            "Handled by consumer group",
            "Who works at which pace?",
            {
                "{{consumergroup}}": "sum by (consumergroup) (rate(kafka_consumergroup_current_offset"
                f"{{{_GROUP}}}[$__rate_interval]))"
            },
            style.MESSAGES_PER_SECOND,
        ),
        bars(
            "Waiting by partition",
            "Is one partition stuck?",
            f"topk(12, kafka_consumergroup_lag{{{_GROUP}}})",
            "{{consumergroup}} {{topic}}/{{partition}}",
        ),
        listing(
            "Topics",
            "How is each topic made up?",
            (
                f"kafka_topic_partitions{{{_TOPIC}}}",
                f"min by (topic) (kafka_topic_partition_in_sync_replica{{{_TOPIC}}})",
            ),
            (
                Column(field="topic", heading="Topic"),
                Column(field="Value #A", heading="Partitions"),
                Column(field="Value #B", heading="Replicas in sync, fewest"),
            ),
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-kafka",
        title="Kafka",
        question="Are all brokers there, and do consumers keep up with what arrives?",
        rows=(_NOW, _FLOW),
        variables=(
            Variable(name="topic", heading="Topic", metric="kafka_topic_partitions", label="topic"),
            Variable(name="consumergroup", heading="Group", metric="kafka_consumergroup_members", label="consumergroup"),
        ),
        tags=("messaging",),
    ),
)

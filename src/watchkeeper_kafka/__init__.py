"""Metrics of a Kafka cluster under kafka_exporter's names and flags: offsets, consumer lag, the state of partitions.

``protocol`` writes requests and reads answers, ``cluster`` asks, ``page`` prints. Standard library only.
"""

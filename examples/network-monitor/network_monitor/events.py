"""Kafka: what has happened, for whoever wants to know, in order for each device."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError

from network_monitor.messages import Outcome, Unreadable, read_outcome
from network_monitor.patience import until_it_works
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument

TOPIC = "network-monitor.outcomes"
GROUP = "network-monitor-notifier"
SYSTEM = "kafka"
_PARTITIONS = 3
_SEND_S = 5.0
_BEFORE_AGAIN_S = 1.0
_RETRY_MS = 500
"""The library writes a line for each attempt while the broker is away."""


async def _make_topic(surroundings: Surroundings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=str(surroundings.kafka), request_timeout_ms=5_000)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(TOPIC, _PARTITIONS, 1)])
        for topic, code, *_ in answer.topic_errors:
            if code not in {NoError.errno, TopicAlreadyExistsError.errno}:
                raise KafkaError(f"cannot make the topic {topic}: code {code}")
    finally:
        await admin.close()


class Sender:
    """The worker's side."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._surroundings = surroundings
        self._watch = watch
        self._producer: AIOKafkaProducer | None = None

    async def connect(self) -> None:
        """Returns when the topic is there, however long that takes."""
        await until_it_works("Kafka", self._connect, self._watch)

    async def _connect(self) -> None:
        await _make_topic(self._surroundings)
        producer = AIOKafkaProducer(
            bootstrap_servers=str(self._surroundings.kafka),
            client_id=self._watch.settings.service,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=5_000,
            retry_backoff_ms=_RETRY_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def check(self) -> None:
        """For health: a broker tells what there is."""
        await self._opened().client.fetch_all_metadata()

    async def send(self, outcome: Outcome) -> None:
        """Returns when the broker has it. Raises KafkaError or TimeoutError."""
        producer = self._opened()
        with self._watch.sending(SYSTEM, TOPIC) as headers:
            carried = [(name, value.encode()) for name, value in headers.items()]
            async with asyncio.timeout(_SEND_S):
                await producer.send_and_wait(TOPIC, outcome.encoded(), key=outcome.device.encode(), headers=carried)

    def _opened(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise ConnectionError("Kafka has not been reached yet")
        return self._producer


class Reader:
    """The notifier's side: reads every event at least once."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._surroundings = surroundings
        self._watch = watch
        self._consumer: AIOKafkaConsumer | None = None

    async def connect(self) -> None:
        """Returns when the topic is there, however long that takes."""
        await until_it_works("Kafka", self._connect, self._watch)

    async def _connect(self) -> None:
        await _make_topic(self._surroundings)
        consumer = AIOKafkaConsumer(
            TOPIC,
            bootstrap_servers=str(self._surroundings.kafka),
            client_id=self._watch.settings.service,
            group_id=GROUP,
            # the same member after a restart: nobody waits for the one that was killed to be missed
            group_instance_id=self._watch.settings.service,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            request_timeout_ms=11_000,
            retry_backoff_ms=_RETRY_MS,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        self._consumer = consumer

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    async def check(self) -> bool:
        """For health: a broker tells what there is, and has given us something to read."""
        consumer = self._opened()
        await consumer.topics()
        return bool(consumer.assignment())

    async def read(self, note: Callable[[Outcome], Awaitable[None]]) -> None:
        """Have every event noted, each inside the trace that its headers carry, without end."""
        consumer = self._opened()
        while True:
            try:
                record = await consumer.getone()
                await self._noted(record, note)
                await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
            except KafkaError as failure:
                self._watch.log().warning("cannot read events now", failure=type(failure).__name__)
                await asyncio.sleep(_BEFORE_AGAIN_S)

    async def _noted(self, record: ConsumerRecord[bytes, bytes], note: Callable[[Outcome], Awaitable[None]]) -> None:
        """Tried until it works: events of a device must not overtake each other."""
        while True:
            try:
                await self._handled(record, note)
            except Unreadable:
                return
            except Exception:  # noqa: BLE001 - whatever it was: the event is tried again; it was told of where it failed
                await asyncio.sleep(_BEFORE_AGAIN_S)
            else:
                return

    async def _handled(self, record: ConsumerRecord[bytes, bytes], note: Callable[[Outcome], Awaitable[None]]) -> None:
        """Inside the event's trace, which also gets to know of a failure."""
        with self._watch.handling(SYSTEM, TOPIC, record.headers):
            try:
                await note(read_outcome(record.value or b""))
            except Exception as failure:
                kind = "an event is passed over" if isinstance(failure, Unreadable) else "an event is tried again"
                self._watch.log(failure=repr(failure)).warning(kind)
                raise

    def _opened(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise ConnectionError("Kafka has not been reached yet")
        return self._consumer

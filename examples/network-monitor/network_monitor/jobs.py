"""RabbitMQ: what is to be done, by whichever worker is free. A job is kept on disk until a worker has finished it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection

from network_monitor.messages import Job, Unreadable, read_job
from network_monitor.patience import until_it_works
from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument

QUEUE = "network-monitor.checks"
SYSTEM = "rabbitmq"
AT_ONCE = 10
_PUBLISH_S = 5.0
_BEFORE_AGAIN_S = 1.0


class Jobs:
    """A connection that comes back by itself."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._surroundings = surroundings
        self._watch = watch
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractChannel | None = None

    async def connect(self) -> None:
        """Returns when the queue is there, however long that takes."""
        await until_it_works("RabbitMQ", self._connect, self._watch)

    async def _connect(self) -> None:
        where = self._surroundings
        connection = await aio_pika.connect_robust(
            host=where.rabbitmq.host,
            port=where.rabbitmq.port,
            login=where.rabbitmq_user,
            password=where.rabbitmq_password,
            client_properties={"connection_name": self._watch.settings.service},
            reconnect_interval=1,
            timeout=5,
        )
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=AT_ONCE)
        await channel.declare_queue(QUEUE, durable=True)
        self._connection, self._channel = connection, channel

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def check(self) -> None:
        """For health: the server knows the queue."""
        channel = await self._opened().channel(publisher_confirms=False)
        try:
            await channel.declare_queue(QUEUE, durable=True, passive=True)
        finally:
            await channel.close()

    async def publish(self, job: Job) -> None:
        """Returns when the server has the job. Raises an AMQP error or TimeoutError."""
        self._opened()
        assert self._channel is not None  # noqa: S101 - made together with the connection
        with self._watch.sending(SYSTEM, QUEUE) as headers:
            message = aio_pika.Message(
                job.encoded(),
                content_type="application/json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                headers=dict(headers),
            )
            await self._channel.default_exchange.publish(message, routing_key=QUEUE, timeout=_PUBLISH_S)

    async def work(self, do: Callable[[Job], Awaitable[None]]) -> None:
        """Have every job done, each inside the trace that its headers carry; begins at once and goes on in the background."""
        self._opened()
        assert self._channel is not None  # noqa: S101 - made together with the connection
        queue = await self._channel.get_queue(QUEUE)

        async def handle(message: AbstractIncomingMessage) -> None:
            try:
                await self._handled(message, do)
            except Unreadable:
                await message.reject(requeue=False)
            except Exception:  # noqa: BLE001 - whatever it was: the job is given back; it was told of where it failed
                await asyncio.sleep(_BEFORE_AGAIN_S)
                await message.reject(requeue=True)
            else:
                await message.ack()

        await queue.consume(handle)

    async def _handled(self, message: AbstractIncomingMessage, do: Callable[[Job], Awaitable[None]]) -> None:
        """Inside the job's trace, which also gets to know of a failure."""
        with self._watch.handling(SYSTEM, QUEUE, message.headers):
            try:
                await do(read_job(message.body))
            except Exception as failure:
                kind = "a job is thrown away" if isinstance(failure, Unreadable) else "a job is given back"
                self._watch.log(failure=repr(failure)).warning(kind)
                raise

    def _opened(self) -> AbstractRobustConnection:
        if self._connection is None:
            raise ConnectionError("RabbitMQ has not been reached yet")
        return self._connection

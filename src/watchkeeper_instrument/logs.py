"""Structured logs: one JSON object a line, with the ids that lead to the trace and to the other lines of the same request."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from opentelemetry import trace

from watchkeeper_instrument.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Send structlog's and the standard library's logs to standard output in one format. Called again, it replaces itself."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.StackInfoRenderer(),
        _trace_ids,
        _service(settings),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, _message_key, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if settings.log_format == "json"
        else [structlog.dev.ConsoleRenderer()]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    handler.set_name(_HANDLER)
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if one.get_name() == _HANDLER]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())


_HANDLER = "watchkeeper_instrument"


def take_over_from_litestar() -> None:
    """Litestar's default handler writes in a format of its own: every line would be there twice, or only so."""
    own = logging.getLogger("litestar")
    for logger in (logging.getLogger(), own):
        for handler in [one for one in logger.handlers if one.get_name() == "queue_listener"]:
            logger.removeHandler(handler)
    own.propagate = True


def _trace_ids(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


def _service(settings: Settings) -> structlog.typing.Processor:
    def add(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("service", settings.service)
        return event

    return add


def _message_key(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """``msg``, as the platform's other logs have it, right behind the time and the level."""
    return {"ts": event.pop("ts", None), "level": event.pop("level", None), "msg": event.pop("event", None), **event}

"""Watchkeeper's library for applications: health, metrics, structured logs and traces by one import.

    from watchkeeper_instrument import instrument
    watch = instrument(app, service="orders")

Built on prometheus-client, OpenTelemetry and structlog; it adds the names, bounds and defaults that the platform's dashboards,
alerts and links rely on. Nothing here imports a framework that the application does not use itself.
"""

from watchkeeper_instrument.failure import CannotInstrument
from watchkeeper_instrument.instrument import Instrument, asgi, instrument, wsgi
from watchkeeper_instrument.settings import Settings
from watchkeeper_instrument.tracing import carried, carry, trace_id

__all__ = ["CannotInstrument", "Instrument", "Settings", "asgi", "carried", "carry", "instrument", "trace_id", "wsgi"]

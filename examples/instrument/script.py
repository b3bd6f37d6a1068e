"""A script without a server: a span over all of it, queries inside, logs with the trace's id. Spans are sent at its end."""

from watchkeeper_instrument import instrument

ORDERS = {7: "seven apples"}

watch = instrument(service="orders-report", version="1.0.0")

with watch.span("report"):
    with watch.query("select", "orders"):
        count = len(ORDERS)
    watch.business("orders", count)
    watch.log(orders=count).info("report made")

"""Litestar: ``uvicorn litestar_app:app``."""

from litestar import Litestar, get

from watchkeeper_instrument import instrument

ORDERS = {7: "seven apples"}


@get("/orders/{order:int}")
async def read(order: int) -> dict[str, str | None]:
    with watch.query("select", "orders"):
        found = ORDERS.get(order)
    watch.log(order=order).info("order read")
    return {"order": found}


app = Litestar(route_handlers=[read])
watch = instrument(app, service="orders", version="1.0.0")
watch.check("storage", lambda: bool(ORDERS))

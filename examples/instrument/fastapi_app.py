"""FastAPI: ``uvicorn fastapi_app:app``."""

from fastapi import FastAPI

from watchkeeper_instrument import instrument

ORDERS = {7: "seven apples"}

app = FastAPI()
watch = instrument(app, service="orders", version="1.0.0")
watch.check("storage", lambda: bool(ORDERS))


@app.get("/orders/{order}")
async def read(order: int) -> dict[str, str | None]:
    with watch.query("select", "orders"):
        found = ORDERS.get(order)
    watch.log(order=order).info("order read")
    return {"order": found}

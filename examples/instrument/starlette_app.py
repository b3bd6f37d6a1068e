"""Starlette: ``uvicorn starlette_app:app``."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper_instrument import instrument

ORDERS = {7: "seven apples"}


async def read(request: Request) -> JSONResponse:
    order = request.path_params["order"]
    with watch.query("select", "orders"):
        found = ORDERS.get(order)
    watch.log(order=order).info("order read")
    return JSONResponse({"order": found})


app = Starlette(routes=[Route("/orders/{order:int}", read)])
watch = instrument(app, service="orders", version="1.0.0")
watch.check("storage", lambda: bool(ORDERS))

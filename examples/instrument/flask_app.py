"""Flask: ``gunicorn flask_app:app``; with several workers, set PROMETHEUS_MULTIPROC_DIR to an empty folder first."""

from flask import Flask

from watchkeeper_instrument import instrument

ORDERS = {7: "seven apples"}

app = Flask(__name__)
watch = instrument(app, service="orders", version="1.0.0")
watch.check("storage", lambda: bool(ORDERS))


@app.get("/orders/<int:order>")
def read(order: int) -> dict[str, str | None]:
    with watch.query("select", "orders"):
        found = ORDERS.get(order)
    watch.log(order=order).info("order read")
    return {"order": found}

"""Django: ``gunicorn django_app:application``. A real site has the settings in its own module; the two lines are the same."""

import secrets

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from watchkeeper_instrument import instrument, wsgi

ORDERS = {7: "seven apples"}

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=["watchkeeper_instrument.django.RouteMiddleware"],  # finds the route's pattern
    ROOT_URLCONF=__name__,
    SECRET_KEY=secrets.token_urlsafe(50),
)


def read(request: HttpRequest, order: int) -> JsonResponse:
    with watch.query("select", "orders"):
        found = ORDERS.get(order)
    watch.log(order=order).info("order read")
    return JsonResponse({"order": found})


urlpatterns = [path("orders/<int:order>", read)]
watch = instrument(service="orders", version="1.0.0")
watch.check("storage", lambda: bool(ORDERS))
application = wsgi(get_wsgi_application(), watch)

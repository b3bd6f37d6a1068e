"""What OTLP over HTTP says of a request that was not taken."""

from __future__ import annotations

import orjson

from watchkeeper_store.api.http import HttpError, Response
from watchkeeper_store.ingest.otlp import JSON_TYPE, PROTOBUF_TYPE
from watchkeeper_wire.otlp_logs import status_message

_RETRY_LATER = {429, 502, 503, 504}


def otlp_failure(failure: HttpError, *, is_json: bool) -> Response:
    """``google.rpc.Status`` in the format of the request; senders repeat where it has ``Retry-After``."""
    text = str(failure)
    headers = (("retry-after", "1"),) if failure.status in _RETRY_LATER else ()
    body = orjson.dumps({"message": text}) if is_json else status_message(text)
    return Response(body, failure.status, JSON_TYPE if is_json else PROTOBUF_TYPE, headers)

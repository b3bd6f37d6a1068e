"""Delete requests of all tenants, kept in one file so that a restart forgets none."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from watchkeeper_store.deletes.hiding import Hidden, hidden_by
from watchkeeper_store.storage.durable import write_durably

_NAME = "deletes.json"
RECEIVED, PROCESSED = "received", "processed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest:
    """One request. ``end_ns`` is exclusive; times are nanoseconds. Until it is processed its rows are hidden from queries."""

    request_id: str
    tenant: str
    query: str
    start_ns: int
    end_ns: int
    created_ns: int
    status: str = RECEIVED

    def hidden(self) -> Hidden:
        return _hidden(self.query, self.start_ns, self.end_ns)


_hidden = lru_cache(maxsize=256)(hidden_by)


def _content(requests: tuple[DeleteRequest, ...]) -> bytes:
    return json.dumps([asdict(one) for one in requests], indent=1).encode()


class DeletesUnreadable(RuntimeError):
    """The file exists and cannot be read: starting would show again what somebody had deleted."""


class DeleteRequests:
    """Safe from several threads. Constructing raises DeletesUnreadable."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._lock = threading.Lock()
        self._requests: tuple[DeleteRequest, ...] = self._read()

    def _read(self) -> tuple[DeleteRequest, ...]:
        try:
            return tuple(DeleteRequest(**one) for one in json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError) as failure:
            raise DeletesUnreadable(f"cannot read {self._path}: {failure}; restore it from a backup") from failure

    def of(self, tenant: str) -> list[DeleteRequest]:
        """A tenant's requests, oldest first."""
        return [request for request in self._requests if request.tenant == tenant]

    def add(self, tenant: str, query: str, start_ns: int, end_ns: int, now_ns: int) -> DeleteRequest:
        """A new request; its rows are hidden when this returns. Raises CannotDelete, OSError."""
        request = DeleteRequest(
            request_id=secrets.token_hex(4), tenant=tenant, query=query, start_ns=start_ns, end_ns=end_ns, created_ns=now_ns
        )
        request.hidden()
        self._change(lambda known: (*known, request))
        return request

    def cancel(self, tenant: str, request_id: str) -> None:
        """Take a request back: what it hid is seen again. Raises OSError."""
        self._change(lambda known: tuple(one for one in known if (one.tenant, one.request_id) != (tenant, request_id)))

    def mark_processed(self, done: DeleteRequest) -> None:
        """Note that the rows are gone from the files. Raises OSError."""
        self._change(lambda known: tuple(replace(one, status=PROCESSED) if one == done else one for one in known))

    def hidden(self, tenant: str) -> tuple[Hidden, ...]:
        """What queries of a tenant have to leave out."""
        return tuple(one.hidden() for one in self._requests if one.tenant == tenant and one.status == RECEIVED)

    def due(self, is_final: Callable[[DeleteRequest], bool]) -> list[DeleteRequest]:
        """Requests that can no longer be taken back and are still to be carried out."""
        return [one for one in self._requests if one.status == RECEIVED and is_final(one)]

    def content(self) -> bytes:
        """The file of all requests, as it is now."""
        return _content(self._requests)

    def _change(self, change: Callable[[tuple[DeleteRequest, ...]], tuple[DeleteRequest, ...]]) -> None:
        with self._lock:
            changed = change(self._requests)
            write_durably(self._path, _content(changed))
            self._requests = changed

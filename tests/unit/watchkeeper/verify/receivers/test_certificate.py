"""The certificate that the local mail and web receivers show."""

from __future__ import annotations

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from watchkeeper.verify.receivers.certificate import make_certificate


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, *, name: str) -> None:
    """One TLS handshake over loopback, as a client that expects ``name``. Raises what the client raises."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    server.wrap_socket(connection, server_side=True).close()
                except (ssl.SSLError, OSError):
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=5) as connection:
                client.wrap_socket(connection, server_hostname=name).close()
        finally:
            thread.join(5)


def test_who_trusts_it_reaches_127_0_0_1_and_no_other_name(tmp_path: Path) -> None:
    certificate, server = make_certificate(tmp_path)
    client = ssl.create_default_context(cafile=str(certificate))
    shake_hands(server, client, name="127.0.0.1")
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shake_hands(server, client, name="127.0.0.2")


def test_who_does_not_trust_it_refuses(tmp_path: Path) -> None:
    _, server = make_certificate(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        shake_hands(server, ssl.create_default_context(), name="127.0.0.1")


def test_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600

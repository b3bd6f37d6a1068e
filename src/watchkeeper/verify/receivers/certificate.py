"""A certificate for 127.0.0.1 that lives for a day, made with the openssl that every Debian and Ubuntu has."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

from watchkeeper.workload.failure import WorldFailed


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """The certificate's file, to be trusted by clients, and a server's context. Raises WorldFailed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise WorldFailed("cannot make a certificate for the proof: there is no openssl", hint="apt-get install openssl")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if made.returncode:
        raise WorldFailed("cannot make a certificate for the proof", evidence=made.stderr.splitlines()[-5:])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return certificate, context

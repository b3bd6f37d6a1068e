"""A mail server that insists on STARTTLS and sign-in, and keeps what it takes."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from watchkeeper.verify.receivers.arrivals import STALL_S, Arrivals


class _Takes:
    """Handles RCPT, where trouble is made, and DATA, where mail is taken.

    Trouble comes no later than RCPT: Alertmanager up to 0.25 at least does not read the answer to the message itself, so
    what a server refuses there is lost, and counted as sent.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer with a reply line."""
        match self._arrivals.next_trouble(str(session.auth_data)):
            case None:
                envelope.rcpt_tos.append(address)
                return "250 2.1.5 fine"
            case "stall":
                await asyncio.sleep(STALL_S)
                return "451 4.3.0 try again later"
            case "hang-up":
                return "421 4.3.2 closing the connection"
            case _:
                return "451 4.7.1 try again later"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Answer with a reply line."""
        receiver = str(session.auth_data)
        content = envelope.content or b""
        message = email.message_from_bytes(content if isinstance(content, bytes) else content.encode(),
                                           policy=email.policy.default)  # fmt: skip
        plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        missing = [kind for kind, part in (("plain text", plain), ("HTML", html)) if part is None]
        if missing or not envelope.rcpt_tos:
            self._arrivals.complain(receiver, "email", [f"there is no {kind}" for kind in missing or ["recipient"]])
            return "550 5.6.0 cannot take this"
        subject = str(message["Subject"])
        texts = [subject, *(part.get_content() for part in (plain, html) if part is not None)]
        self._arrivals.take(receiver, "email", "resolved" if "RESOLVED" in subject else "firing", "\n".join(texts))
        return "250 2.0.0 taken"


class PostOffice:
    """The server, in a thread of its own. ``passwords``: receiver → password; a receiver's user name is its own name."""

    def __init__(
        self, arrivals: Arrivals, passwords: Mapping[str, str], tls: ssl.SSLContext, address: str = "127.0.0.1"
    ) -> None:
        def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            if not isinstance(data, LoginPassword):
                return AuthResult(success=False, handled=False)
            user, password = data.login.decode(), data.password.decode()
            return AuthResult(success=user in passwords and passwords[user] == password, handled=False, auth_data=user)

        # the controller greets itself at the port it was given, so it cannot be given port 0
        with socket.socket() as probe:
            probe.bind((address, 0))
            self.port: int = probe.getsockname()[1]
        self._controller = Controller(
            _Takes(arrivals),
            hostname=address,
            port=self.port,
            tls_context=tls,
            require_starttls=True,
            authenticator=sign_in,
            auth_required=True,
            # its questions differ from those that Alertmanager answers
            auth_exclude_mechanism=["LOGIN"],
        )
        # refusals are kept as arrivals or complaints; the library would print them a second time
        logging.getLogger("mail.log").addHandler(logging.NullHandler())

    def start(self) -> None:
        """Listen on ``port``."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop(no_assert=True)

"""Everything about who may come in, in one hand."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper_console.identity.accounts import Accounts
from watchkeeper_console.identity.audit import Audit
from watchkeeper_console.identity.passwords import Passwords
from watchkeeper_console.identity.sessions import Sessions
from watchkeeper_console.identity.sign_in import SignIn
from watchkeeper_console.identity.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The stores of one console. ``secret``: the instance's own 32 bytes."""

    accounts: Accounts
    passwords: Passwords
    sessions: Sessions
    tokens: Tokens
    sign_in: SignIn
    audit: Audit
    secret: bytes

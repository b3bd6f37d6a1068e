"""Names and attributes of the console's cookies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from watchkeeper_console.settings import HttpUrl

_DEVICE_LIFE_S = 180 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """``session`` holds the session id, ``device`` the mark of a browser that signed in before, ``form`` ties the sign-in
    form to the browser that was shown it, ``provider`` a sign-in at the identity provider to the browser that began it.
    """

    session: str
    device: str
    form: str
    provider: str
    is_secure: bool

    def keep(self, name: str, value: str, max_age_s: float) -> str:
        """A Set-Cookie value.

        SameSite=Lax and not Strict: a link to the console in a notification must find its reader signed in. What Lax lets
        through is GET navigation only, and that changes nothing here.
        """
        secure = "; Secure" if self.is_secure else ""
        return f"{name}={value}; Path=/; Max-Age={max(0, int(max_age_s))}; HttpOnly; SameSite=Lax{secure}"

    def keep_device(self, mark: str) -> str:
        """A Set-Cookie value for the device mark."""
        return self.keep(self.device, mark, _DEVICE_LIFE_S)

    def drop(self, name: str) -> str:
        """A Set-Cookie value that removes the cookie."""
        return self.keep(name, "", 0)


def cookies_for(public_url: HttpUrl, secret: bytes) -> Cookies:
    """Cookies of this instance. Browsers do not keep the cookies of two ports apart, so two consoles on one machine need
    different names or each would sign the other's users out.
    """
    is_secure = public_url.scheme == "https"
    prefix = "__Host-" if is_secure else ""
    instance = hashlib.sha256(b"cookie names\0" + secret).hexdigest()[:8]
    return Cookies(
        session=f"{prefix}watchkeeper_session_{instance}",
        device=f"{prefix}watchkeeper_device_{instance}",
        form=f"{prefix}watchkeeper_form_{instance}",
        provider=f"{prefix}watchkeeper_provider_{instance}",
        is_secure=is_secure,
    )

"""Why nobody came in."""

from __future__ import annotations


class ProviderFailed(Exception):
    """The provider gave no usable answer; the message starts with "cannot"."""


class NotLetIn(Exception):
    """The provider knows the person, but they may not come in here; the message starts with "cannot"."""

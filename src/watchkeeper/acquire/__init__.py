"""Where a binary comes from: on PATH, distribution package, release archive, our own wheel. Cached, verified, explained.

Asks for programs and gives commands that can be started; starts nothing that stays, installs nothing, needs no root.
"""

from watchkeeper.acquire.cache import default_cache
from watchkeeper.acquire.diagnosis import Finding, diagnose
from watchkeeper.acquire.model import Acquired, Machine, Refusal, ServiceUser
from watchkeeper.acquire.search import acquire

__all__ = ["Acquired", "Finding", "Machine", "Refusal", "ServiceUser", "acquire", "default_cache", "diagnose"]

"""Label names made from the keys that parsers find in lines."""

import re
from functools import lru_cache

_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
_LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@lru_cache(maxsize=4096)
def sanitized(key: str) -> str:
    """A legal label name for a key: other characters become `_`, a leading digit gets one; blank keys give ""."""
    key = key.strip()
    if not key:
        return ""
    if "0" <= key[0] <= "9":
        key = f"_{key}"
    return _FOREIGN.sub("_", key)


@lru_cache(maxsize=4096)
def sanitized_part(key: str) -> str:
    """The same for a key inside another, where a leading digit is fine."""
    return _FOREIGN.sub("_", key.strip())


def is_legal(name: str) -> bool:
    """Whether the name can be a label."""
    return _LEGAL.fullmatch(name) is not None

"""Printing logfmt: `key=value` pairs, values in quotes where they need them."""

import json
import re
from collections.abc import Mapping

_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")


def logfmt(fields: Mapping[str, object]) -> str:
    """One line without its end. Booleans are `true` and `false`; text is quoted only where it must be."""
    pairs = []
    for key, value in fields.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        pairs.append(f"{key}={text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)}")
    return " ".join(pairs)

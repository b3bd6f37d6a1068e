"""Secrets that stand in a description, where they would end up in version control: found, refused, and never repeated."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from watchkeeper.spec.description import Description
from watchkeeper.spec.diagnose import known_keys
from watchkeeper.spec.document import Data, Document, KeyPath, dotted
from watchkeeper.workload.failure import Mistake

_NAMED_BY_USERS = {"labels", "match"}
"""Mappings whose keys are the user's own words, so that a label called token is none."""

_SECRET_KEY = re.compile(
    r"(?:.*[_-])?(?:password|passwd|passphrase|secret|token|(?:api|routing|service|private)[_-]?key|credentials)", re.IGNORECASE
)
_SECRET_ADDRESS = re.compile(r"https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/.")


def written_secrets(document: Document) -> Iterator[Mistake]:
    """A mistake for each secret. The messages do not hold it."""
    yield from _below(document, document.data, ())


def without_secrets(value: Data, path: KeyPath = ()) -> Data:
    """The data found at ``path`` without its secrets, so that no other message can repeat one."""
    if isinstance(value, dict):
        return {
            key: inner if key in _NAMED_BY_USERS else without_secrets(inner, (*path, key))
            for key, inner in value.items()
            if not _is_secret((*path, key), inner)
        }
    if isinstance(value, list):
        return [without_secrets(item, (*path, index)) for index, item in enumerate(value)]
    return value


def _is_secret(path: KeyPath, value: Data) -> bool:
    """Whether the value at ``path`` must not be there: by the key's name, or since ``secrets`` holds only places."""
    named = bool(_SECRET_KEY.fullmatch(str(path[-1]))) or path[:-1] == ("secrets",)
    return named and isinstance(value, str | int | float) and not isinstance(value, bool)


def _below(document: Document, value: Data, path: KeyPath) -> Iterator[Mistake]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_secret((*path, key), inner):
                message = f"cannot keep a secret in the description ({dotted((*path, key))})"
                hint = f"put it into a file of its own and write {_instead(path, key)}"
                yield document.mistake("secret-in-file", (*path, key), message, hint=hint, key=True)
            elif key not in _NAMED_BY_USERS:
                yield from _below(document, inner, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(document, item, (*path, index))
    elif isinstance(value, str) and _SECRET_ADDRESS.match(value):
        message = "cannot keep an address in the description that lets anyone post"
        hint = "put it into a file of its own and write url_file: PATH"
        yield document.mistake("secret-in-file", path, message, hint=hint)


def _instead(path: KeyPath, key: str) -> str:
    """What to write in place of a secret, by the keys that are possible there."""
    if "file" in known_keys(Description, (*path, key)):
        return f"{key}: {{file: PATH}}"
    known = [possible for possible in known_keys(Description, path) if possible.endswith("_file")]
    near = difflib.get_close_matches(f"{key}_file", known, n=1, cutoff=0.3)
    return f"{near[0] if near else f'{key}_file'}: PATH"

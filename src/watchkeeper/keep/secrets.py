"""Secrets: made once, kept in 0600 files, taken from the user's own files or environment where the description says so."""

from __future__ import annotations

import json
import os
import secrets as randomness
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from watchkeeper.workload.reference import ConnectAddress, SecretValueOf
from watchkeeper.workload.workload import Secret, SecretValue

ALPHABET = string.ascii_letters + string.digits + "-_"


def look_up(
    secrets: Sequence[Secret], environment: Mapping[str, str]
) -> tuple[dict[str, SecretValue], list[tuple[Secret, str]]]:
    """The values that the user gives, by name, and the secrets whose file cannot be used, each with the reason.

    Secrets that are ours to make are in neither. An environment variable that is not set is no refusal: it only had to hold
    the secret when it was first made.
    """
    values: dict[str, SecretValue] = {}
    refused: list[tuple[Secret, str]] = []
    for secret in secrets:
        if secret.file:
            value, reason = _from_file(Path(secret.file))
            if reason:
                refused.append((secret, reason))
            else:
                values[secret.name] = SecretValue(value)
        elif secret.environment and environment.get(secret.environment, "").strip():
            values[secret.name] = SecretValue(environment[secret.environment].strip())
    return values, refused


Address: TypeAlias = Callable[[Secret, ConnectAddress], str]
"""``host:port`` at which whoever reads the secret reaches an endpoint."""


def ensure(
    secrets: Sequence[Secret],
    folder: Path,
    given: Mapping[str, SecretValue],
    *,
    owner: tuple[int, int] | None,
    address: Address | None = None,
) -> tuple[str, ...]:
    """Make every secret's file exist in ``folder`` (0700, files 0600); returns the names of those generated now, sorted.

    A given value replaces what is there; a generated one is never made twice; one that is put together from others is made
    anew when they, or the ``address`` of something in it, have changed. ``owner``: (uid, gid) of the service user where that
    is not the caller.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    for secret in secrets:
        path = folder / secret.name
        if secret.name in given:
            if not path.exists() or path.read_text(encoding="utf-8") != given[secret.name].value:
                _write(path, given[secret.name], owner)
        elif not secret.content and not path.exists():
            _write(path, SecretValue("".join(randomness.choice(ALPHABET) for _ in range(secret.length))), owner)
            made.append(secret.name)
    for secret in secrets:
        if secret.content:
            value = SecretValue("".join(_piece(secret, piece, folder, address) for piece in secret.content))
            path = folder / secret.name
            if not path.exists() or path.read_text(encoding="utf-8") != value.value:
                _write(path, value, owner)
    return tuple(sorted(made))


def _piece(secret: Secret, piece: str | SecretValueOf | ConnectAddress, folder: Path, address: Address | None) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, SecretValueOf):
        value = read(folder, piece.secret).value
        return json.dumps(value) if piece.quoting == "json" else value
    if address is None:
        raise LookupError(f"cannot put {secret.name} together: nobody tells the address of {piece.workload}")
    return address(secret, piece)


def read(folder: Path, name: str) -> SecretValue:
    """The value of a secret. Raises FileNotFoundError or PermissionError."""
    return SecretValue((folder / name).read_text(encoding="utf-8").strip())


def _from_file(path: Path) -> tuple[str, str]:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        return "", (error.strerror or "it cannot be read").lower()
    except UnicodeDecodeError:
        return "", "it is not text"
    return value, "" if value else "it is empty"


def _write(path: Path, value: SecretValue, owner: tuple[int, int] | None) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value.value)
        file.flush()
        os.fsync(file.fileno())
    if owner:
        os.chown(fresh, *owner)
    fresh.replace(path)

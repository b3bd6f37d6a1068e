"""A PostgreSQL cluster: made beside its place, given its roles and its database, and moved there when it is complete."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from watchkeeper_prepare.failure import CannotPrepare, run
from watchkeeper_process.logfmt import say

_INITDB_S = 120.0
_START_S = 60.0
_STOP_S = 60.0
_SQL_S = 60.0
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Paths of PostgreSQL's own programs, all of one version. ``names``: a library that answers who the user is."""

    initdb: Path
    server: Path
    psql: Path
    names: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the image's entry point takes from the environment. ``first_start``: SQL that is run once, in the database."""

    data: Path
    superuser: str
    database: str
    password_file: Path
    initdb_arguments: tuple[str, ...]
    first_start: Path


def settings_from(environment: Mapping[str, str], *, first_start: Path) -> Settings:
    """Raises CannotPrepare where a variable is missing or names nothing usable."""
    for name in ("PGDATA", "POSTGRES_PASSWORD_FILE"):
        if not environment.get(name):
            raise CannotPrepare(f"cannot prepare PostgreSQL without the variable {name}")
    superuser = environment.get("POSTGRES_USER") or "postgres"
    database = environment.get("POSTGRES_DB") or superuser
    for name in (superuser, database):
        if not _NAME.fullmatch(name):
            raise CannotPrepare(f"cannot use {name!r} as a name: use a-z, 0-9 and _, and start with a letter")
    return Settings(
        data=Path(environment["PGDATA"]),
        superuser=superuser,
        database=database,
        password_file=Path(environment["POSTGRES_PASSWORD_FILE"]),
        initdb_arguments=tuple(shlex.split(environment.get("POSTGRES_INITDB_ARGS", ""))),
        first_start=first_start,
    )


def prepare(programs: Programs, settings: Settings) -> None:
    """Make the cluster, unless it is there. What a killed run left behind is made anew. Raises CannotPrepare."""
    if (settings.data / "PG_VERSION").is_file():
        return
    if settings.data.exists() and any(settings.data.iterdir()):
        raise CannotPrepare(f"cannot make a cluster in {settings.data}: there is something else in it")
    unfinished = settings.data.with_name(f"{settings.data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wk-pg-") as scratch:
        environment = _environment(programs, Path(scratch))
        words: list[str | Path] = [programs.initdb, "--pgdata", unfinished, "--username", settings.superuser]
        words += ["--pwfile", settings.password_file, "--auth-local=trust", *settings.initdb_arguments]
        run(words, what="make the cluster", environment=environment, timeout_s=_INITDB_S)
        with _running(programs.server, unfinished, Path(scratch), environment):
            _fill(programs.psql, settings, Path(scratch), environment)
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
        # no socket: its folder would be one of the distribution's, and everybody connects over TCP with a password
        file.write("\n# written by watchkeeper\nunix_socket_directories = ''\n")
    (unfinished / "pg_hba.conf").write_text(
        "# written by watchkeeper: a password for everybody, over TCP only\n"
        "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n",
        encoding="utf-8",
    )
    if settings.data.exists():
        settings.data.rmdir()
    unfinished.rename(settings.data)
    say("info", "made the cluster", folder=str(settings.data), took_s=round(time.monotonic() - started, 1))


def _environment(programs: Programs, scratch: Path) -> dict[str, str]:
    """Ours. initdb refuses a user without an entry in the machine's list; a library can give it one."""
    environment = dict(os.environ)
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        if programs.names is None:
            raise CannotPrepare(
                f"cannot make the cluster: initdb insists on a name for the user {os.geteuid()}, which has none here"
            ) from None
        people, groups = scratch / "passwd", scratch / "group"
        people.write_text(f"postgres:x:{os.geteuid()}:{os.getegid()}:PostgreSQL:{scratch}:/bin/false\n", encoding="utf-8")
        groups.write_text(f"postgres:x:{os.getegid()}:\n", encoding="utf-8")
        environment |= {
            "LD_PRELOAD": str(programs.names),
            "NSS_WRAPPER_PASSWD": str(people),
            "NSS_WRAPPER_GROUP": str(groups),
        }
    return environment


@contextmanager
def _running(server: Path, data: Path, scratch: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """The server on a socket in ``scratch`` and on no port, while the roles are made."""
    output = scratch / "server.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [str(server), "-D", str(data), "-c", "listen_addresses=", "-c", f"unix_socket_directories={scratch}", "-p", "5432"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(scratch / ".s.PGSQL.5432", process, output)
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(socket: Path, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            said = output.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise CannotPrepare("cannot start the server to make its roles", said)
        time.sleep(0.02)


def _fill(psql: Path, settings: Settings, scratch: Path, environment: Mapping[str, str]) -> None:
    words: tuple[str | Path, ...] = (
        psql,
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        scratch,
        "-p",
        "5432",
        "-U",
        settings.superuser,
    )
    # the socket is there a moment before the server lets anybody in
    deadline = time.monotonic() + _START_S
    while True:
        try:
            run(
                (*words, "-d", "postgres", "-c", "SELECT 1"), what="reach the server", environment=environment, timeout_s=_SQL_S
            )
            break
        except CannotPrepare:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    if settings.database != "postgres":
        create = f'CREATE DATABASE "{settings.database}"'
        run((*words, "-d", "postgres", "-c", create), what="make the database", environment=environment, timeout_s=_SQL_S)
    run(
        (*words, "-d", settings.database, "-f", settings.first_start),
        what="make the roles",
        environment=environment,
        timeout_s=_SQL_S,
    )

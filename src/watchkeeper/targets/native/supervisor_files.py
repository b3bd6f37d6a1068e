"""The files supervisor is run from: its own settings, one section per program, one launch script per program. Pure.

A program's arguments and environment stand in a shell script instead of in supervisor's ini file, where ``%``, ``;``, ``#``
and quotes have meanings of their own and no escape covers them all.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from watchkeeper.targets.native.layout import socket_path
from watchkeeper.targets.native.render import STACK_MARK, Process
from watchkeeper.targets.native.warden_workload import HEARTBEAT_FILE, WARDEN
from watchkeeper.targets.target import Paths

LEASH = "leash"
_Sections: TypeAlias = Sequence[tuple[str, Sequence[tuple[str, object]]]]
_LOG_BYTES = 10 * 1024 * 1024
_LOG_BACKUPS = 2
_START_SECONDS = 2  # ended sooner, a start counts as failed and the next one waits longer
_START_RETRIES = 8  # 1 + 2 + … + 8 s of waiting, then the program is left alone until the warden tries it again


def settings_path(paths: Paths) -> Path:
    """Supervisor's own file."""
    return paths.run / "supervisord.conf"


def pid_path(paths: Paths) -> Path:
    """Where supervisor writes its process number."""
    return paths.run / "supervisord.pid"


def section_path(paths: Paths, workload: str) -> Path:
    """The file with one program's section."""
    return paths.run / "programs" / f"{workload}.conf"


def launch_path(paths: Paths, workload: str) -> Path:
    """The script that becomes the program."""
    return paths.run / "launch" / f"{workload}.sh"


def leash_path(paths: Paths) -> Path:
    """The script that outlives supervisor just long enough to end what it left behind."""
    return paths.run / "leash.sh"


def settings(paths: Paths, *, as_root: bool, open_files_limit: int) -> bytes:
    """``open_files_limit`` is the machine's hard limit: supervisor refuses to start when asked for more."""
    sections: _Sections = [
        ("unix_http_server", [("file", socket_path(paths)), ("chmod", "0600")]),
        (
            "supervisord",
            [
                ("logfile", paths.log / "supervisord.log"),
                ("logfile_maxbytes", _LOG_BYTES),
                ("logfile_backups", 1),
                ("loglevel", "info"),
                ("pidfile", pid_path(paths)),
                ("nodaemon", "true"),
                ("silent", "true"),
                ("nocleanup", "true"),
                ("childlogdir", paths.run),
                ("umask", "077"),
                ("minfds", min(1024, open_files_limit)),
                ("minprocs", 64),
                *([("user", "root")] if as_root else []),
            ],
        ),
        (
            "rpcinterface:supervisor",
            [("supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface")],
        ),
        (
            "rpcinterface:guard",
            [
                ("supervisor.rpcinterface_factory", "watchkeeper.targets.native.guard:make_guard"),
                ("program", WARDEN),
                ("heartbeat", paths.data / WARDEN / HEARTBEAT_FILE),
            ],
        ),
        ("include", [("files", paths.run / "programs" / "*.conf")]),
        (
            f"program:{LEASH}",
            [
                ("command", _command(["/usr/bin/env", "-i", "/bin/sh", str(leash_path(paths)), str(paths.state)])),
                ("directory", "/"),
                ("priority", 1),
                ("autostart", "true"),
                ("autorestart", "true"),
                ("startsecs", 0),
                ("stdout_logfile", "NONE"),
                ("redirect_stderr", "true"),
            ],
        ),
    ]
    return _printed(sections)


def section(paths: Paths, process: Process) -> bytes:
    """One program as supervisor is told of it. It starts nothing by itself: the rollout does, in order."""
    workload = process.workload
    launch = ["/bin/sh", str(launch_path(paths, process.name))]
    return _printed(
        [
            (
                f"program:{process.name}",
                [
                    ("command", _command([*process.prefix, *launch])),
                    ("directory", process.home),
                    # Only supervisor's own end on SIGTERM looks at this: later waves stop first.
                    ("priority", 100 + process.wave),
                    ("autostart", "false"),
                    ("autorestart", "true"),
                    ("startsecs", _START_SECONDS),
                    ("startretries", _START_RETRIES),
                    ("stopsignal", workload.stop.signal),
                    ("stopwaitsecs", max(1, math.ceil(workload.stop.grace_s))),
                    ("stopasgroup", "false"),
                    ("killasgroup", "true"),
                    ("redirect_stderr", "true"),
                    ("stdout_logfile", process.log),
                    ("stdout_logfile_maxbytes", _LOG_BYTES),
                    ("stdout_logfile_backups", _LOG_BACKUPS),
                    ("umask", "077"),
                ],
            )
        ]
    )


def launch_script(process: Process) -> bytes:
    """A script that becomes the program with exactly its environment."""
    assignments = [f"{name}={value}" for name, value in process.environment.items()]
    words = ["/usr/bin/env", "-i", *assignments, *process.argv]
    lines = [
        "#!/bin/sh",
        f"# {process.workload.summary}",
        # A machine whose hard limit is lower keeps it; the program then has to live with that.
        "ulimit -c 0",  # a core file would hold the secrets in a place without our rights
        f"ulimit -n {process.workload.resources.open_files} 2>/dev/null",
        *([" \\\n  ".join(shlex.quote(word) for word in process.prepare) + " || exit 1"] if process.prepare else []),
        "exec " + " \\\n  ".join(shlex.quote(word) for word in words),
    ]
    return ("\n".join(lines) + "\n").encode()


def leash_script() -> bytes:
    """Ends what a killed supervisor left behind: grandchildren, which the kernel does not tie to it.

    Its standard input is a pipe whose other end only supervisor holds, so ``read`` fails when supervisor is gone.
    """
    return f"""#!/bin/sh
# usage: leash.sh STATE_FOLDER
PATH=/usr/bin:/bin
while read -r _; do :; done
round=0
while [ "$round" -lt 20 ]; do
  found=$(grep -lsazxF -e "{STACK_MARK}=$1" /proc/[0-9]*/environ)
  [ -n "$found" ] || exit 0
  for place in $found; do
    place=${{place#/proc/}}
    kill -KILL "${{place%/environ}}" 2>/dev/null
  done
  round=$((round + 1))
done
""".encode()


def _command(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)


def _printed(sections: _Sections) -> bytes:
    """supervisor's ini dialect: ``%`` starts an expansion and is doubled everywhere."""
    lines: list[str] = []
    for name, options in sections:
        lines.append(f"[{name}]")
        lines += [f"{key}={str(value).replace('%', '%%')}" for key, value in options]
        lines.append("")
    return "\n".join(lines).encode()

"""The files supervisor is run from, read back by supervisor's own parser and by a real shell."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from supervisor.options import UnhosedConfigParser
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_workload

from watchkeeper.targets.native import supervisor_files
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import Process, render
from watchkeeper.workload.workload import Stop, Workload

ORDINARY = Identity(uid=1000, gid=1000, drops=False, setpriv="/usr/bin/setpriv")


def _process(workload: Workload, *, state: str = "/s", executable: str = "/bin/server") -> Process:
    paths = paths_for("test", environment={"WATCHKEEPER_STATE_DIR": state}, uid=1000)
    programs = {"server": Program(executable=Path(executable))}
    return render(a_plan(workload), paths, programs, ORDINARY).process(workload.name)


def _parsed(content: bytes) -> UnhosedConfigParser:
    parser = UnhosedConfigParser()
    parser.read_string(content.decode())
    return parser


def _section(process: Process, state: str = "/s") -> dict[str, str]:
    paths = paths_for("test", environment={"WATCHKEEPER_STATE_DIR": state}, uid=1000)
    parser = _parsed(supervisor_files.section(paths, process))
    parser.mysection = f"program:{process.name}"
    return {name: parser.saneget(parser.mysection, name) for name, _ in parser.items(parser.mysection)}


def test_a_program_is_tied_to_its_parent_and_started_by_nobody_but_the_rollout() -> None:
    section = _section(_process(a_workload(stop=Stop(signal="INT", grace_s=2.5))))
    assert section["command"] == ("/usr/bin/setpriv --pdeathsig KILL --no-new-privs -- /bin/sh /s/run/launch/alpha.sh")
    assert section["autostart"] == "false"
    assert section["autorestart"] == "true"
    assert section["stopsignal"] == "INT"
    assert section["stopwaitsecs"] == "3"
    assert section["killasgroup"] == "true"
    assert section["umask"] == "077"
    assert section["stdout_logfile"] == "/s/log/alpha.log"


@pytest.mark.parametrize("state", ["/s/100%", "/with a space", "/it's"])
def test_supervisor_reads_back_odd_paths_as_they_are(state: str) -> None:
    section = _section(_process(a_workload(), state=state), state)
    assert shlex.split(section["command"])[-1] == f"{state}/run/launch/alpha.sh"
    assert section["directory"] == f"{state}/data/alpha"


def test_a_launch_script_hands_over_every_argument_and_variable_as_it_is() -> None:
    odd = ("50% off", "it's", 'say "x"', "a ; b # c", "$HOME `id` \\", "two\nlines", "", "*")
    workload = a_workload("alpha", *odd, environment={"ODD": odd[5], "QUOTED": odd[2]})
    workload = replace(workload, arguments=workload.arguments[1:])
    script = supervisor_files.launch_script(_process(workload, executable="/usr/bin/printf"))
    script = script.replace(b"/usr/bin/printf", b"/usr/bin/printf '[%s]'")

    said = subprocess.run(["/bin/sh"], input=script, capture_output=True, check=True).stdout.decode()

    assert said == "".join(f"[{word}]" for word in odd)


def test_a_launch_script_inherits_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    workload = replace(a_workload(environment={"OWN": "1"}), arguments=())
    script = supervisor_files.launch_script(_process(workload, executable="/usr/bin/env"))

    said = subprocess.run(["/bin/sh"], input=script, capture_output=True, check=True).stdout.decode().splitlines()

    assert sorted(line.split("=")[0] for line in said) == [
        "HOME", "LANG", "OWN", "PATH", "WATCHKEEPER_STACK", "WATCHKEEPER_WORKLOAD",
    ]  # fmt: skip


def test_settings_do_not_ask_for_more_open_files_than_the_machine_allows() -> None:
    paths = paths_for("test", environment={"WATCHKEEPER_STATE_DIR": "/s"}, uid=1000)
    few = _parsed(supervisor_files.settings(paths, as_root=False, open_files_limit=256))
    many = _parsed(supervisor_files.settings(paths, as_root=True, open_files_limit=1 << 20))
    assert few["supervisord"]["minfds"] == "256"
    assert many["supervisord"]["minfds"] == "1024"
    assert "user" not in few["supervisord"]
    assert many["supervisord"]["user"] == "root"
    assert few["unix_http_server"]["chmod"] == "0600"

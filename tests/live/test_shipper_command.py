"""The process as its operator meets it: flags, mistakes, locks, files, and the journal's child."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.shipper_stage import Receiver, Shipper, append, wait_until

pytestmark = pytest.mark.live


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.die()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "watchkeeper_shipper", *arguments], capture_output=True, text=True, timeout=20)


def a_config(tmp_path: Path, url: str) -> dict[str, Any]:
    return {"push_url": url, "sources": [{"kind": "files", "paths": [str(tmp_path / "*.log")], "labels": {"job": "x"}}]}


def test_every_mistake_of_a_config_is_told_with_its_place_and_nothing_is_made(tmp_path: Path) -> None:
    config = tmp_path / "bad.yaml"
    config.write_text("push_url: ftp://x\nsources:\n  - kind: files\n    pathes: [a]\n    labels: {1a: b}\n")
    result = run("--listen-address", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"), "--config", str(config))
    assert result.returncode == 1
    places = [line.removeprefix(f"{config}:").split(": ")[0] for line in result.stderr.splitlines()]
    assert places == ["1:11", "3:5", "4:5", "5:14"]
    assert all(": cannot " in line for line in result.stderr.splitlines())
    assert "did you mean paths?" in result.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "cannot use these flags: the following arguments are required: --listen-address, --data-dir, --config"),
        (["--listen-address", "8080", "--data-dir", "d", "--config", "c"], "cannot use the listen address '8080'"),
        (["--listen-address", "127.0.0.1:99999", "--data-dir", "d", "--config", "c"], "cannot use the listen address"),
        (
            ["--listen-address", "127.0.0.1:0", "--data-dir", "d", "--config", "/nowhere.yaml"],
            "cannot read /nowhere.yaml: No such file",
        ),
    ],
)
def test_bad_flags_end_with_1_and_a_reason(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_address_in_use_and_a_data_folder_in_use_are_refused(tmp_path: Path, receiver: Receiver) -> None:
    shipper = Shipper(tmp_path, a_config(tmp_path, receiver.url))
    try:
        shipper.start()
        config = ["--config", str(shipper.config)]
        taken = run("--listen-address", f"127.0.0.1:{shipper.port}", "--data-dir", str(tmp_path / "other"), *config)
        assert (taken.returncode, f"cannot listen on 127.0.0.1:{shipper.port}" in taken.stderr) == (1, True)
        second = run("--listen-address", "127.0.0.1:0", "--data-dir", str(shipper.data_folder), *config)
        assert second.returncode == 1
        assert f"another shipper does (process {shipper.pid})" in second.stderr
    finally:
        shipper.end()


def test_a_stop_by_signal_ends_with_0_and_a_restart_sends_nothing_twice(tmp_path: Path, receiver: Receiver) -> None:
    shipper = Shipper(tmp_path, a_config(tmp_path, receiver.url))
    try:
        append(tmp_path / "a.log", ["one"])
        shipper.start()
        wait_until(lambda: receiver.lines() == ["one"])
        assert shipper.stop() == 0
        append(tmp_path / "a.log", ["two"])
        shipper.start()
        wait_until(lambda: len(receiver.lines()) >= 2)
        assert shipper.stop() == 0
        assert receiver.lines() == ["one", "two"]
    finally:
        shipper.end()


def test_what_it_writes_is_for_its_owner_alone_and_what_it_logs_is_logfmt(tmp_path: Path, receiver: Receiver) -> None:
    shipper = Shipper(tmp_path, a_config(tmp_path, receiver.url))
    try:
        append(tmp_path / "a.log", ["one"])
        shipper.start()
        positions = shipper.data_folder / "positions.json"
        wait_until(positions.exists)
        shipper.stop()
        assert stat.S_IMODE(shipper.data_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((shipper.data_folder / "buffer").stat().st_mode) == 0o700
        assert stat.S_IMODE(positions.stat().st_mode) == 0o600
        lines = shipper.output.read_text().splitlines()
        assert [line.split(" ")[1:3] for line in lines] == [["level=info", "msg=shipping"], ["level=info", "msg=stopped"]]
    finally:
        shipper.end()


def test_damaged_positions_are_set_aside_and_everything_is_read_again(tmp_path: Path, receiver: Receiver) -> None:
    shipper = Shipper(tmp_path, a_config(tmp_path, receiver.url))
    try:
        append(tmp_path / "a.log", ["one"])
        shipper.data_folder.mkdir()
        (shipper.data_folder / "positions.json").write_text('{"files": [{}]}')
        shipper.start()
        wait_until(lambda: receiver.lines() == ["one"])
        assert (shipper.data_folder / "positions.broken").exists()
        assert "cannot read the positions" in shipper.output.read_text()
    finally:
        shipper.end()


def test_from_end_skips_what_was_there_at_the_very_first_start_only(tmp_path: Path, receiver: Receiver) -> None:
    config = a_config(tmp_path, receiver.url)
    config["sources"][0]["from"] = "end"
    shipper = Shipper(tmp_path, config)
    try:
        append(tmp_path / "old.log", ["history"])
        shipper.start()
        append(tmp_path / "old.log", ["now"])
        wait_until(lambda: receiver.lines() == ["now"])
        shipper.stop()
        append(tmp_path / "born-meanwhile.log", ["while it was down"])
        shipper.start()
        wait_until(lambda: len(receiver.lines()) >= 2)
        assert receiver.lines() == ["now", "while it was down"]
    finally:
        shipper.end()


FAKE_JOURNALCTL = """\
    #!{python}
    # Speaks journalctl's JSON protocol over the entries of a file, one cursor per line number.
    import json, os, sys, time
    arguments = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    assert "--follow" in arguments and "--all" in arguments and arguments["--output"] == "json"
    at = int(arguments["--after-cursor"][1:]) if "--after-cursor" in arguments else len(open("{journal}").readlines())
    assert ("--no-tail" in arguments) == ("--after-cursor" in arguments)
    with open("{journal}.pids", "a") as pids:
        pids.write(f"{{os.getpid()}}\\n")
    while True:
        for line in open("{journal}").readlines()[at:]:
            at += 1
            entry = {{"__CURSOR": f"c{{at}}", "__REALTIME_TIMESTAMP": str(1700000000000000 + at), **json.loads(line)}}
            print(json.dumps(entry), flush=True)
        time.sleep(0.02)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal's entries as lines of JSON; ``tmp_path/bin/journalctl`` tells them."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "journalctl"
    program.write_text(textwrap.dedent(FAKE_JOURNALCTL).format(python=sys.executable, journal=tmp_path / "journal"))
    program.chmod(0o755)
    (tmp_path / "journal").touch()
    return tmp_path / "journal"


def log_entry(journal: Path, **fields: Any) -> None:
    append(journal, [json.dumps(fields)])


def test_the_journal_is_followed_through_restarts_and_its_child_dies_with_the_shipper(
    tmp_path: Path, journal: Path, receiver: Receiver
) -> None:
    config = {"push_url": receiver.url, "sources": [{"kind": "journald", "labels": {"job": "journal"}}]}
    shipper = Shipper(tmp_path, config, {"PATH": f"{journal.parent}/bin:{os.environ['PATH']}"})
    pids = tmp_path / "journal.pids"
    try:
        log_entry(journal, MESSAGE="before the first start")
        shipper.start()
        wait_until(lambda: pids.exists() and pids.read_text().strip())
        log_entry(journal, MESSAGE="disk is full", PRIORITY="3", _SYSTEMD_UNIT="db.service")
        log_entry(journal, MESSAGE=[98, 105, 110, 255], SYSLOG_IDENTIFIER="kernel")
        wait_until(lambda: len(receiver.lines()) >= 2)
        assert receiver.lines(unit="db.service", level="error", job="journal") == ["disk is full"]
        assert receiver.lines(unit="kernel") == ["bin�"]
        assert receiver.streams[0].entries[0].timestamp_ns == 1_700_000_000_000_002_000
        positions = shipper.data_folder / "positions.json"
        wait_until(lambda: positions.exists() and '"cursor":"c3"' in positions.read_text())

        shipper.kill()
        wait_until(lambda: not Path(f"/proc/{pids.read_text().split()[-1]}").exists(), what="the child's end")
        log_entry(journal, MESSAGE="while it was down")
        shipper.start()
        wait_until(lambda: len(receiver.lines()) >= 3)
        assert receiver.lines()[2:] == ["while it was down"]

        os.kill(int(pids.read_text().split()[-1]), 9)
        wait_until(lambda: len(pids.read_text().split()) == 3, what="a new child")
        log_entry(journal, MESSAGE="after the child's death")
        wait_until(lambda: "after the child's death" in receiver.lines())
        assert shipper.metric('watchkeeper_shipper_journal_up{source="journald-1"}') == 1
        assert shipper.stop() == 0
        assert not Path(f"/proc/{pids.read_text().split()[-1]}").exists()
    finally:
        shipper.end()


def test_a_machine_without_a_journal_is_said_once_and_shown_and_no_failure(tmp_path: Path, receiver: Receiver) -> None:
    config = {"push_url": receiver.url, "sources": [{"kind": "journald", "name": "system"}]}
    shipper = Shipper(tmp_path, config, {"PATH": str(tmp_path)})
    try:
        shipper.start()
        wait_until(lambda: 'watchkeeper_shipper_journal_up{source="system"} 0.0' in shipper.get("/metrics")[1])
        assert shipper.output.read_text().count("journalctl is not installed") == 1
        assert shipper.get("/-/healthy")[0] == 200
        assert shipper.get("/nothing")[0] == 404
    finally:
        shipper.end()

import time
from pathlib import Path

import pytest

from watchkeeper_mocks.launch import main, parser

DATA = ("--data-dir", "x")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:23010", ("127.0.0.1", 23010)),
        ("[::1]:23010", ("::1", 23010)),
        ("localhost:0", ("localhost", 0)),
        (":80", ("0.0.0.0", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert parser().parse_args(["--listen-address", text, *DATA]).listen_address == address


@pytest.mark.parametrize("text", ["23010", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1"])
def test_an_odd_address_is_refused_with_an_example(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([f"--listen-address={text}", *DATA])
    assert ended.value.code == 1
    assert "write HOST:PORT, as in 127.0.0.1:23010" in capsys.readouterr().err


def test_a_clock_before_the_counters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    assert main(["--listen-address", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]) == 1
    assert "cannot count from 1767571200: this machine's clock says 1000000000" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert main(["--listen-address", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]) == 1
    assert "cannot use the data folder" in capsys.readouterr().out

"""The rooms: contracts hold, and are seen to fail on a planted violation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts on another source folder."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copy = tmp_path / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    example = ROOT / "examples/network-monitor/network_monitor"
    shutil.copytree(example, copy / "network_monitor", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_the_contracts_hold(source: Path) -> None:
    result = lint_imports(source)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("watchkeeper/spec/planted.py", "import watchkeeper.plan.model", "layers"),
        ("watchkeeper/observe/planted.py", "import watchkeeper.acquire.cache", "layers"),
        ("watchkeeper_shipper/planted.py", "import watchkeeper_store", "Engines meet"),
        ("watchkeeper_mocks/planted.py", "import watchkeeper.spec", "Engines meet"),
        ("watchkeeper_wire/planted.py", "import watchkeeper_store", "The wire knows nobody"),
        ("watchkeeper_process/planted.py", "import watchkeeper_shipper", "The wire knows nobody"),
        ("watchkeeper_process/planted.py", "import watchkeeper.workload", "The wire knows nobody"),
        ("watchkeeper_console/planted.py", "import network_monitor", "Nobody knows the example"),
        ("network_monitor/planted.py", "import watchkeeper_process", "The example knows"),
        ("watchkeeper_store/logql/planted.py", "import watchkeeper_store.storage", "LogQL never"),
        ("watchkeeper/plan/planted.py", "import subprocess", "Deciding does no input"),
        ("watchkeeper/utils/__init__.py", "", "layers"),
    ],
)
def test_a_planted_violation_is_found(source: Path, module: str, line: str, contract: str) -> None:
    planted = source / module
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f'"""Planted."""\n{line}\n')
    result = lint_imports(source)
    assert result.returncode != 0, f"nothing noticed {line or module}"
    broken = [report for report in result.stdout.splitlines() if report.endswith("BROKEN")]
    assert any(contract in report for report in broken) or "utils" in result.stdout, result.stdout

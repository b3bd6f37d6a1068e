"""What the console loads at its start. Memory is counted, so what only some stacks need is loaded when they need it."""

from __future__ import annotations

import subprocess
import sys

NEVER = {"pydantic", "httpx", "typer", "rich", "watchkeeper", "watchkeeper_store", "numpy", "duckdb"}
LATER = {"joserfc", "cryptography", "promql_parser", "websockets"}


def test_it_starts_with_what_every_stack_needs() -> None:
    question = "import sys, watchkeeper_console.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True).stdout.split())
    assert "starlette" in loaded
    assert loaded & (NEVER | LATER) == set()

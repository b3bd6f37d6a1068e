"""What ``render`` writes for the core preset has no errors for ``lint``."""

from __future__ import annotations

import json

import pytest
from tests.live.core_stack import core_stack

pytestmark = pytest.mark.live


def test_the_rendered_files_of_the_core_preset_have_no_errors() -> None:
    with core_stack() as stack:
        rendered = stack.run("render", "--output", "one", timeout_s=300)
        assert rendered.returncode == 0, rendered.stderr
        checked = stack.run("lint", "one", "--json")
        report = json.loads(checked.stdout)
        assert [one for one in report["findings"] if one["severity"] == "error"] == []
        assert checked.returncode == 0
        assert report["recognised"]["Prometheus configuration"] == 1
        assert report["recognised"]["Alertmanager configuration"] == 1
        assert report["recognised"]["Prometheus rule file"] >= 5

"""The wheel holds every file of the packages: rules, pages, templates and type markers, not only Python."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_of_the_packages_is_left_out_of_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    example = ROOT / "examples/network-monitor"
    written = {
        str(path.relative_to(folder))
        for folder, below in ((ROOT / "src", ROOT / "src"), (example, example / "network_monitor"))
        for path in below.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert written - packed == set()
    assert {Path(name).suffix for name in packed} >= {".py", ".yaml", ".html", ".css", ".js", ".typed"}

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper_shipper.located_yaml import ConfigUnusable
from watchkeeper_shipper.read_settings import read_settings
from watchkeeper_shipper.settings import BatchLimits, Parse, Settings

GOOD = """\
push_url: http://127.0.0.1:23002/loki/api/v1/push
tenant: blue
external_labels: {stack: demo, zone: yes}
sources:
  - kind: files
    name: stack
    paths: [/l/*.log, more/*.log]
    exclude: [/l/x*]
    labels: {job: app, stack: mine}
    label_from_stem: component
    label_from_path: filename
    multiline: {first_line: '^\\d', max_lines: 20, max_wait: 1500ms}
    parse: {format: json, timestamp: false, level: label}
    from: end
  - kind: files
    paths: [/m/*.log]
    parse: logfmt
  - kind: journald
    labels: {job: journal}
    units: [ssh.service]
    directory: /var/log/journal
    from: beginning
batch: {max_bytes: 64KiB, max_wait: 2s}
buffer: {max_bytes: 16MiB}
"""


def settings_of(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    return read_settings(file)


def mistakes_of(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigUnusable) as raised:
        settings_of(tmp_path, text)
    return [mistake.removeprefix(f"{tmp_path}/c.yaml:") for mistake in raised.value.mistakes]


def test_every_key_is_read(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, GOOD)
    stack, plain = settings.files
    assert (settings.push_url, settings.tenant) == ("http://127.0.0.1:23002/loki/api/v1/push", "blue")
    assert (stack.name, stack.paths, stack.exclude) == ("stack", ("/l/*.log", f"{tmp_path}/more/*.log"), ("/l/x*",))
    assert stack.labels == {"stack": "mine", "zone": "yes", "job": "app"}
    assert (stack.label_from_stem, stack.label_from_path, stack.from_end) == ("component", "filename", True)
    assert stack.multiline is not None
    assert (stack.multiline.first_line.pattern, stack.multiline.max_lines, stack.multiline.max_wait_s) == (r"^\d", 20, 1.5)
    assert stack.parse == Parse(format="json", timestamp=False, level="label")
    assert (plain.name, plain.parse, plain.from_end, plain.multiline) == ("files-2", Parse(format="logfmt"), False, None)
    (journal,) = settings.journals
    assert (journal.name, journal.units, journal.from_end) == ("journald-1", ("ssh.service",), False)
    assert journal.labels == {"stack": "demo", "zone": "yes", "job": "journal"}
    assert settings.batch == BatchLimits(max_bytes=65536, max_wait_s=2.0)
    assert settings.buffer_max_bytes == 16 * 1024 * 1024


def test_everything_but_the_address_and_a_source_has_a_default(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "push_url: http://h/p\nsources: [{kind: files, paths: [/a], labels: {a: b}}]\n")
    assert (settings.tenant, settings.batch, settings.buffer_max_bytes) == (None, BatchLimits(), 512 * 1024 * 1024)
    assert settings.files[0].parse == Parse()


HEAD = "push_url: http://h/p\nsources:\n  - kind: files\n    paths: [/a]\n"


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", ["1:1: cannot use this file: its top must be a mapping (push_url: …)"]),
        ("a: [", ["1:5: cannot parse: expected the node content, but found '<stream end>'"]),
        ("push_url: http://h/p\n", ["1:1: cannot work without sources; add one (- kind: files or - kind: journald)"]),
        ("sources: [{kind: files, paths: [/a], labels: {a: b}}]\n", ["1:1: cannot do without push_url in the file; add it"]),
        (
            HEAD.replace("http://h/p", "http://me:pw@h/p") + "    labels: {a: b}\n",
            [
                "1:11: cannot use push_url: it holds credentials, which end up in logs; write it like http://127.0.0.1:23002/loki/api/v1/push"
            ],
        ),
        (
            HEAD.replace("http://h/p", "http://h:99999/p") + "    labels: {a: b}\n",
            ["1:11: cannot use push_url: Port out of range 0-65535; write it like http://127.0.0.1:23002/loki/api/v1/push"],
        ),
        (HEAD, ["3:5: cannot send lines without a label; add labels to this source"]),
        (
            HEAD + "    labels: {9a: b}\n",
            ["5:14: cannot use this label: '9a' is no label name; letters, digits and _ only, no digit first, no __ first"],
        ),
        (
            HEAD + "    labels: {a: [1]}\n",
            [
                "3:5: cannot send lines without a label; add labels to this source",
                "5:17: cannot use this value in labels: it must be one non-empty value",
            ],
        ),
        (
            HEAD + "    labels: {a: b}\n    lables: {}\n",
            ["6:5: cannot use the unknown key lables in an entry of sources; did you mean labels?"],
        ),
        (
            HEAD + "    labels: {a: b}\n    labels: {}\n",
            ["6:5: cannot use labels twice in an entry of sources; remove one of them"],
        ),
        (
            HEAD.replace("kind: files", "kind: file"),
            ["3:11: cannot use kind: 'file' is not known; choose one of files, journald"],
        ),
        (HEAD.replace("kind: files", "name: x"), ["3:5: cannot do without kind in an entry of sources; add files or journald"]),
        (
            HEAD.replace("[/a]", "/a") + "    labels: {a: b}\n",
            ["4:12: cannot use paths: it must be a list (- value)"],
        ),
        (
            HEAD + "    labels: {a: b}\n    multiline: {first_line: '(', max_wait: soon, max_lines: 0}\n",
            [
                "6:29: cannot use first_line: '(' is no regular expression (missing ), unterminated subpattern); correct it",
                "6:44: cannot use max_wait: 'soon' is no duration; write it like 200ms, 1s or 1m",
                "6:61: cannot use max_lines: '0' is no number from 1 up; give a whole number from 1 up",
            ],
        ),
        (
            HEAD + "    labels: {a: b}\n    multiline: {}\n",
            ["6:16: cannot do without first_line in multiline; add a regular expression"],
        ),
        (
            HEAD + "    labels: {a: b}\n    parse: xml\n",
            ["6:12: cannot use parse: 'xml' is not known; choose one of none, logfmt, json"],
        ),
        (
            HEAD + "    labels: {a: b}\n    from: now\n",
            ["6:11: cannot use from: 'now' is not known; choose one of beginning, end"],
        ),
        (
            HEAD + "    labels: {a: b}\nbatch: {max_bytes: 1}\n",
            ["6:20: cannot use max_bytes: '1' is not between 1KiB and 16MiB; write it like 1MiB"],
        ),
        (
            HEAD + "    labels: {a: b}\nbuffer: {max_bytes: 1MiB}\n",
            ["6:21: cannot use max_bytes: '1MiB' holds fewer than four batches; give at least four times batch.max_bytes"],
        ),
        (
            HEAD + "    labels: {a: b}\n    name: j\n  - {kind: journald, name: j}\n",
            ["7:5: cannot use the name j for two sources; rename one"],
        ),
        (
            HEAD + "    labels: {" + ", ".join(f"l{n}: x" for n in range(16)) + "}\n",
            ["3:5: cannot use 16 labels: the store takes at most 15; remove some"],
        ),
        (
            HEAD + '    labels: {a: b}\ntenant: "a\\nb"\n',
            ["6:9: cannot use tenant: this tenant cannot be sent; use printable ASCII, at most 150 characters"],
        ),
        (
            HEAD + '    labels: {a: "\\uD800"}\n',
            [
                "3:5: cannot send lines without a label; add labels to this source",
                "5:17: cannot use this value in labels: it holds half a character (a surrogate escape)",
            ],
        ),
        ("push_url: http://h/p\nsources: [x]\n", ["2:11: cannot use this entry of sources: it must be a mapping (kind: …)"]),
    ],
)
def test_a_mistake_is_told_at_its_place_with_a_way_out(tmp_path: Path, text: str, mistakes: list[str]) -> None:
    assert mistakes_of(tmp_path, text) == mistakes


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnusable, match=r"cannot read .*nothing\.yaml: No such file or directory"):
        read_settings(tmp_path / "nothing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigUnusable, match="it is not UTF-8 text"):
        read_settings(tmp_path / "binary.yaml")

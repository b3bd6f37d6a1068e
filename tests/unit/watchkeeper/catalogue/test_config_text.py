"""Printers of configuration formats: what they print reads back as what it was made from."""

import configparser

import pytest

from watchkeeper.catalogue.config_text import Block, Expression, alloy, directives, ini
from watchkeeper.workload.reference import ForVersions, ListenPort, Text, VolumePath, text

PORT = ListenPort(endpoint="http")


def test_directives_are_lines_with_their_references_in_place() -> None:
    printed = directives((("port", PORT), ("dir", text(VolumePath(volume="data"), "/aof")), ("appendonly", True), ("n", 3)))
    data = VolumePath(volume="data")
    assert printed == Text(("port ", PORT, "\ndir ", data, "/aof\nappendonly true\nn 3\n"))


def test_an_ini_file_reads_back() -> None:
    printed = ini({"server": {"port": 3000, "gzip": True}, "users": {"allow_sign_up": False, "name": "a = b"}})
    parser = configparser.RawConfigParser()
    (written,) = printed.parts
    assert isinstance(written, str)
    parser.read_string(written)
    assert {section: dict(parser[section]) for section in parser.sections()} == {
        "server": {"port": "3000", "gzip": "true"},
        "users": {"allow_sign_up": "false", "name": "a = b"},
    }


@pytest.mark.parametrize("value", ["a\nb", "a\rb", text("a", "\nallow_sign_up = true")])
def test_a_value_can_never_become_another_setting(value: str | Text) -> None:
    with pytest.raises(ValueError, match="cannot write"):
        directives((("name", value),))


def test_a_file_cannot_depend_on_the_version() -> None:
    with pytest.raises(TypeError, match="cannot make a file depend"):
        directives((("name", ForVersions(arguments=("x",))),))


def test_alloy_blocks_nest_and_quote() -> None:
    block = Block(
        "loki.process",
        "files",
        {"forward_to": (Expression("loki.write.store.receiver"),), "labels": {"a": 'say "hi"', "n": 2}},
        (Block("stage.regex", "", {"expression": r"\d+", "on": True}),),
    )
    expected = [
        'loki.process "files" {',
        "  forward_to = [loki.write.store.receiver]",
        '  labels = {"a" = "say \\"hi\\"", "n" = 2}',
        "  stage.regex {",
        '    expression = "\\\\d+"',
        "    on = true",
        "  }",
        "}",
    ]
    assert alloy((block,)) == Text(("\n".join(expected) + "\n",))

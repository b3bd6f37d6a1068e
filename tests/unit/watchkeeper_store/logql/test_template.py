"""Templates: syntax, values, functions, and the texts of their mistakes."""

import pytest

from watchkeeper_store.logql.template import BadTemplate, TemplateFailure, parse_template
from watchkeeper_store.logql.template.formatting import sprintf
from watchkeeper_store.logql.template.go_time import ZERO_TIME, GoTime, read_time

LABELS = {"app": "shop", "n": "7", "path": "/a/b", "json": '{"list":[1,2.5,"x"],"map":{"k":"v","z":null},"yes":true}'}
NOON = 1_700_000_000_123_456_789


def run(template: str) -> str:
    return parse_template(template, name="line").execute(LABELS, "the line", NOON)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{.app}}/{{ .missing }}/", "shop//"),
        ("a {{- .app -}} b", "ashopb"),
        ("a{{/* comment */}}b {{- /* trimmed */ -}} c", "abc"),
        ('{{"quoted\\n"}}{{`raw\\n`}}', "quoted\nraw\\n"),
        ("{{if .app}}yes{{else}}no{{end}}", "yes"),
        ("{{if not .app}}yes{{else if .n}}elif{{else}}no{{end}}", "elif"),
        ("{{with .app}}<{{.}}>{{end}}{{with .missing}}x{{else}}none{{end}}", "<shop>none"),
        ("{{range $i, $x := (fromJson .json).list}}{{$i}}={{$x}} {{end}}", "0=1 1=2.5 2=x "),
        ("{{range $k, $v := (fromJson .json).map}}{{$k}}:{{$v}};{{end}}", "k:v;z:<no value>;"),
        ("{{range (fromJson .json).none}}x{{else}}empty{{end}}", "empty"),
        ("{{range (fromJson .json).list}}{{if eq (printf `%v` .) `2.5`}}{{break}}{{end}}{{.}}{{end}}", "1"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{$x := .n}}{{if true}}{{$x = `changed`}}{{end}}{{$x}}", "changed"),
        ("{{$.app}}{{with .n}}{{$.app}}{{end}}", "shopshop"),
        ('{{define "t"}}[{{.}}]{{end}}{{template "t" .app}}', "[shop]"),
        ("{{.app | printf `%s-%s` .n}}", "7-shop"),
        ("{{(fromJson .json).map.k}}{{index (fromJson .json) `list`}}", "v[1 2.5 x]"),
        ("{{and .app .n}}{{or .missing `else`}}{{and .missing .app}}|", "7else|"),
        ("{{len .app}}{{len (fromJson .json).list}}{{slice .app 1 3}}", "43ho"),
        (
            "{{eq .app `a` `shop`}} {{ne 1 2}} {{lt 1 2}} {{ge `b` `a`}} {{le 2.5 2.5}} {{gt 1 2}}",
            "true true true true true false",
        ),
        ("{{print 1 2 `a` `b` 3}}{{println `x`}}", "1 2ab3x\n"),
        ("{{html `<a&b>`}} {{urlquery `a b&c`}}", "&lt;a&amp;b&gt; a+b%26c"),
        ("{{true}} {{3}} {{-1.50}} {{'a'}} {{0x10}}", "true 3 -1.5 97 16"),
        ("{{__line__}} {{__timestamp__.Unix}} {{__timestamp__ | unixEpochMillis}}", "the line 1700000000 1700000000123"),
        ("{{fromJson .json}}", "map[list:[1 2.5 x] map:map[k:v z:<nil>] yes:true]"),
    ],
)
def test_templates_run_like_gos(template: str, text: str) -> None:
    assert run(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "{{ToUpper .app}}{{ToLower `AB`}}{{Replace `aaa` `a` `b` 2}}{{Trim `--x-` `-`}}{{TrimLeft `--x-` `-`}}",
            "SHOPabbbaxx-",
        ),
        ("{{TrimPrefix `ab` `a`}}{{TrimSuffix `ab` `b`}}{{TrimSpace ` x `}}|{{trim ` x `}}|{{trimAll `-` `-x-`}}", "bax|x|x"),
        ("{{trimPrefix `a` `ab`}}{{trimSuffix `b` `ab`}}{{title `hello wide_world`}}", "baHello Wide_world"),
        (
            "{{trunc 2 .app}}{{trunc -2 .app}}{{trunc 9 .app}}{{substr 1 3 .app}}{{substr -1 2 .app}}{{substr 2 -1 .app}}",
            "shopshophoshop",
        ),
        ("{{indent 2 `a\nb`}}|{{nindent 1 `a`}}|{{repeat 2 `ab`}}|{{replace `a` `o` `banana`}}", "  a\n  b|\n a|abab|bonono"),
        ("{{contains `ho` .app}}{{hasPrefix `sh` .app}}{{hasSuffix `x` .app}}", "truetruefalse"),
        ("{{alignLeft 6 .app}}|{{alignRight 6 .app}}|{{alignLeft 2 .app}}|{{alignRight 2 .app}}", "shop  |  shop|sh|op"),
        ("{{int .n}} {{int `7.0`}} {{int `x`}} {{float64 `1.5`}} {{int 2.9}} {{int true}}", "7 7 0 1.5 2 1"),
        ("{{add 1 2 3}} {{sub 5 7}} {{mul 2 3}} {{div -7 2}} {{mod -7 3}} {{max 1 3 2}} {{min 3 1}}", "6 -2 6 -3 -1 3 1"),
        (
            "{{addf 0.1 0.2}} {{subf 1 0.9}} {{mulf 1.1 3}} {{divf 1 3}} {{maxf 1 2.5}} {{minf 1 0.5}}",
            "0.3 0.1 3.3 0.3333333333333333 2.5 0.5",
        ),
        ("{{ceil 1.1}} {{floor -1.1}} {{round 1.255 2}} {{round 2.5 0}}", "2 -2 1.25 3"),
        ("{{$x := .app}}{{if true}}{{$x = `y`}}{{end}}{{$x | }}", "y"),
        ("{{default `d` .missing}} {{default `d` .app}} {{default 5 0}}", "d shop 5"),
        ("{{b64enc `hi`}} {{b64dec `aGk=`}}", "aGk= hi"),
        ("{{urlencode `a b/c`}} {{urldecode `a+b%2Fc`}}", "a+b%2Fc a b/c"),
        ("{{bytes `1.5KB`}} {{duration `1m30s`}} {{duration_seconds `250ms`}}", "1500 90 0.25"),
        (
            "{{regexReplaceAll `(\\w)/(\\w)` .path `$2-${1}$$`}} {{regexReplaceAllLiteral `/` .path `$1`}} {{count `/` .path}}",
            "/b-a$ $1a$1b 2",
        ),
        (
            "{{unixToTime `1700000000` | date `2006-01-02`}} {{unixToTime `1700000000123` | unixEpochNanos}}",
            "2023-11-14 1700000000123000000",
        ),
        ("{{toDate `2006-01-02` `2024-02-29` | unixEpoch}}", "1709164800"),
        ("{{toDateInZone `2006-01-02 15:04` `Europe/Berlin` `2024-07-01 12:00` | unixEpoch}}", "1719828000"),
    ],
)
def test_functions_give_what_gos_give(template: str, text: str) -> None:
    assert run(template) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{.a", "template: line:1: unclosed action"),
        ("{{nosuch .a", 'template: line:1: function "nosuch" not defined'),
        ("{{.a }", 'template: line:1: unexpected "}" in operand'),
        ("{{& .a}}", 'template: line:1: unexpected "&" in command'),
        ('{{.a"b"}}', "template: line:1: bad character U+0022 '\"'"),
        ("{{upper&}}", "template: line:1: bad character U+0026 '&'"),
        ("{{$x+1}}", "template: line:1: bad character U+002B '+'"),
        ("{{upper :a}}", "template: line:1: expected :="),
        ("{{-a}}", 'template: line:1: bad number syntax: "-a"'),
        ("{{+}}", 'template: line:1: illegal number syntax: "+"'),
        ("{{|upper}}", 'template: line:1: unexpected "|" in command'),
        ("{{.a . ..}}", "template: line:1: unexpected <.> in operand"),
        ("{{else a}}", 'template: line:1: unexpected "a" in else'),
        ("{{else}}", "template: line:1: unexpected {{else}}"),
        ("{{if .a}}{{else}}{{else}}{{end}}", "template: line:1: expected end; found {{else}}"),
        ("{{range $i, := .a}}{{end}}", "template: line:1: range can only initialize variables"),
        ("{{$a, $b := .c}}", "template: line:1: too many declarations in command"),
        ('{{if .a}}{{define "t"}}{{end}}{{end}}', "template: line:1: unexpected <define> in command"),
        ("{{.a\n| upper&}}", "template: line:2: bad character U+0026 '&' in action started at line:1"),
        ("{{.a\n", "template: line:2: unclosed action started at line:1"),
        ("{{/* a */ .b}}", "template: line:1: comment ends before closing delimiter"),
        ("x\n{{nosuch}}", 'template: line:2: function "nosuch" not defined'),
        ("{{if .a}}", "template: line:1: unexpected EOF"),
        ("{{end}}", "template: line:1: unexpected {{end}}"),
        ("{{$x}}", 'template: line:1: undefined variable "$x"'),
        ("{{(.a}}", "template: line:1: unclosed left paren"),
        ("{{.a)}}", "template: line:1: unexpected right paren"),
        ('{{"a}}', "template: line:1: unterminated quoted string"),
        ("{{}}", "template: line:1: missing value for command"),
        ("{{break}}", "template: line:1: {{break}} outside {{range}}"),
        ("{{/* a}}", "template: line:1: unclosed comment"),
        ("{{1 | 2}}", "template: line:1: non executable command in pipeline stage 2"),
    ],
)
def test_a_bad_template_is_refused_in_gos_words(template: str, message: str) -> None:
    with pytest.raises(BadTemplate) as refusal:
        parse_template(template, name="line")
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ eq .n 7 }}", "<eq .n 7>: error calling eq: incompatible types for comparison"),
        ("{{ lt true false }}", "<lt true false>: error calling lt: invalid type for comparison"),
        ("{{ trunc .n .app }}", "<.n>: wrong type for value; expected int; got string"),
        ("{{ trunc (add 1 1) .app }}", "<add 1 1>: wrong type for value; expected int; got int64"),
        ("{{ lower 5 }}", "<5>: expected string; found 5"),
        ("{{ lower }}", "<lower>: wrong number of args for lower: want 1 got 0"),
        ("{{ .app.x }}", "<.app.x>: can't evaluate field x in type string"),
        ("{{ div 1 0 }}", "<div 1 0>: error calling div: runtime error: integer divide by zero"),
        ("{{ regexReplaceAll `(` .app `` }}", "error calling regexReplaceAll: error parsing regexp: missing closing ): `(`"),
        ('{{ template "none" }}', 'template "none" not defined'),
        ("{{ .app 1 }}", "<.app>: can't give argument to non-function .app"),
        ("{{ range .app }}{{ end }}", "range can't iterate over shop"),
        ("{{ $x = .app }}", "undefined variable: $x"),
        ("{{ unixToTime `1` }}", "error calling unixToTime: unable to parse time '1'"),
    ],
)
def test_a_template_that_fails_says_where_and_why(template: str, message: str) -> None:
    with pytest.raises(TemplateFailure) as failure:
        run(template)
    assert message in str(failure.value)
    assert str(failure.value).startswith("template: line:1:")


def test_fields_of_a_template_are_known_without_running_it() -> None:
    template = parse_template(
        "{{if .a}}{{.b | lower}}{{else}}{{range .c}}{{.d}}{{end}}{{end}}{{(fromJson .e).f}}{{.a}}", name="line"
    )
    assert set(template.fields()) == {"a", "b", "c", "d", "e"}


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("%s %d %v %t", ("a", 1, None, True), "a 1 <nil> true"),
        (
            "%5s|%-5s|%05d|%+d|%x|%X|%o|%b|%c|%U",
            ("a", "b", 42, 1, 255, 255, 8, 5, 65, 65),
            "    a|b    |00042|+1|ff|FF|10|101|A|U+0041",
        ),
        ("%.2f %8.3f %e %g %6.1f%%", (3.14159, 2.5, 1500.0, 1e21, 99.95), "3.14    2.500 1.500000e+03 1e+21  100.0%"),
        ("%q %x %.2s %T %T", ("a\n", "hi", "long", 1.5, "s"), '"a\\n" 6869 lo float64 string'),
        ("%d %s", ("x",), "%!d(string=x) %!s(MISSING)"),
        ("x", (1,), "x%!(EXTRA int=1)"),
        ("%*d", (5, 42), "   42"),
        ("%z %", (1,), "%!z(int=1) %!(NOVERB)"),
    ],
)
def test_printf_is_gos(template: str, values: tuple[str | int | float | bool | None, ...], text: str) -> None:
    assert sprintf(template, values) == text


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("2006-01-02T15:04:05.000Z07:00", "2023-11-14T22:13:20.123Z"),
        ("Mon Jan _2 15:04:05 2006", "Tue Nov 14 22:13:20 2023"),
        ("Monday, 02-Jan-06 3:04:05 PM MST -0700", "Tuesday, 14-Nov-23 10:13:20 PM UTC +0000"),
        ("1/2/06 .999999999 002", "11/14/23 .123456789 318"),
    ],
)
def test_times_are_written_by_layout(layout: str, text: str) -> None:
    assert GoTime(NOON).format(layout) == text


@pytest.mark.parametrize(
    ("layout", "text", "zone", "seconds"),
    [
        ("2006-01-02T15:04:05Z07:00", "2023-11-14T23:13:20+01:00", "UTC", 1_700_000_000),
        ("2006-01-02T15:04:05Z07:00", "2023-11-14T22:13:20Z", "UTC", 1_700_000_000),
        ("Jan 2, 2006 at 3:04pm", "Nov 14, 2023 at 10:13pm", "UTC", 1_699_999_980),
        ("2006-01-02 15:04:05", "2023-11-14 17:13:20", "America/New_York", 1_700_000_000),
    ],
)
def test_times_are_read_by_layout(layout: str, text: str, zone: str, seconds: int) -> None:
    assert read_time(layout, text, zone).ns == seconds * 1_000_000_000


def test_what_does_not_fit_a_layout_is_the_zero_time() -> None:
    assert read_time("2006-01-02", "soon", "UTC") == ZERO_TIME
    assert ZERO_TIME.text() == "0001-01-01 00:00:00 +0000 UTC"


def test_a_time_without_a_year_is_in_the_year_0_as_in_go() -> None:
    noon = read_time("15:04", "12:30", "UTC")
    assert noon.text() == "0000-01-01 12:30:00 +0000 UTC"
    assert noon.year == 0
    assert noon.format("Monday 002") == "Saturday 001"


def test_a_zone_known_by_its_offset_alone_is_written_as_that() -> None:
    assert read_time("2006-01-02T15:04Z07:00", "2023-01-02T03:04+02:00", "UTC").text() == "2023-01-02 03:04:00 +0200 +0200"


def test_the_names_of_a_layout_are_not_found_inside_words() -> None:
    assert GoTime(NOON).format("Janet Monk Jan Mon") == "Janet Monk Nov Tue"


@pytest.mark.parametrize(
    "template",
    [
        "{{ range 999999999 }}{{ end }}",
        "{{ range 9999 }}{{ range 9999 }}x{{ end }}{{ end }}",
        '{{ define "x" }}{{ template "x" }}{{ end }}{{ range 9999 }}{{ template "x" }}{{ end }}',
        '{{ range 100 }}{{ repeat 1000000 "a" }}{{ end }}',
        '{{ $x := repeat 1000000 "a" }}{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}',
        '{{ replace "a" (repeat 1000000 "b") (repeat 1000000 "a") }}',
        '{{ regexReplaceAll "" (repeat 1000000 "a") (repeat 1000000 "b") }}',
        '{{ indent 999999999 "a" }}',
        '{{ alignLeft 999999999 "a" }}',
        '{{ alignRight 999999999 "a" }}',
        '{{ date "2006" 99999999999999 }}',
        "{{ round 1 -400 }}",
    ],
)
def test_no_template_runs_or_grows_without_end(template: str) -> None:
    with pytest.raises(TemplateFailure):
        run(template)


@pytest.mark.parametrize("template", ['{{ printf "%999999999d" 1 }}', '{{ printf "%.999999999f" 1.5 }}'])
def test_no_width_is_too_large_to_be_refused(template: str) -> None:
    assert run(template).startswith("%!(BAD")


def test_half_a_character_in_json_becomes_one_that_can_be_written() -> None:
    assert run(r"""{{ range fromJson `["a\ud83d", "\ud83d\ude00", {"\udc00": "\n"}]` }}<{{ . }}>{{ end }}""") == (
        "<a\ufffd><\U0001f600><map[\ufffd:\n]>"
    )
    assert run(r"""{{ fromJson `"a\ud83d"` | trunc 1 }}""") == "a"

import { describe, expect, it } from "vitest";
import { asText, fieldsOfText, levelOf, readStreams, traceOf, withoutRepeats, type LogLine } from "./log-lines";

const aLine = (line: string, more: Partial<LogLine> = {}): LogLine => ({
  ns: "1700000000000000000", at: 1700000000000, line, stream: {}, metadata: {}, parsed: {}, ...more,
});

describe("reading the store's streams", () => {
  it("merges streams newest first, by nanoseconds that a number cannot tell apart", () => {
    const lines = readStreams([
      { stream: { app: "a" }, values: [["1700000000000000003", "third"], ["1700000000000000001", "first"]] },
      { stream: { app: "b" }, values: [["1700000000000000002", "second", { structuredMetadata: { pod: "p" }, parsed: { x: "1" } }]] },
    ]);
    expect(lines.map(({ line }) => line)).toEqual(["third", "second", "first"]);
    expect(lines[1]).toMatchObject({ stream: { app: "b" }, metadata: { pod: "p" }, parsed: { x: "1" }, at: 1700000000000 });
  });

  it("can show the oldest first", () => {
    const values = [["1700000000000000003", "b"], ["1700000000000000001", "a"]] as const;
    expect(readStreams([{ stream: {}, values }], false).map(({ line }) => line)).toEqual(["a", "b"]);
  });
});

describe("the level of a line", () => {
  it.each([
    [aLine("x", { metadata: { detected_level: "warn" } }), "warning"],
    [aLine("x", { stream: { level: "FATAL" } }), "critical"],
    [aLine("x", { parsed: { level: "nonsense" }, metadata: { detected_level: "error" } }), "error"],
    [aLine('ts=1 level=debug msg="a"'), "debug"],
    [aLine('{"severity": "ERROR"}'), "error"],
    [aLine("all is well"), "unknown"],
    [aLine("x", { metadata: { detected_level: "constructor" } }), "unknown"],
  ] as const)("%# is recognised", (line, level) => {
    expect(levelOf(line)).toBe(level);
  });
});

describe("fields of a line", () => {
  it("come from JSON with nested names, without nulls and lists", () => {
    expect(fieldsOfText('{"a":{"b":1,"c":null},"d":[1],"e":"x","f":false}')).toEqual([
      { name: "a_b", value: "1", kind: "json" },
      { name: "e", value: "x", kind: "json" },
      { name: "f", value: "false", kind: "json" },
    ]);
  });

  it("come from logfmt with quotes and escapes", () => {
    expect(fieldsOfText('level=info msg="said \\"hi\\"" empty= rest')).toEqual([
      { name: "level", value: "info", kind: "logfmt" },
      { name: "msg", value: 'said "hi"', kind: "logfmt" },
      { name: "empty", value: "", kind: "logfmt" },
    ]);
  });

  it("are not seen in prose, broken JSON, or one lone pair", () => {
    expect(fieldsOfText("the user said a=b once")).toEqual([]);
    expect(fieldsOfText('{"a": ')).toEqual([]);
  });
});

describe("the trace of a line", () => {
  it("is found in metadata and in the text, whatever its spelling", () => {
    expect(traceOf(aLine("x", { metadata: { trace_id: "0AF7651916CD43DD8448EB211C80319C" } }))).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(traceOf(aLine('{"traceId":"00f067aa0ba902b7"}'))).toBe("00f067aa0ba902b7");
  });

  it("is not made of anything else", () => {
    expect(traceOf(aLine("x", { metadata: { trace_id: "none" } }))).toBeNull();
    expect(traceOf(aLine("x", { metadata: { request_id: "0af7651916cd43dd8448eb211c80319c" } }))).toBeNull();
  });
});

describe("repeated lines", () => {
  const lines = ["took 12 ms", "took 12 ms", "took 99 ms", "sent 5 kB!", "took 12 ms"].map((line) => aLine(line));
  it.each([
    ["none", [1, 1, 1, 1, 1]],
    ["exact", [2, 1, 1, 1]],
    ["numbers", [3, 1, 1]],
    ["signature", [3, 1, 1]],
  ] as const)("%s", (dedup, times) => {
    expect(withoutRepeats(lines, dedup).map((row) => row.times)).toEqual(times);
  });

  it("are alike by their signature though words differ", () => {
    expect(withoutRepeats([aLine("a=1 b"), aLine("c=7 d")], "signature")).toHaveLength(1);
  });
});

it("writes lines for a download with their times", () => {
  expect(asText([aLine("hello")])).toBe("2023-11-14T22:13:20.000Z\thello\n");
});

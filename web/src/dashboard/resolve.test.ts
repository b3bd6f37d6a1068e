import { afterEach, expect, test, vi } from "vitest";
import { firstChoices, unsettled } from "./choices";
import { aVariable } from "./fixtures";
import { inOrder, matched, resolveVariables, sorted } from "./resolve";

const rest = { range: { from: 0, to: 3_600_000 }, timeZone: "utc", dashboard: { uid: "u", title: "B" }, user: "" };
const option = (value: string) => ({ text: value, value });

/** A console whose label values are written here; the addresses that were asked. */
function console_(answers: (path: string) => unknown): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(decodeURIComponent(path.replace(/\+/g, " ")));
    return Promise.resolve(new Response(JSON.stringify({ status: "success", data: answers(decodeURIComponent(path)) })));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("a variable waits for those that its query uses", async () => {
  const asked = console_((path) => (path.includes("label/job") ? ["api", "web"] : path.includes('job="web"') ? ["w:1"] : []));
  const variables = [
    aVariable("instance", { query: 'label_values(up{job="$job"}, instance)' }),
    aVariable("job", { query: "label_values(up, job)", current: ["web"] }),
  ];
  const { choices, problems } = await resolveVariables(variables, new Map(), rest, new Map());
  expect(problems.size).toBe(0);
  expect([...choices].map(([name, { values }]) => [name, values])).toEqual([["instance", ["w:1"]], ["job", ["web"]]]);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toContain('match[]=up{job="web"}');
});

test("a choice that is no longer offered gives way, one from the address stays", async () => {
  console_(() => ["a", "b"]);
  const variable = aVariable("v", { query: "label_values(x)", current: ["gone"] });
  expect((await resolveVariables([variable], new Map(), rest, new Map())).choices.get("v")!.values).toEqual(["a"]);
  expect((await resolveVariables([variable], new Map([["v", ["mine"]]]), rest, new Map())).choices.get("v")!.values).toEqual(["mine"]);
  const withAll = { ...variable, includeAll: true, multi: true };
  expect((await resolveVariables([withAll], new Map(), rest, new Map())).choices.get("v")!.values).toEqual(["$__all"]);
});

test("a source that fails leaves the choice and says why", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ message: "cannot reach prometheus" }), { status: 502 })));
  const { choices, problems } = await resolveVariables([aVariable("v", { query: "label_values(x)", current: ["kept"] })], new Map(), rest, new Map());
  expect(choices.get("v")!.values).toEqual(["kept"]);
  expect(problems.get("v")).toBe("cannot reach prometheus");
});

test("variables that need each other in a circle are asked all the same", () => {
  const circle = [aVariable("a", { query: "$b" }), aVariable("b", { query: "$a" }), aVariable("c", { query: "$a" })];
  expect(inOrder(circle).map((variable) => variable.name).sort()).toEqual(["a", "b", "c"]);
});

test("patterns keep what they match, and groups name text and value", () => {
  const options = ['up{host="a",dc="x"} 1 5', 'up{host="b",dc="y"} 1 5', "other"].map(option);
  expect(matched(options, '/host="([^"]+)"/').map((one) => one.value)).toEqual(["a", "b"]);
  expect(matched(options, '/dc="(?<text>[^"]+)"|host="(?<value>[^"]+)"/g')[0]).toEqual({ text: "a", value: "a" });
  expect(matched([option("a-1"), option("a-2")], "/^(a)-/")).toEqual([option("a")]);
  expect(matched([option("ab"), option("b")], "b")).toEqual([option("b")]);
});

test("options are sorted as their number says", () => {
  const given = ["b10", "B2", "a3"].map(option);
  const order = (sort: number) => sorted([...given], sort).map((one) => one.value);
  expect(order(0)).toEqual(["b10", "B2", "a3"]);
  expect(order(1)).toEqual(["B2", "a3", "b10"]);
  expect(order(3)).toEqual(["B2", "a3", "b10"]);
  expect(order(5)).toEqual(["a3", "b10", "B2"]);
  expect(order(7)).toEqual(["a3", "B2", "b10"]);
  expect(order(8)).toEqual(["b10", "B2", "a3"]);
});

test("what is certain before anybody was asked does not wait", () => {
  const all = aVariable("all", { includeAll: true, allValue: ".*", current: ["$__all"] });
  const open = aVariable("open", { current: ["x"] });
  const asked = aVariable("asked", { current: ["x"] });
  const wanted = new Map([["asked", ["y"]]]);
  const choices = firstChoices([all, open, asked, aVariable("c", { type: "custom", current: ["1"] })], wanted);
  expect([...unsettled(choices, wanted, false)]).toEqual(["open"]);
  expect([...unsettled(choices, wanted, true)]).toEqual(["all", "open"]);
});

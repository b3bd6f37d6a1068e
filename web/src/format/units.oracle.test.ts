import { expect, test } from "vitest";

import type { Field } from "../frame/frame";
import { display, whole } from "./display";
import { oracle, oracleField, oracleTheme } from "./oracle";

const BASES = [1, 1.5, 2.25, 3.14159265, 9.999];
const VALUES: readonly (number | null)[] = [
  null, NaN, 0, Infinity, -Infinity, 1023, 1024, 1025, 1000, 60, 3600, 86400, 604800, 31536000, 59.5, 0.5, 100, 12345.678, 1e15,
  ...Array.from({ length: 24 }, (_, power) => BASES.map((base) => base * 10 ** (power - 9))).flat(),
].flatMap((value) => (value === null || Number.isNaN(value) || value === 0 ? [value] : [value, -value]));
const DECIMALS = [undefined, 0, 1, 2, 3];
const EXTRA = ["", "prefix:~", "suffix:jobs", "si:mV", "si:kB", "count:req", "currency:€", "currency:financial:$:suffix", "bool:up/down", "widgets", "time:YYYY [w] MMM Do", "time:h:mm A Z"];

interface Disagreement {
  unit: string;
  value: number | null;
  decimals: number | undefined;
  ours: string;
  theirs: string;
}

// Half a million cases: a busy machine needs more than the usual five seconds.
test("units agree with the oracle on at least 99.5 % of the table", { timeout: 120_000 }, () => {
  const units = [...oracle.getValueFormats().flatMap((group) => group.submenu?.map((unit) => unit.value!) ?? []), ...EXTRA];
  const wrong: Disagreement[] = [];
  let cases = 0;
  for (const unit of units) {
    for (const decimals of DECIMALS) {
      const field: Field = { name: "x", type: "number", values: [], config: { unit, decimals, min: 0, max: 1 } };
      const ours = display(field, "dark", "utc");
      const theirs = oracle.getDisplayProcessor({ field: oracleField(field), theme: oracleTheme.dark, timeZone: "utc" });
      for (const value of VALUES) {
        cases++;
        const found = whole(ours(value));
        const expected = oracle.formattedValueToString(theirs(value));
        if (found !== expected) wrong.push({ unit, value, decimals, ours: found, theirs: expected });
      }
    }
  }
  const share = 1 - wrong.length / cases;
  console.log(`units: ${units.length} units, ${cases} cases, agreement ${(share * 100).toFixed(3)} %`);
  for (const { unit, value, decimals, ours, theirs } of wrong.slice(0, 40)) console.log(`  ${unit} ${value} .${decimals}: ours "${ours}" oracle "${theirs}"`);
  const perUnit = new Map<string, number>();
  for (const { unit } of wrong) perUnit.set(unit, (perUnit.get(unit) ?? 0) + 1);
  if (wrong.length) console.log("  by unit:", Object.fromEntries(perUnit));
  expect(units.length).toBeGreaterThan(270);
  expect(share).toBeGreaterThanOrEqual(0.995);
});

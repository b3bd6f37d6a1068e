/** Single numbers of older Grafanas: singlestat, and stat, gauge and bar gauge with the options of Grafana 6. */

import type { FieldConfig, Mapping } from "../../frame/frame";
import { defined, flag, isObject, type Json, list, number, object, text } from "../json";
import type { Override } from "../model";
import { mappings, steps } from "./mappings";
import { oldMappings, oldThresholds } from "./old-mappings";
import { CALCS, type Converted } from "./part";

export function convertSinglestat(panel: Json): Converted {
  const gauge = object(panel["gauge"]);
  const isGauge = flag(gauge["show"]);
  const sparkline = object(panel["sparkline"]);
  const valueName = text(panel["valueName"], "avg");
  const found = oldThresholds(panel["thresholds"], panel["colors"]);
  const defaults: FieldConfig = defined({
    unit: text(panel["format"]) || undefined,
    decimals: number(panel["decimals"]),
    mappings: withNullText(oldMappings(panel), text(panel["nullText"])),
    thresholds: found.length > 0 ? { mode: "absolute" as const, steps: found } : undefined,
    color: { mode: "thresholds" },
    min: isGauge ? (number(gauge["minValue"]) ?? 0) : undefined,
    max: isGauge ? (number(gauge["maxValue"]) ?? 100) : undefined,
  });
  const column = text(panel["tableColumn"]);
  const reduceOptions = {
    calcs: [CALCS[valueName] ?? "mean"],
    values: false,
    fields: valueName === "last_time" ? "/^Time$/" : column !== "" ? `/^${escaped(column)}$/` : "",
  };
  if (isGauge) {
    const options = { reduceOptions, showThresholdMarkers: flag(gauge["thresholdMarkers"], true), showThresholdLabels: flag(gauge["thresholdLabels"]) };
    return { type: "gauge", options: { ...options, ...affixes(panel) }, defaults, overrides: [] };
  }
  return {
    type: "stat",
    options: {
      reduceOptions,
      ...affixes(panel),
      colorMode: flag(panel["colorBackground"]) ? "background" : flag(panel["colorValue"]) ? "value" : "none",
      graphMode: flag(sparkline["show"]) ? "area" : "none",
      textMode: valueName === "name" ? "name" : "value",
      justifyMode: "center",
      orientation: "horizontal",
    },
    defaults,
    overrides: [],
  };
}

/** What stood before and behind the number, smaller. */
function affixes(panel: Json): Record<string, unknown> {
  return defined({ prefix: text(panel["prefix"]) || undefined, postfix: text(panel["postfix"]) || undefined });
}

function withNullText(all: Mapping[], nullText: string): Mapping[] {
  const has = all.some((one) => one.type === "special" && one.options.match === "null");
  return nullText === "" || has ? all : [...all, { type: "special", options: { match: "null", result: { text: nullText } } }];
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** stat, gauge and bargauge of Grafana 6 kept in `options` what stands in `fieldConfig` now. */
export function convertOldSingle(panel: Json, type: string): Converted {
  const options = object(panel["options"]);
  const config = object(panel["fieldConfig"]);
  const old = object(options["fieldOptions"] ?? options["valueOptions"]);
  const found = { ...object(old["defaults"]), ...(options["valueOptions"] ? old : {}) } as Json;
  const limits = list(options["thresholds"] ?? old["thresholds"]).length > 0 ? steps(sortedOldSteps(options["thresholds"] ?? old["thresholds"])) : null;
  const defaults: FieldConfig = defined({
    ...(object(config["defaults"]) as FieldConfig),
    unit: text(found["unit"]) || text(at(config, "unit")) || undefined,
    decimals: number(found["decimals"]),
    min: number(found["min"]) ?? number(options["minValue"]),
    max: number(found["max"]) ?? number(options["maxValue"]),
    displayName: text(found["displayName"] ?? found["title"]) || undefined,
    noValue: text(found["noValue"]) || undefined,
    mappings: mappings(found["mappings"] ?? old["mappings"] ?? options["valueMappings"]),
    thresholds: isObject(found["thresholds"])
      ? { mode: found["thresholds"]["mode"] === "percentage" ? ("percentage" as const) : ("absolute" as const), steps: steps(found["thresholds"]["steps"]) }
      : limits
        ? { mode: "absolute" as const, steps: limits }
        : undefined,
    color: { mode: "thresholds" },
  });
  const calcs = list(old["calcs"]).length > 0 ? list(old["calcs"]) : [text(old["stat"] ?? options["stat"], "lastNotNull")];
  const { fieldOptions: _1, valueOptions: _2, valueMappings: _3, thresholds: _4, minValue: _5, maxValue: _6, ...rest } = options;
  return {
    type,
    options: {
      ...rest,
      ...affixes(defined({ prefix: found["prefix"], postfix: found["suffix"] })),
      reduceOptions: defined({ calcs: calcs.map((calc) => CALCS[text(calc)] ?? text(calc)), values: flag(old["values"]), limit: number(old["limit"]), fields: text(old["fields"]) }),
    },
    defaults,
    overrides: list(old["override"] ?? old["overrides"]).filter((one) => isObject(one) && isObject(one["matcher"])) as Override[],
  };
}

const at = (value: Json, name: string) => object(value["defaults"])[name];

/** The oldest ones were listed from the highest downwards, with an index. */
function sortedOldSteps(value: unknown): unknown[] {
  return [...list(value)].sort((a, b) => (number(object(a)["index"]) ?? 0) - (number(object(b)["index"]) ?? 0));
}

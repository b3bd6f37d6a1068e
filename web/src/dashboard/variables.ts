/** Variables as the dashboard's JSON defines them. Their values are worked out in resolve.ts. */

import { isObject, type Json, flag, list, number, object, objects, text } from "./json";
import type { Filter, Variable } from "./model";
import { offeredOf, sourceRef } from "./sources";

export const ALL = "$__all";

const TYPES: Readonly<Record<string, Variable["type"]>> = {
  query: "query",
  custom: "custom",
  constant: "constant",
  datasource: "datasource",
  interval: "interval",
  textbox: "textbox",
  adhoc: "adhoc",
  groupby: "groupby",
  switch: "switch",
};

/** All variables that can be worked with; what cannot be is named in `losses`. */
export function readVariables(templating: unknown, inputs: Readonly<Record<string, string>>, losses: string[]): Variable[] {
  return objects(object(templating)["list"]).flatMap((given) => {
    const name = text(given["name"]);
    const type = TYPES[text(given["type"])];
    if (type === undefined) losses.push(`the variable “${name}” is of a type that is not known here: ${text(given["type"])}`);
    return type === undefined || name === "" ? [] : [readVariable(given, name, type, inputs, losses)];
  });
}

function readVariable(given: Json, name: string, type: Variable["type"], inputs: Readonly<Record<string, string>>, losses: string[]): Variable {
  const multi = flag(given["multi"]);
  const includeAll = flag(given["includeAll"]);
  const options = optionsOf(given, type, losses, name);
  const variable: Variable = {
    name,
    label: text(given["label"]) || name,
    type,
    hide: hideOf(given["hide"], type),
    multi,
    includeAll,
    allValue: text(given["allValue"]),
    current: currentOf(given, type, options),
    options,
    query: given["query"] ?? given["definition"] ?? "",
    regex: text(given["regex"]),
    sort: number(given["sort"]) ?? 0,
    refresh: (["never", "load", "time"] as const)[number(given["refresh"]) ?? (given["refresh"] === true ? 1 : 0)] ?? "load",
    datasource: sourceRef(given["datasource"], inputs),
  };
  if (text(given["description"]) !== "") variable.description = text(given["description"]);
  if (type === "adhoc") variable.filters = filtersOf(given["filters"] ?? given["baseFilters"]);
  if (type === "interval" && flag(given["auto"])) variable.auto = { count: number(given["auto_count"]) ?? 30, min: text(given["auto_min"], "10s") };
  // a list that was kept with the dashboard belongs to another installation
  if (type === "query" && variable.refresh === "never") variable.refresh = "load";
  return variable;
}

function hideOf(hide: unknown, type: Variable["type"]): Variable["hide"] {
  if (type === "constant") return "all";
  if (hide === true) return "all";
  return (["none", "label", "all"] as const)[number(hide) ?? 0] ?? "none";
}

function optionsOf(given: Json, type: Variable["type"], losses: string[], name: string): Variable["options"] {
  const query = text(given["query"]);
  switch (type) {
    case "custom":
      return customOptions(query, given);
    case "interval":
      return query
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "" && one !== "auto")
        .map((one) => ({ text: one, value: one }));
    case "constant":
    case "textbox":
      return [{ text: query, value: query }];
    case "switch": {
      const on = text(given["enabledValue"], "true");
      const off = text(given["disabledValue"], "false");
      return [
        { text: on, value: on },
        { text: off, value: off },
      ];
    }
    case "datasource": {
      const offered = offeredOf(query);
      if (offered.length === 0) losses.push(`the variable “${name}” chooses among data sources of a type that is not here: ${query}`);
      return offered;
    }
    default:
      return [];
  }
}

/** `a, b : 2, c\,d`: values, or `text : value`; JSON lists where the dashboard says so. */
function customOptions(query: string, given: Json): Variable["options"] {
  if (given["valuesFormat"] === "json") {
    try {
      return objects(JSON.parse(query)).map((one) => ({ text: text(one["text"] ?? one["value"]), value: text(one["value"]) }));
    } catch {
      return [];
    }
  }
  if (query === "") {
    return objects(given["options"])
      .filter((one) => text(one["value"]) !== ALL)
      .map((one) => ({ text: text(one["text"]), value: text(one["value"]) }));
  }
  return (query.match(/(?:\\,|[^,])+/g) ?? []).map((part) => {
    const plain = part.replace(/\\,/g, ",").trim();
    const pair = /^(.+)\s:\s(.+)$/s.exec(plain);
    return pair ? { text: pair[1]!.trim(), value: pair[2]!.trim() } : { text: plain, value: plain };
  });
}

function currentOf(given: Json, type: Variable["type"], options: Variable["options"]): string[] {
  if (type === "datasource") return options[0] ? [options[0].value] : [];
  if (type === "constant") return [text(given["query"])];
  const current = isObject(given["current"]) ? given["current"]["value"] : typeof given["current"] === "string" ? given["current"] : undefined;
  const values = (Array.isArray(current) ? list(current) : current === undefined || current === null ? [] : [current]).map((one) => text(one));
  const known = values.map((value) => (value === "$__auto_interval" || value.startsWith("$__auto_interval_") ? "$__auto" : value));
  if (known.length > 0 && !(known.length === 1 && known[0] === "" && type !== "textbox")) return known;
  const selected = objects(given["options"]).filter((one) => one["selected"] === true).map((one) => text(one["value"]));
  return selected.length > 0 ? selected : options[0] && type !== "query" ? [options[0].value] : [];
}

function filtersOf(value: unknown): Filter[] {
  return objects(value).flatMap((one) => {
    const operator = text(one["operator"], "=");
    if (operator === "=|" || operator === "!=|") {
      const values = list(one["values"]).map((given) => text(given).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return [{ label: text(one["key"]), operator: operator === "=|" ? ("=~" as const) : ("!~" as const), value: values.join("|") }];
    }
    if (!["=", "!=", "=~", "!~"].includes(operator) || text(one["key"]) === "") return [];
    return [{ label: text(one["key"]), operator: operator as Filter["operator"], value: text(one["value"]) }];
  });
}

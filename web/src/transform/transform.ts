/** A panel's transformations, one after the other. */

import type { Transformation } from "../dashboard/model";
import type { Frame } from "../frame/frame";
import type { Interpolate } from "../format/apply";
import { calculateField } from "./calculate";
import { filterByRefId, filterFields, filterFieldsByName, filterFrames, order, organize, rename, renameByRegex } from "./columns";
import { convertFieldType, formatString, formatTime } from "./convert";
import { extractFields } from "./extract";
import { histogram } from "./histogram";
import { concatenate, ensureColumns, joinByField } from "./join";
import type { Transform } from "./kinds";
import type { Known } from "./losses";
import { joinByLabels, labelsToFields } from "./labels";
import { configFromData, groupingToMatrix, rowsToFields, transpose } from "./matrix";
import { merge, seriesToRows } from "./merge";
import { reduce } from "./reduce";
import { filterByValue, groupBy, limit, partitionByValues, sortBy } from "./rows";
import { prepareTimeSeries, timeSeriesTable } from "./series";

export { transformLosses } from "./losses";

const TRANSFORMS: Readonly<Record<Known, Transform>> = {
  calculateField, concatenate, configFromData, convertFieldType, extractFields, filterByRefId, filterByValue, filterFields, filterFieldsByName,
  filterFrames, formatString, formatTime, groupBy, groupingToMatrix, histogram, joinByField, joinByLabels, labelsToFields, limit, merge, order, organize,
  partitionByValues, prepareTimeSeries, reduce, rename, renameByRegex, rowsToFields, seriesToRows, sortBy, timeSeriesTable, transpose,
  ensureColumns: (frames) => ensureColumns(frames),
  seriesToColumns: joinByField,
  // Grafana's own name for merge in its first versions.
  append: merge,
  noop: (frames) => frames,
  // Says only what kind of frame it is, which panels find out by themselves.
  convertFrameType: (frames) => frames,
};

/** Variables in every text of the options. */
function interpolated(value: unknown, interpolate: Interpolate): unknown {
  if (typeof value === "string") return interpolate(value);
  if (Array.isArray(value)) return value.map((each) => interpolated(each, interpolate));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, interpolated(each, interpolate)]));
}

/** Which frames a transformation is for; the others stay where they are. */
function chosen(step: Transformation, frames: readonly Frame[], interpolate: Interpolate): readonly Frame[] {
  if (!step.filter?.options) return frames;
  return filterFrames(frames, { include: step.filter }, interpolate);
}

function run(step: Transformation, frames: readonly Frame[], interpolate: Interpolate): readonly Frame[] {
  const apply = Object.hasOwn(TRANSFORMS, step.id) ? TRANSFORMS[step.id as Known] : undefined;
  if (!apply || step.disabled) return frames;
  const input = chosen(step, frames, interpolate);
  const output = apply(input, interpolated(step.options ?? {}, interpolate) as Transformation["options"], interpolate);
  if (input.length === frames.length) return output;
  // The result stands where the first of its frames stood.
  const at = frames.findIndex((frame) => input.includes(frame));
  const rest = (part: readonly Frame[]): Frame[] => part.filter((frame) => !input.includes(frame));
  return [...rest(frames.slice(0, Math.max(at, 0))), ...output, ...rest(frames.slice(Math.max(at, 0)))];
}

/** New frames: the given ones are left as they are. A transformation that is not known changes nothing; `transformLosses` names it. */
export function transform(frames: readonly Frame[], transformations: readonly Transformation[], interpolate: Interpolate): Frame[] {
  return [...transformations.reduce((current, step) => run(step, current, interpolate), frames)];
}

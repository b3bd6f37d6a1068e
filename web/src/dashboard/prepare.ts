/** From what the source answered to what the panel draws: transformations, then the field config. Also what is lost on the way. Pure. */

import { applyFieldConfig, type Interpolate } from "../format/apply";
import type { Field, Frame } from "../frame/frame";
import { PANELS } from "../panels/registry";
import type { Dashboard, Panel } from "./model";

let transform: typeof import("../transform/transform").transform | null = null;

/** Dashboards without transformations never load their code. */
export async function loadTransformations(): Promise<void> {
  ({ transform } = await import("../transform/transform"));
}

export const areTransformationsReady = (panel: Panel): boolean => panel.transformations.length === 0 || transform !== null;

/** The transformations must be ready. */
export function prepare(frames: readonly Frame[], panel: Panel, interpolate: Interpolate): Frame[] {
  const changed = transform === null || panel.transformations.length === 0 ? frames : transform(frames, panel.transformations, interpolate);
  const applied = applyFieldConfig(changed, panel.fieldConfig, interpolate, panel.type).map(withZeros);
  // without any column there would be no place for the words that the author wants shown instead of nothing
  const { noValue } = panel.fieldConfig.defaults;
  if (noValue && frames.length > 0 && applied.every((frame) => frame.fields.length === 0)) {
    return [{ refId: frames[0]!.refId, length: 0, fields: [{ name: "", type: "string", values: [], config: { noValue } }] }];
  }
  return applied;
}

/** "null as zero" of old graphs. */
function withZeros(frame: Frame): Frame {
  if (!frame.fields.some((field) => field.config.custom?.["nullsAsZero"])) return frame;
  const filled = (field: Field): Field => (field.type === "number" && field.config.custom?.["nullsAsZero"] ? { ...field, values: field.values.map((value) => value ?? 0) } : field);
  return { ...frame, fields: frame.fields.map(filled) };
}

/** Everything of this panel that is not as its author wrote it, in words for a person. */
export function lossesOf(panel: Panel): string[] {
  const type = PANELS[panel.type];
  const own = type ? type.losses(panel) : [`the panel type “${panel.type || "unknown"}” is not drawn here`];
  return [...new Set([...panel.losses, ...own])];
}

/** The same of a whole dashboard, with where each is. */
export function allLosses(board: Dashboard): { where: string; what: string }[] {
  const panels = board.rows.flatMap((row) => row.panels.flatMap((panel) => lossesOf(panel).map((what) => ({ where: panel.title || panel.type, what }))));
  return [...board.losses.map((what) => ({ where: board.title, what })), ...panels];
}

/** Field config and overrides, laid onto every column of the answers of a panel. */

import type { Panel } from "../dashboard/model";
import type { Frame } from "../frame/frame";

export type Interpolate = (text: string, scoped?: Readonly<Record<string, unknown>>) => string;

/** New frames: the given ones are left as they are. */
export function applyFieldConfig(frames: readonly Frame[], _fieldConfig: Panel["fieldConfig"], _interpolate: Interpolate): Frame[] {
  return [...frames];
}

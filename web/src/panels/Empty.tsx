/** What a panel shows when there is nothing to draw, in its own words where the dashboard has some. */

import type { Panel } from "../dashboard/model";
import type { Frame } from "../frame/frame";

const WORDS = {
  "no-data": "No data",
  "no-numbers": "No numbers in the answer",
  "no-time": "No times in the answer",
} as const;

export function Empty({ panel, frames, height, why = "no-data" }: { panel: Panel; frames: readonly Frame[]; height: number; why?: keyof typeof WORDS }) {
  const own = frames.flatMap((frame) => frame.fields).find((field) => field.config.noValue)?.config.noValue ?? (panel.fieldConfig.defaults.noValue || undefined);
  return (
    <div class="wk-empty" style={{ height: `${height}px` }}>
      {own ?? WORDS[why]}
    </div>
  );
}

/** One value in large type, its unit smaller. */

import type { DisplayValue } from "../frame/frame";
import { textWidth } from "../draw/ink";

/** The largest size in pixels at which a text fits into a room. Bold type is wider than what is measured. */
export function fitted(text: string, width: number, height: number): number {
  const perPixel = Math.max(textWidth(text || "0", 100) / 100, 0.3) * 1.1;
  return Math.max(8, Math.min(width / perPixel, height / 1.25));
}

export function Value({ shown, size }: { shown: DisplayValue; size: number }) {
  return (
    <div class="wk-value" style={{ fontSize: `${size}px` }}>
      {shown.prefix && <span class="wk-value-unit">{shown.prefix}</span>}
      <span>{shown.text}</span>
      {shown.suffix && <span class="wk-value-unit">{shown.suffix}</span>}
    </div>
  );
}

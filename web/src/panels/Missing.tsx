/** In place of a panel type that is known but not drawn: says so. */

import type { PanelProps } from "./panel";

export default function Missing({ panel, width, height }: PanelProps) {
  return <div class="wk-empty" style={{ width: `${width}px`, height: `${height}px` }}>The panel type “{panel.type}” is not drawn here.</div>;
}

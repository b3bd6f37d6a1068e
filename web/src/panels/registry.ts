/** Every panel type that can be drawn, by Grafana's name for it. */

import type { PanelType } from "./panel";

export const PANELS: Readonly<Record<string, PanelType>> = {};

/** Every panel type that can be drawn, by Grafana's name for it. Types that most dashboards have come with the page, the others when needed. */

import type { ComponentType } from "preact";

import "./panels.css";
import type { Panel } from "../dashboard/model";
import { overrideLosses } from "../format/apply";
import { transformLosses } from "../transform/losses";
import type { PanelProps, PanelType } from "./panel";
import Stat from "./Stat";
import Timeseries from "./Timeseries";

type Loads = () => Promise<{ default: ComponentType<PanelProps> }>;

/** Every panel loses the overrides and transformations that are not known. */
function panelType(load: Loads, own: (panel: Panel) => readonly string[] = () => []): PanelType {
  return {
    load: async () => (await load()).default,
    losses: (panel) => [...own(panel), ...overrideLosses(panel.fieldConfig), ...transformLosses(panel.transformations)],
  };
}

export const PANELS: Readonly<Record<string, PanelType>> = {
  timeseries: panelType(() => Promise.resolve({ default: Timeseries })),
  stat: panelType(() => Promise.resolve({ default: Stat })),
};

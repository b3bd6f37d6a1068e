/** The small drawings of buttons and menus, as strokes that take the colour of the text beside them. */

const SHAPES = {
  home: "M3 11 12 4l9 7v9h-6v-6H9v6H3z",
  dashboards: "M3 3h8v10H3zM13 3h8v6h-8zM13 11h8v10h-8zM3 15h8v6H3z",
  explore: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M16 8l-2.500 5.500L8 16l2.500-5.500z",
  alerts: "M18 9a6 6 0 1 0-12 0c0 6-2.500 8-2.500 8h17S18 15 18 9M10 20a2 2 0 0 0 4 0",
  traces: "M3 5h10M7 10h9M10 15h11M13 20h4",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21a7 7 0 0 1 14 0M16 3.500a4 4 0 0 1 0 7.500M18 14.500a7 7 0 0 1 4 6.500",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5",
  refresh: "M20 11a8 8 0 1 0-.5 4M20 4v7h-7",
  zoomOut: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5M8 11h6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  more: "M5 12h.010M12 12h.010M19 12h.010",
  close: "M6 6l12 12M18 6 6 18",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8v.010",
  warning: "M12 9v4M12 17v.010M10.300 4 2.500 17.500a2 2 0 0 0 1.700 3h15.600a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0",
  link: "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  share: "M9 15l6-6M10 6l1-1a5 5 0 0 1 7 7l-1 1M14 18l-1 1a5 5 0 0 1-7-7l1-1",
  upload: "M12 16V4M7 9l5-5 5 5M4 20h16",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M19 5l-1.500 1.500M6.500 17.500 5 19",
  moon: "M20 14A8.500 8.500 0 0 1 10 4a8.500 8.500 0 1 0 10 10z",
  keyboard: "M3 6h18v12H3zM7 10h.010M11 10h.010M15 10h.010M18 14h-.010M7 14h7",
  menu: "M4 6h16M4 12h16M4 18h16",
  check: "M20 6 9 17l-5-5",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}

// Which of a log stream's labels names where it comes from.

const SOURCE_LABELS = ["component", "service_name", "service", "app", "job", "container", "unit", "filename"];

export const sourceOf = (labels) => {
  const name = SOURCE_LABELS.find((label) => labels[label] && labels[label] !== "unknown_service");
  return name ? labels[name].replace(/^.*\//, "") : "";
};

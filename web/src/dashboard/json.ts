/** Reading JSON that nobody has checked: whatever is not of the wanted kind is as if it were not there. */

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export const object = (value: unknown): Json => (isObject(value) ? value : {});

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const objects = (value: unknown): readonly Json[] => list(value).filter(isObject);

export const text = (value: unknown, otherwise = ""): string =>
  typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : otherwise;

/** Numbers, and texts that are numbers: old dashboards have both. */
export function number(value: unknown): number | undefined {
  const found = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

export const flag = (value: unknown, otherwise = false): boolean => (typeof value === "boolean" ? value : otherwise);

/** The value of a path of names, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (isObject(found) ? found[name] : undefined), value);
}

/** Without what is undefined, so that defaults of a panel are not hidden by it. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

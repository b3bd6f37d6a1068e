/** A trace as the pages work with it, read from OTLP JSON in the spellings that Tempo and OpenTelemetry write. Pure. */

export type AttributeValue = string | number | boolean | readonly AttributeValue[] | { readonly [name: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanEvent {
  name: string;
  /** Microseconds after the beginning of the trace. */
  at_us: number;
  attributes: Attributes;
}

export interface Span {
  /** 16 hexadecimal digits. */
  id: string;
  /** Empty: none. The parent may be missing from the trace. */
  parentId: string;
  name: string;
  service: string;
  kind: "internal" | "server" | "client" | "producer" | "consumer" | "unspecified";
  /** Microseconds after the beginning of the trace; parts of nanoseconds are kept. */
  start_us: number;
  duration_us: number;
  failed: boolean;
  statusMessage: string;
  attributes: Attributes;
  resource: Attributes;
  /** Name and version of what instrumented the code. */
  scope: string;
  events: readonly SpanEvent[];
  links: readonly { traceId: string; spanId: string; attributes: Attributes }[];
}

export interface Trace {
  /** 32 hexadecimal digits. */
  id: string;
  /** Milliseconds since 1970. */
  start: number;
  duration_us: number;
  /** By start, those that started together by their id. */
  spans: readonly Span[];
}

interface OtlpValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  bytesValue?: string;
  arrayValue?: { values?: OtlpValue[] };
  kvlistValue?: { values?: OtlpAttribute[] };
}
interface OtlpAttribute {
  key: string;
  value?: OtlpValue;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name?: string;
  kind?: number | string;
  startTimeUnixNano?: string | number;
  endTimeUnixNano?: string | number;
  attributes?: OtlpAttribute[];
  events?: { name?: string; timeUnixNano?: string | number; attributes?: OtlpAttribute[] }[];
  links?: { traceId: string; spanId: string; attributes?: OtlpAttribute[] }[];
  status?: { code?: number | string; message?: string };
}
interface OtlpScopeSpans {
  scope?: { name?: string; version?: string };
  instrumentationLibrary?: { name?: string; version?: string };
  spans?: OtlpSpan[];
}
interface OtlpResourceSpans {
  resource?: { attributes?: OtlpAttribute[] };
  scopeSpans?: OtlpScopeSpans[];
  instrumentationLibrarySpans?: OtlpScopeSpans[];
}
/** `resourceSpans` in OTLP, `batches` in Tempo's older answer, `trace` around either in its newer one. */
export interface AnsweredTrace {
  trace?: AnsweredTrace;
  resourceSpans?: OtlpResourceSpans[];
  batches?: OtlpResourceSpans[];
}

/** Null where there is no span. Spans that come twice, as they do when a trace is put together from two places, count once. */
export function readTrace(answer: AnsweredTrace): Trace | null {
  const batches = answer.trace?.resourceSpans ?? answer.trace?.batches ?? answer.resourceSpans ?? answer.batches ?? [];
  const raw = batches.flatMap((batch) => {
    const resource = readAttributes(batch.resource?.attributes);
    return (batch.scopeSpans ?? batch.instrumentationLibrarySpans ?? []).flatMap((scoped) =>
      (scoped.spans ?? []).map((span) => ({ span, resource, scope: scopeName(scoped) })));
  });
  const first = raw[0];
  if (first === undefined) return null;
  let start = nanos(first.span.startTimeUnixNano);
  let end = nanos(first.span.endTimeUnixNano);
  for (const { span } of raw) {
    if (nanos(span.startTimeUnixNano) < start) start = nanos(span.startTimeUnixNano);
    if (nanos(span.endTimeUnixNano) > end) end = nanos(span.endTimeUnixNano);
  }
  const spans = new Map(raw.map(({ span, resource, scope }) => [hexId(span.spanId), readSpan(span, resource, scope, start)]));
  return {
    id: hexId(first.span.traceId),
    start: Number(start / 1000n) / 1000,
    duration_us: Math.max(0, Number(end - start) / 1000),
    spans: [...spans.values()].sort((a, b) => a.start_us - b.start_us || (a.id < b.id ? -1 : 1)),
  };
}

function readSpan(span: OtlpSpan, resource: Attributes, scope: string, start: bigint): Span {
  const since = (time: string | number | undefined) => Number(nanos(time) - start) / 1000;
  const code = span.status?.code;
  return {
    id: hexId(span.spanId),
    parentId: hexId(span.parentSpanId ?? ""),
    name: span.name ?? "",
    service: String(resource["service.name"] ?? "unknown"),
    kind: kindOf(span.kind),
    start_us: since(span.startTimeUnixNano),
    duration_us: Math.max(0, since(span.endTimeUnixNano) - since(span.startTimeUnixNano)),
    failed: code === 2 || code === "STATUS_CODE_ERROR",
    statusMessage: span.status?.message ?? "",
    attributes: readAttributes(span.attributes),
    resource,
    scope,
    events: (span.events ?? []).map((event) => ({ name: event.name ?? "", at_us: since(event.timeUnixNano), attributes: readAttributes(event.attributes) })),
    links: (span.links ?? []).map((link) => ({ traceId: hexId(link.traceId), spanId: hexId(link.spanId), attributes: readAttributes(link.attributes) })),
  };
}

const nanos = (time: string | number | undefined): bigint => BigInt(time ?? 0);

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;

function kindOf(kind: number | string | undefined): Span["kind"] {
  if (typeof kind === "number") return KINDS[kind] ?? "unspecified";
  const name = kind?.replace(/^SPAN_KIND_/, "").toLowerCase();
  return KINDS.find((known) => known === name) ?? "unspecified";
}

/** OTLP's JSON has hexadecimal ids; what protobuf's own printer writes has base64. Neither can be taken for the other: 8 bytes are 12 letters of base64. */
export function hexId(id: string): string {
  if (/^[0-9a-f]*$/i.test(id) && (id.length === 16 || id.length === 32)) return id.toLowerCase();
  if (id === "") return "";
  try {
    return [...atob(id.replace(/-/g, "+").replace(/_/g, "/"))].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  } catch {
    return id.toLowerCase();
  }
}

function scopeName({ scope, instrumentationLibrary }: OtlpScopeSpans): string {
  const known = scope ?? instrumentationLibrary;
  return [known?.name, known?.version].filter(Boolean).join(" ");
}

const readAttributes = (attributes: readonly OtlpAttribute[] | undefined): Attributes =>
  Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, readValue(value ?? {})]));

function readValue(value: OtlpValue): AttributeValue {
  if (value.stringValue !== undefined) return value.stringValue;
  // a 64-bit integer that a double cannot hold stays text
  if (value.intValue !== undefined) return Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : String(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue);
  if (value.kvlistValue !== undefined) return readAttributes(value.kvlistValue.values);
  return value.bytesValue ?? "";
}

/** An attribute as one line of text. */
export const shownValue = (value: AttributeValue): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

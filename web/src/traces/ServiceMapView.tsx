/** Which service calls which, from the metrics that the trace store makes of spans. */

import { queryBatch } from "../ask/query";
import { PanelView } from "../explore/PanelView";
import type { TimeRange } from "../frame/frame";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { number, sentence } from "../status/words";
import { mapFrames, mapOfMetrics, type ServiceMap } from "./service-map";

type Samples = Parameters<typeof mapOfMetrics>[0];

const METRICS = { total: "traces_service_graph_request_total", failed: "traces_service_graph_request_failed_total", seconds: "traces_service_graph_request_server_seconds_sum" };

async function readMap(range: TimeRange, signal: AbortSignal): Promise<ServiceMap> {
  const seconds = Math.max(60, Math.round((range.to - range.from) / 1000));
  const found = new Map<string, Samples>();
  const failures: string[] = [];
  await queryBatch(
    Object.entries(METRICS).map(([id, metric]) => ({ id, source: "prometheus" as const, kind: "instant" as const, time: range.to / 1000, expr: `sum by (client, server) (increase(${metric}[${seconds}s]))` })),
    (answer) => void ("body" in answer ? found.set(answer.id, answer.body.data.result as Samples) : failures.push(answer.error)),
    { signal },
  );
  if (failures[0]) throw new Error(failures[0]);
  return mapOfMetrics(found.get("total") ?? [], found.get("failed") ?? [], found.get("seconds") ?? []);
}

export function ServiceMapView({ range, turn }: { range: TimeRange; turn: number }) {
  const { data, failure } = usePolled(({ signal }) => readMap(range, signal), 0, `${range.from} ${range.to} ${turn}`);
  if (failure) return <Notice level="critical">{sentence(failure)}</Notice>;
  if (!data) return <p class="message">Asking …</p>;
  if (data.services.length === 0) return <p class="message">No call between services was seen in this time. The map is made of the metric <code>{METRICS.total}</code>.</p>;
  return <MapCard map={data} range={range} title="Service map" />;
}

export function MapCard({ map, range, title }: { map: ServiceMap; range: TimeRange; title: string }) {
  return (
    <section class="card answer" aria-label={title}>
      <PanelView type="nodeGraph" title={title} frames={mapFrames(map)} range={range} height={420} />
      <div class="scroll">
        <table class="listing" aria-label="Calls between services">
          <thead><tr>{["From", "To", "Calls", "Failed", "Mean time"].map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {map.calls.map((call) => (
              <tr key={`${call.from} ${call.to}`}>
                <th scope="row">{call.from}</th><td>{call.to}</td><td>{number(call.calls)}</td>
                <td class={call.failed > 0 ? "bad" : undefined}>{number(call.failed)}</td><td>{call.calls > 0 ? `${number((call.seconds / call.calls) * 1000)} ms` : ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

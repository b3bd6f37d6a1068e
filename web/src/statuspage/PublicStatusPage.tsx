/** The status page for everybody: services, their last 90 days and their certificates. Nothing else of the stack is told here. */

import { ask } from "../ask/ask";
import { Dot, Notice, Sign } from "../status/marks";
import type { Level } from "../status/overview";
import { usePolled } from "../status/usePolled";
import { day, moment, sentence } from "../status/words";
import { certificateWords, dayWords, levelOfDay, percent, type Service } from "./uptime";
import "../status/marks.css";
import "./statuspage.css";

interface PublicStatus {
  title: string;
  at: number;
  state: "up" | "partly" | "down" | "unknown";
  services: Service[];
}

const STATES: Readonly<Record<PublicStatus["state"], readonly [Level | "waiting", string]>> = {
  up: ["ok", "All services are up"],
  partly: ["warning", "Some services are down"],
  down: ["critical", "All services are down"],
  unknown: ["waiting", "The state is not known"],
};

const EVERY_MS = 60_000;

export default function PublicStatusPage() {
  const { data, failure } = usePolled((options) => ask<PublicStatus>("/api/public/status", options), EVERY_MS, "public");
  const [level, words] = STATES[data?.state ?? "unknown"] ?? STATES.unknown;
  return (
    <div class="page public">
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {data && (
        <>
          <header class="card verdict" data-level={level}>
            <span class="sign"><Sign level={level} /></span>
            <div><h1>{words}</h1><p>{data.title} · as of {moment(data.at * 1000)}</p></div>
          </header>
          {data.services.length === 0 && <p class="message">No service is probed.</p>}
          {data.services.map((service) => <ServiceCard key={service.name} service={service} now={data.at} />)}
        </>
      )}
    </div>
  );
}

const SERVICE_STATES: Readonly<Record<Service["state"], readonly [Level | "", string]>> = { up: ["ok", "up"], down: ["critical", "down"], unknown: ["", "not known"] };

function ServiceCard({ service, now }: { service: Service; now: number }) {
  const [level, word] = SERVICE_STATES[service.state] ?? SERVICE_STATES.unknown;
  const certificate = certificateWords(service.certificate_expires_at, now);
  return (
    <section class="card service" aria-label={service.name}>
      <header><h2><Dot level={level} />{service.name}</h2><span class={level === "critical" ? "bad" : "faint"}>{word}</span><span class="ratio">{service.ratio === null ? "" : `${percent(service.ratio)} in ${service.days.length} days`}</span></header>
      <Bars service={service} />
      <p class="ends"><span>{service.days.length > 0 && day(Date.parse(service.days[0]?.day ?? ""))}</span><span>today</span></p>
      {certificate && <p class={certificate.isSoon ? "bad" : "faint"}>{certificate.words}</p>}
    </section>
  );
}

const BAR = 10;

function Bars({ service }: { service: Service }) {
  const known = service.days.filter(({ ratio }) => ratio !== null);
  const worst = known.reduce((least, { ratio }) => Math.min(least, ratio ?? 1), 1);
  const summary = known.length === 0 ? "no day is known yet" : `${known.length} days known, the worst ${percent(worst)}`;
  return (
    <svg class="bars" viewBox={`0 0 ${service.days.length * BAR} 32`} preserveAspectRatio="none" role="img" aria-label={`Uptime of ${service.name} by day: ${summary}`}>
      {service.days.map((one, index) => (
        <rect key={one.day} class={levelOfDay(one.ratio)} x={index * BAR + 1} y="0" width={BAR - 2} height="32" rx="1.5"><title>{dayWords(one)}</title></rect>
      ))}
    </svg>
  );
}

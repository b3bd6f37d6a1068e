/** Asks the queries of the panels that are shown: in one request, each question once, and none that nobody waits for any more. */

import { ask, Failed } from "../ask/ask";
import { type Answer, queryBatch } from "../ask/query";
import type { Frame, TimeRange } from "../frame/frame";
import { type Plan, type Planned, tracesFrame } from "./queries";

export interface PanelData {
  state: "loading" | "done";
  frames: readonly Frame[];
  /** In the source's words. */
  errors: readonly string[];
  range: TimeRange;
  /** For people who look into the panel. */
  answers: readonly { refId: string; expr: string; kind: string; step?: number; took_ms: number; series: number; error?: string }[];
}

interface Running {
  identity: string;
  open: number;
  frames: Map<number, Frame[]>;
  answers: Map<number, PanelData["answers"][number]>;
  batch: Batch;
}

interface Batch {
  stop: AbortController;
  panels: Set<string>;
}

type Listener = (data: PanelData) => void;

export class Runner {
  private readonly data = new Map<string, PanelData>();
  private readonly identities = new Map<string, string>();
  private readonly running = new Map<string, Running>();
  private readonly listeners = new Map<string, Set<Listener>>();

  /** `onActivity` hears how many panels wait for answers. */
  constructor(private readonly onActivity: (waiting: number) => void = () => undefined) {}

  of(key: string): PanelData | undefined {
    return this.data.get(key);
  }

  listen(key: string, listener: Listener): () => void {
    const all = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, all);
    all.add(listener);
    return () => void all.delete(listener);
  }

  /** Ask what is not known yet. A panel whose plan is the one it was last asked with stays as it is, unless `again`. */
  run(plans: readonly Plan[], options: { background?: boolean; again?: boolean } = {}): void {
    const fresh = plans.filter((plan) => {
      const running = this.running.get(plan.key);
      if (running) return running.identity !== plan.identity;
      return options.again === true || this.identities.get(plan.key) !== plan.identity;
    });
    if (fresh.length === 0) return;
    const batch: Batch = { stop: new AbortController(), panels: new Set(fresh.map((plan) => plan.key)) };
    const questions = new Map<string, { planned: Planned; consumers: { plan: Plan; at: number; planned: Planned }[] }>();
    for (const plan of fresh) {
      this.drop(plan.key);
      this.identities.set(plan.key, plan.identity);
      const open = plan.queries.length + plan.searches.length;
      this.running.set(plan.key, { identity: plan.identity, open, frames: new Map(), answers: new Map(), batch });
      this.tell(plan.key, { state: "loading", frames: this.data.get(plan.key)?.frames ?? [], errors: [], range: this.data.get(plan.key)?.range ?? plan.range, answers: [] });
      plan.queries.forEach((planned, at) => {
        const identity = JSON.stringify(planned.asked);
        const question = questions.get(identity) ?? { planned, consumers: [] };
        question.consumers.push({ plan, at, planned });
        questions.set(identity, question);
      });
      plan.searches.forEach((search, index) => void this.search(plan, search, plan.queries.length + index, batch));
      if (open === 0) this.finish(plan);
    }
    this.active();
    if (questions.size > 0) void this.askAll([...questions.values()], batch, fresh, options.background === true);
  }

  /** Forget panels that are no longer on the dashboard, and end whatever is asked for them. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of [...this.identities.keys()]) {
      if (keys.has(key)) continue;
      this.drop(key);
      this.identities.delete(key);
      this.data.delete(key);
    }
  }

  stop(): void {
    for (const key of [...this.running.keys()]) this.drop(key);
  }

  private drop(key: string): void {
    const running = this.running.get(key);
    if (!running) return;
    this.running.delete(key);
    running.batch.panels.delete(key);
    if (running.batch.panels.size === 0) running.batch.stop.abort();
  }

  private async askAll(
    questions: readonly { planned: Planned; consumers: { plan: Plan; at: number; planned: Planned }[] }[],
    batch: Batch,
    plans: readonly Plan[],
    background: boolean,
  ): Promise<void> {
    const queries = questions.map(({ planned }, index) => ({ ...planned.asked, id: String(index) }));
    const onAnswer = (answer: Answer) => {
      for (const { plan, at, planned } of questions[Number(answer.id)]!.consumers) this.take(plan, at, planned, answer, batch);
    };
    try {
      await queryBatch(queries, onAnswer, { signal: batch.stop.signal, background });
    } catch (error) {
      if (batch.stop.signal.aborted) return;
      for (const plan of plans) this.fail(plan, batch, error);
    }
  }

  private take(plan: Plan, at: number, planned: Planned, answer: Answer, batch: Batch): void {
    const running = this.running.get(plan.key);
    if (running?.batch !== batch) return;
    const { asked, refId } = planned;
    const told = { refId, expr: asked.expr, kind: asked.kind, step: asked.step, took_ms: answer.took_ms };
    if ("body" in answer) {
      try {
        const frames = planned.framesOf(answer.body);
        running.frames.set(at, frames);
        running.answers.set(at, { ...told, series: frames.length });
      } catch (error) {
        running.answers.set(at, { ...told, series: 0, error: `cannot read the answer: ${String(error)}` });
      }
    } else running.answers.set(at, { ...told, series: 0, error: answer.error });
    running.open -= 1;
    if (running.open === 0) this.finish(plan);
  }

  private async search(plan: Plan, search: Plan["searches"][number], at: number, batch: Batch): Promise<void> {
    const began = performance.now();
    let error: string | undefined;
    let frames: Frame[] = [];
    try {
      frames = [tracesFrame(await ask<unknown>(search.path, { signal: batch.stop.signal }), search.refId)];
    } catch (failure) {
      if (batch.stop.signal.aborted) return;
      error = failure instanceof Failed ? failure.message : String(failure);
    }
    const running = this.running.get(plan.key);
    if (running?.batch !== batch) return;
    running.frames.set(at, frames);
    running.answers.set(at, { refId: search.refId, expr: search.path, kind: "traces", took_ms: performance.now() - began, series: frames.length, error });
    running.open -= 1;
    if (running.open === 0) this.finish(plan);
  }

  private finish(plan: Plan): void {
    const running = this.running.get(plan.key)!;
    this.running.delete(plan.key);
    running.batch.panels.delete(plan.key);
    const inOrder = [...running.frames.entries()].sort(([a], [b]) => a - b);
    const answers = [...running.answers.entries()].sort(([a], [b]) => a - b).map(([, answer]) => answer);
    const errors = [...new Set(answers.flatMap((answer) => (answer.error ? [answer.error] : [])))];
    this.tell(plan.key, { state: "done", frames: inOrder.flatMap(([, frames]) => frames), errors, range: plan.range, answers });
    this.active();
  }

  private fail(plan: Plan, batch: Batch, error: unknown): void {
    const running = this.running.get(plan.key);
    if (running?.batch !== batch) return;
    this.running.delete(plan.key);
    // asked anew with the next refresh
    this.identities.delete(plan.key);
    const message = error instanceof Failed ? error.message : String(error);
    this.tell(plan.key, { state: "done", frames: this.data.get(plan.key)?.frames ?? [], errors: [message], range: plan.range, answers: [] });
    this.active();
  }

  private tell(key: string, data: PanelData): void {
    this.data.set(key, data);
    for (const listener of this.listeners.get(key) ?? []) listener(data);
  }

  private active(): void {
    this.onActivity(this.running.size);
  }
}

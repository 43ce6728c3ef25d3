import { context, metrics, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WorkerMetrics } from '../src/observe/metrics.js';
import { timedEngine } from '../src/observe/timed-engine.js';
import { traced, traceHeaders } from '../src/observe/trace.js';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
afterAll(() => {
  for (const api of [context, metrics, propagation, trace]) api.disable();
});

it('puts a task of a worker under the trace of whoever submitted it', async () => {
  const tracer = trace.getTracer('test');
  // What goes through the queue is JSON.
  const headers = await tracer.startActiveSpan('submit', async (span) => {
    const carried = JSON.parse(JSON.stringify(traceHeaders())) as Record<string, string>;
    span.end();
    return carried;
  });
  await traced('fr-stream photo', headers, { 'fr_stream.task': 'photo-1' }, async () => undefined);
  const failing = traced('fr-stream chunk', headers, {}, () => Promise.reject(new Error('no such file')));
  await expect(failing).rejects.toThrow('no such file');

  const [submit, photo, chunk] = exporter.getFinishedSpans();
  expect([submit?.name, photo?.name, chunk?.name]).toEqual(['submit', 'fr-stream photo', 'fr-stream chunk']);
  for (const span of [photo, chunk]) {
    expect(span?.parentSpanContext?.spanId).toBe(submit?.spanContext().spanId);
    expect(span?.spanContext().traceId).toBe(submit?.spanContext().traceId);
  }
  expect(photo?.attributes).toEqual({ 'fr_stream.task': 'photo-1' });
  expect(photo?.status.code).toBe(SpanStatusCode.UNSET);
  expect(chunk?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such file' });
});

it('counts tasks, frames, models and what waits', async () => {
  const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 3600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const counts = { waiting: 7, active: 2, delayed: 0, completed: 40, failed: 1 };
  const state = async () => ({ ...counts, workers: ['a', 'b'] });
  using worker = new WorkerMetrics({ state }, 'box-1');
  worker.task('photo', 'done', 0.5);
  worker.task('photo', 'failed', 1.5);
  worker.frames(50);
  worker.frames(25);
  // The time of a model is that of its call, whatever comes of it.
  type Engine = Parameters<typeof timedEngine>[0];
  const detector = { id: 'd', detect: async () => Promise.reject(new Error('no')) };
  const embedder = {
    id: 'e',
    embed: async () => new Promise((resolve) => setTimeout(() => resolve([]), 20)),
  };
  const engine = timedEngine({ detector, embedder } as unknown as Engine, (part, s) => worker.model(part, s));
  await expect(engine.detector.detect([])).rejects.toThrow('no');
  expect(await engine.embedder.embed([])).toEqual([]);
  await reader.forceFlush();

  const found = memory
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics);
  const points = (name: string) =>
    found
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.map(({ attributes, value }) => [attributes, value]);
  expect(points('fr_stream.tasks')).toEqual([
    [{ kind: 'photo', outcome: 'done', worker: 'box-1' }, 1],
    [{ kind: 'photo', outcome: 'failed', worker: 'box-1' }, 1],
  ]);
  expect(points('fr_stream.task.duration')).toMatchObject([[{ kind: 'photo' }, { count: 2, sum: 2 }]]);
  expect(points('fr_stream.frames')).toEqual([[{ worker: 'box-1' }, 75]]);
  const [[, rate = 0] = []] = (points('fr_stream.frames.rate') ?? []) as [object, number][];
  expect(rate).toBeGreaterThan(0);
  expect(points('fr_stream.queue.tasks')).toEqual([
    ...Object.entries(counts).map(([name, count]) => [{ state: name }, count]),
    [{ state: 'workers' }, 2],
  ]);
  const [detect, embed] = (points('fr_stream.model.duration') ?? []) as [
    object,
    { count: number; sum: number },
  ][];
  expect(detect).toMatchObject([{ part: 'detect', worker: 'box-1' }, { count: 1 }]);
  expect(embed).toMatchObject([{ part: 'embed', worker: 'box-1' }, { count: 1 }]);
  // A timer of 20 ms may end a little early by another clock.
  expect(embed?.[1].sum).toBeGreaterThan(0.015);
  const text = await worker.text();
  expect(text).toContain('fr_stream_model_seconds_count{part="embed"} 1');
  expect(text).toContain('fr_stream_queue_tasks{state="waiting"} 7');
  await provider.shutdown();
});

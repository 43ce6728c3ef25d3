import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  for (const api of [context, propagation, trace]) api.disable();
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

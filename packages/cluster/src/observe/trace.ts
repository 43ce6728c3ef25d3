import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { messageOf } from '@fr-stream/core';

const tracer = () => trace.getTracer('@fr-stream/cluster');

/** What carries a trace to a worker; undefined where no OpenTelemetry SDK is loaded. */
export function traceHeaders(): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** Work as a span under the trace of whoever asked for it. Costs nothing without an OpenTelemetry SDK. */
export async function traced<T>(
  name: string,
  headers: Readonly<Record<string, string>> | undefined,
  attributes: Readonly<Record<string, string | number>>,
  work: () => Promise<T>,
): Promise<T> {
  const parent = headers === undefined ? context.active() : propagation.extract(context.active(), headers);
  return tracer().startActiveSpan(name, { kind: SpanKind.CONSUMER, attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CameraInfo } from './cameras/camera-manager.js';

export interface MetricSources {
  cameras(): readonly CameraInfo[];
  /** Pictures that wait for the detector. */
  queued(): number;
  /** Events that wait for a way out, by its name. */
  waiting(): Promise<ReadonlyMap<string, number>>;
}

/** What Prometheus is told. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests: Histogram<'route' | 'method' | 'status'>;
  /** Of cameras' pictures. */
  readonly latency: Histogram<'camera'>;
  readonly events: Counter<'camera' | 'type'>;
  readonly deliveries: Counter<'sink' | 'result'>;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'fr_stream_http_request_seconds',
      help: 'Time to answer a request',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.latency = new Histogram({
      name: 'fr_stream_camera_latency_seconds',
      help: 'From the arrival of a picture until its faces are known and its events kept',
      labelNames: ['camera'],
      buckets: [0.02, 0.04, 0.06, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.35, 0.5, 1, 2.5],
      registers,
    });
    this.events = new Counter({
      name: 'fr_stream_events_total',
      help: 'Events that were kept',
      labelNames: ['camera', 'type'],
      registers,
    });
    this.deliveries = new Counter({
      name: 'fr_stream_deliveries_total',
      help: 'Events brought to a way out: delivered, failed (to be tried again) or given up',
      labelNames: ['sink', 'result'],
      registers,
    });
    const gauge = (
      name: string,
      help: string,
      labelNames: string[],
      fill: (gauge: Gauge) => void | Promise<void>,
    ): void => {
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          this.reset();
          await fill(this);
        },
      });
    };
    const perCamera = (name: string, help: string, value: (camera: CameraInfo) => number): void =>
      gauge(name, help, ['camera'], (one) => {
        for (const camera of sources.cameras()) one.set({ camera: camera.id }, value(camera));
      });
    perCamera('fr_stream_camera_online', 'Whether pictures come', ({ status }) =>
      status?.online === true ? 1 : 0,
    );
    perCamera('fr_stream_camera_frames', 'Pictures taken up', ({ status }) => status?.frames ?? 0);
    perCamera(
      'fr_stream_camera_dropped',
      'Pictures left out for newer ones',
      ({ status }) => status?.dropped ?? 0,
    );
    perCamera(
      'fr_stream_camera_searched',
      'Pictures searched for faces',
      ({ status }) => status?.searched ?? 0,
    );
    perCamera('fr_stream_camera_present', 'Faces in view', ({ status }) => status?.present ?? 0);
    gauge('fr_stream_queued_pictures', 'Pictures that wait for the detector', [], (one) =>
      one.set(sources.queued()),
    );
    gauge('fr_stream_waiting_events', 'Events that a way out does not take', ['sink'], async (one) => {
      for (const [sink, count] of await sources.waiting()) one.set({ sink }, count);
    });
  }
}

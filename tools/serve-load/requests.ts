import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * Clients of a running `fr-stream serve`, each of which asks who is in a picture now and then:
 *
 *   node --import tsx tools/serve-load/requests.ts --picture face.jpg [--url http://127.0.0.1:8787] [--clients 50]
 *     [--seconds 60] [--every 10] [--key KEY]
 *
 * Tells the time of one request alone, the median and p95 of all under load, refusals, and the server's memory at the
 * beginning, the middle and the end. More requests than the machine can answer only show that: `--every` (seconds
 * between two requests of a client) sets the load.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    picture: { type: 'string' },
    clients: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '10' },
    key: { type: 'string' },
  },
});
if (values.picture === undefined) throw new Error('Name a picture with --picture.');
const picture = new Uint8Array(await readFile(values.picture));
const headers = values.key === undefined ? {} : { authorization: `Bearer ${values.key}` };
const [clients, seconds, every] = [Number(values.clients), Number(values.seconds), Number(values.every)];

async function ask(): Promise<{ readonly ms: number; readonly ok: boolean }> {
  const began = performance.now();
  const answer = await fetch(`${values.url}/api/recognise`, {
    method: 'POST',
    body: picture,
    headers: { 'content-type': 'image/jpeg', ...headers },
  });
  await answer.arrayBuffer();
  return { ms: performance.now() - began, ok: answer.ok };
}

async function memory(): Promise<number> {
  const text = await (await fetch(`${values.url}/api/metrics`, { headers })).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
const sorted = (times: readonly number[]): readonly number[] => [...times].sort((a, b) => a - b);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

for (let i = 0; i < 5; i++) await ask();
const alone: number[] = [];
for (let i = 0; i < 20; i++) alone.push((await ask()).ms);
const bare = quantile(sorted(alone), 0.5);

const memories = [await memory()];
const times: number[] = [];
let refused = 0;
const end = performance.now() + seconds * 1000;
const client = async (): Promise<void> => {
  // Spread: people do not press at once.
  await pause(Math.random() * every * 1000);
  while (performance.now() < end) {
    const { ms, ok } = await ask();
    if (ok) times.push(ms);
    else refused++;
    await pause(Math.max(0, every * 1000 * (0.5 + Math.random()) - ms));
  }
};
const half = pause(seconds * 500).then(async () => void memories.push(await memory()));
await Promise.all([half, ...Array.from({ length: clients }, client)]);
memories.push(await memory());
const all = sorted(times);
const [p50, p95] = [quantile(all, 0.5), quantile(all, 0.95)];
console.log(
  [
    `alone: ${bare.toFixed(0)} ms (median of ${alone.length})`,
    `${clients} clients, ${(all.length / seconds).toFixed(1)} requests/s: median ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms = ${(p95 / bare).toFixed(1)} x alone`,
    `${all.length} answered, ${refused} refused`,
    `memory of the server: ${memories.map((one) => `${one.toFixed(0)} MiB`).join(', ')}`,
  ].join('\n'),
);

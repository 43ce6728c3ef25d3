import { frameNumber } from './live-clip.js';

/**
 * Looks at a camera's live pictures, and takes the time from when each frame was due to be sent until it is here.
 * @param dueMs when a frame was due, by `performance.now()`.
 * @returns milliseconds.
 */
export async function watchDelays(
  url: string,
  dueMs: (frame: number) => number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const delays: number[] = [];
  try {
    const answer = await fetch(url, { signal });
    const reader = answer.body?.getReader();
    let rest = Buffer.alloc(0);
    for (;;) {
      const { done = true, value } = (await reader?.read()) ?? {};
      if (done || value === undefined) break;
      rest = Buffer.concat([rest, value]);
      for (;;) {
        const head = rest.indexOf('\r\n\r\n');
        if (head < 0) break;
        const length = Number(/content-length: (\d+)/.exec(rest.toString('latin1', 0, head))?.[1]);
        const end = head + 4 + length;
        if (rest.length < end) break;
        const now = performance.now();
        const jpeg = Uint8Array.from(rest.subarray(head + 4, end));
        rest = rest.subarray(end + 2);
        delays.push(now - dueMs(await frameNumber(jpeg)));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return delays;
}

import { firstValueFrom, fromEvent, race, timer } from 'rxjs';

/**
 * {@link GalleryStore.follow} for stores that can only be asked.
 * @param version as `GalleryStore.version`.
 * @param everyMs how often it is asked.
 */
export async function* pollVersions(
  version: () => Promise<number>,
  since: number,
  signal: AbortSignal,
  everyMs: number,
): AsyncGenerator<number> {
  let known = since;
  while (!signal.aborted) {
    const current = await version();
    if (current > known) {
      known = current;
      yield current;
      continue;
    }
    await pause(everyMs, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await firstValueFrom(race(timer(ms), fromEvent(signal, 'abort')));
}

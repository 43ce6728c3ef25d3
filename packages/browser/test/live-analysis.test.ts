import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RemoteFaceEngine } from '../src/connect.js';
import { LiveAnalysis } from '../src/live-analysis.js';
import type { AnalyzedFrame } from '../src/types.js';

/** A `<video>` of a file, as far as it is asked for; `show` tells of its next frame. */
function videoOf() {
  let next: ((now: number, metadata: object) => void) | undefined;
  let presentedFrames = 0;
  const video = {
    ...{ paused: false, readyState: 4, currentTime: 0, srcObject: null, videoWidth: 640, videoHeight: 360 },
    requestVideoFrameCallback: (callback: typeof next) => {
      next = callback;
      return 1;
    },
    cancelVideoFrameCallback: () => undefined,
  };
  const show = async (mediaTime: number): Promise<void> => {
    next?.(0, { mediaTime, presentedFrames: ++presentedFrames });
    await vi.waitFor(() => expect(next).toBeDefined());
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { video: video as unknown as HTMLVideoElement, show };
}

describe('LiveAnalysis', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('gives an engine no frame of before a jump after it, until the engine has begun anew', async () => {
    vi.stubGlobal('createImageBitmap', async () => ({}));
    vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });
    const { video, show } = videoOf();
    const times: number[] = [];
    const analyze = async (_picture: unknown, { timeMs }: { readonly timeMs: number }) => {
      times.push(timeMs);
      return { timeMs } as AnalyzedFrame;
    };
    const onError = vi.fn();
    const live = new LiveAnalysis(video, { analyze } as unknown as RemoteFaceEngine, {
      ...{ source: 'a.mp4', onFrame: () => undefined, onError },
    });
    // The end, and then played again: its first frame is shown before anybody hears that the video has jumped.
    for (const second of [1, 2, 0.04]) await show(second);
    expect([times, live.dropped]).toEqual([[1000, 2000], 1]);
    live.jumped();
    for (const second of [0.08, 0.12]) await show(second);
    expect([times, live.dropped]).toEqual([[1000, 2000, 80, 120], 1]);
    expect(onError).not.toHaveBeenCalled();
    live.stop();
  });

  it('drops a picture that the browser has let go of, and tells of what else fails', async () => {
    const failures = [
      new DOMException('not usable', 'InvalidStateError'),
      new DOMException('no', 'SecurityError'),
    ];
    vi.stubGlobal('createImageBitmap', () => Promise.reject(failures.shift() ?? new Error('no more')));
    vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });
    const { video, show } = videoOf();
    const onError = vi.fn();
    const live = new LiveAnalysis(video, {} as unknown as RemoteFaceEngine, {
      ...{ source: 'a.mp4', onFrame: () => undefined, onError },
    });
    await show(1);
    expect([live.dropped, onError.mock.calls.length]).toEqual([1, 0]);
    await show(2);
    expect([live.dropped, onError.mock.calls.length]).toEqual([1, 1]);
    live.stop();
  });

  it('looks again at what stands still when the browser had let go of it', async () => {
    const pictures = [
      Promise.reject(new DOMException('not usable', 'InvalidStateError')),
      Promise.resolve({}),
    ];
    vi.stubGlobal('createImageBitmap', () => pictures.shift());
    vi.stubGlobal('HTMLMediaElement', { HAVE_CURRENT_DATA: 2 });
    const { video } = videoOf();
    const onFrame = vi.fn();
    const analyze = async (_picture: unknown, frame: object) => frame as AnalyzedFrame;
    const live = new LiveAnalysis(
      Object.assign(video, { paused: true, currentTime: 2 }),
      { analyze } as unknown as RemoteFaceEngine,
      { source: 'a.mp4', onFrame, onError: () => undefined },
    );
    await vi.waitFor(() => expect(onFrame).toHaveBeenCalledTimes(1));
    expect(onFrame.mock.calls[0]?.[0]).toMatchObject({ timeMs: 2000 });
    live.stop();
  });
});

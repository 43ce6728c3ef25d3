import { LiveAnalysis, type LiveAnalysisOptions } from './live-analysis.js';
import type { BeginOptions } from './types.js';
import type { RemoteFaceEngine } from './connect.js';

export interface FollowVideoOptions extends LiveAnalysisOptions, BeginOptions {}

/**
 * Follows whatever a `<video>` plays, one source after the other: after each jump, and whenever it is given another one,
 * tracks start anew. Unlike {@link LiveAnalysis} it tells the engine to begin.
 * @returns a function that ends it; no callback comes after that.
 */
export function followVideo(
  video: HTMLVideoElement,
  engine: RemoteFaceEngine,
  { detectEveryMs = 60, ...options }: FollowVideoOptions,
): () => void {
  let live: LiveAnalysis | undefined;
  let turn = 0;
  const stop = (): void => {
    turn++;
    live?.stop();
    live = undefined;
  };
  const begin = (): void => {
    stop();
    const mine = turn;
    engine.begin('video', { detectEveryMs }).then(
      () => {
        if (mine === turn) live = new LiveAnalysis(video, engine, options);
      },
      (error: unknown) => {
        if (mine === turn) options.onError(error);
      },
    );
  };
  const heard = { loadedmetadata: begin, seeked: begin, emptied: stop };
  for (const [event, listener] of Object.entries(heard)) video.addEventListener(event, listener);
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) begin();
  return () => {
    for (const [event, listener] of Object.entries(heard)) video.removeEventListener(event, listener);
    stop();
  };
}

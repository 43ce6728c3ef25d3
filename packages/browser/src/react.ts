import { CanvasOverlay } from '@fr-stream/backend-web/page';
import { useCallback, useEffect, useRef, useState, type RefCallback } from 'react';
import { followVideo } from './follow-video.js';
import { ShownFrame } from './names-of-now.js';
import { openFaceEngine, type OpenFaceEngineOptions } from './open-face-engine.js';
import type { AnalyzedFace, AnalyzedFrame } from './types.js';
import type { RemoteFaceEngine } from './connect.js';

export interface UseFaceTaggerOptions extends OpenFaceEngineOptions {
  /** Names the source. Default `video`. */
  readonly source?: string;
  /** See `BeginOptions`. Default 60. */
  readonly detectEveryMs?: number;
  /** Called with every frame that was looked at; may be another function in every render. */
  readonly onFrame?: (frame: AnalyzedFrame) => void;
}

export interface FaceTagger {
  /** For the `<video>` whose faces are to be named. */
  readonly video: RefCallback<HTMLVideoElement>;
  /** For a `<canvas>` that lies over it, on which boxes and names are drawn. It may be left away. */
  readonly canvas: RefCallback<HTMLCanvasElement>;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly error: unknown;
  /** Those in view. */
  readonly faces: readonly AnalyzedFace[];
  /** Undefined before it is `ready`. */
  readonly engine: RemoteFaceEngine | undefined;
  /** Says who a face is. */
  readonly name: (face: AnalyzedFace, name: string) => Promise<void>;
  /** The face where the canvas was clicked. */
  readonly faceAt: (event: {
    readonly clientX: number;
    readonly clientY: number;
  }) => AnalyzedFace | undefined;
}

/**
 * A face engine as long as the component is there, following a `<video>`. `base`, `provider`, `gallery`, `threads`,
 * `thread`, `detector`, `embedder` and `analyze` open it anew when they change, `threshold` counts at once, and the other options
 * of the engine when it is opened.
 */
export function useFaceTagger(options: UseFaceTaggerOptions = {}): FaceTagger {
  const latest = useRef(options);
  const overlay = useRef<{ readonly canvas: HTMLCanvasElement; readonly drawn: CanvasOverlay<AnalyzedFace> }>(
    undefined,
  );
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [engine, setEngine] = useState<RemoteFaceEngine>();
  const [faces, setFaces] = useState<readonly AnalyzedFace[]>([]);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    latest.current = options;
  });

  const { base, provider, gallery, threads, thread, detector, embedder, threshold } = options;
  const { source = 'video', detectEveryMs = 60 } = options;
  const analyze = options.analyze?.join();
  const [shown] = useState(
    () =>
      new ShownFrame((frame) => {
        setFaces(frame.faces);
        overlay.current?.drawn.show(frame);
      }),
  );
  useEffect(() => {
    const { source: _source, detectEveryMs: _every, onFrame: _onFrame, ...open } = latest.current;
    let here = true;
    // React mounts twice while one develops: what was opened for nobody is closed.
    const opened = openFaceEngine(open);
    opened.then(
      ({ engine: ready }) => {
        if (here) setEngine(ready);
      },
      (cause: unknown) => {
        if (here) setError(cause);
      },
    );
    return () => {
      here = false;
      setEngine(undefined);
      setError(undefined);
      shown.clear();
      setFaces([]);
      opened.then(({ engine: done }) => done.close()).catch(() => undefined);
    };
  }, [base, provider, gallery, threads, thread, detector, embedder, analyze, shown]);

  useEffect(() => {
    if (engine === undefined) return undefined;
    let here = true;
    const again = (): void => {
      shown.refresh(engine).catch((cause: unknown) => {
        if (here) setError(cause);
      });
    };
    engine.follow(again).catch(setError);
    return () => {
      here = false;
    };
  }, [engine, shown]);

  useEffect(() => {
    if (engine === undefined || threshold === undefined) return;
    engine
      .setThreshold(threshold)
      .then(() => shown.refresh(engine))
      .catch(setError);
  }, [engine, threshold, shown]);

  useEffect(() => {
    if (engine === undefined || video === null) return undefined;
    return followVideo(video, engine, {
      source,
      detectEveryMs,
      onFrame: (frame) => {
        shown.take(engine, frame).catch(setError);
        latest.current.onFrame?.(frame);
      },
      onError: setError,
    });
  }, [engine, video, source, detectEveryMs, shown]);

  const canvas = useCallback<RefCallback<HTMLCanvasElement>>((element) => {
    overlay.current =
      element === null ? undefined : { canvas: element, drawn: new CanvasOverlay<AnalyzedFace>(element) };
  }, []);
  const name = useCallback(
    async (face: AnalyzedFace, given: string) => {
      await engine?.enroll(given, face.id);
    },
    [engine],
  );
  const faceAt = useCallback<FaceTagger['faceAt']>(({ clientX, clientY }) => {
    if (overlay.current === undefined) return undefined;
    const { left, top } = overlay.current.canvas.getBoundingClientRect();
    return overlay.current.drawn.faceAt(clientX - left, clientY - top);
  }, []);
  const state =
    error !== undefined && engine === undefined ? 'failed' : engine === undefined ? 'loading' : 'ready';
  return { video: setVideo, canvas, state, error, faces, engine, name, faceAt };
}

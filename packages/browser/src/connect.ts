import type { Box } from '@fr-stream/core';
import { proxy, transfer, wrap } from 'comlink';
import { carryErrors } from './carry-errors.js';
import type { FaceEngine } from './face-engine.js';
import type { AnalyzedFrame, FaceAttributes, FrameAt } from './types.js';

type Promised<F> = F extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Awaited<Result>>
  : never;

/** All of a {@link FaceEngine}, from another thread. */
export type RemoteFaceEngine = {
  readonly [Method in Exclude<keyof FaceEngine, 'analyze' | 'scan' | 'look' | 'describe'>]: Promised<
    FaceEngine[Method]
  >;
} & {
  /** The picture is handed over: it is of no use to the caller afterwards. */
  readonly analyze: (
    picture: ImageBitmap | VideoFrame,
    at: FrameAt,
    size?: { readonly width: number; readonly height: number },
  ) => Promise<AnalyzedFrame>;
  /** The picture is handed over, as above. */
  readonly look: (faceId: string, picture: ImageBitmap, box: Box, at: FrameAt) => Promise<void>;
  /** The picture is handed over, as above. */
  readonly describe: (picture: ImageBitmap, box: Box, names: readonly string[]) => Promise<FaceAttributes>;
  readonly scan: (
    file: Blob,
    source: string,
    onFrame: (frame: AnalyzedFrame) => boolean | Promise<boolean>,
  ) => Promise<number>;
};

/**
 * A {@link FaceEngine} in a worker whose script calls `serveFaceEngine()`. Its errors are thrown here as what they are
 * there.
 */
export function connectFaceEngine(worker: Worker): RemoteFaceEngine {
  carryErrors();
  const engine = wrap<FaceEngine>(worker);
  return {
    open: (options, onProgress) =>
      onProgress === undefined ? engine.open(options) : engine.open(options, proxy(onProgress)),
    analyze: (picture, at, size) => engine.analyze(transfer(picture, [picture]), at, size),
    scan: (file, source, onFrame) => engine.scan(file, source, proxy(onFrame)),
    look: (faceId, picture, box, at) => engine.look(faceId, transfer(picture, [picture]), box, at),
    describe: (picture, box, names) => engine.describe(transfer(picture, [picture]), box, names),
    describeKept: (faceId, names) => engine.describeKept(faceId, names),
    openPhoto: (file, at) => engine.openPhoto(file, at),
    picture: (file, maxSide) => engine.picture(file, maxSide),
    pixels: (file, maxSide) => engine.pixels(file, maxSide),
    groupKept: () => engine.groupKept(),
    keptVideo: (file) => engine.keptVideo(file),
    keptFiles: () => engine.keptFiles(),
    forgetFiles: (paths) => engine.forgetFiles(paths),
    setThreshold: (threshold) => engine.setThreshold(threshold),
    follow: (onChange) => engine.follow(proxy(onChange)),
    personFaces: (person) => engine.personFaces(person),
    merge: (people) => engine.merge(people),
    split: (person, faces) => engine.split(person, faces),
    notSame: (first, second) => engine.notSame(first, second),
    notThisFace: (person, face) => engine.notThisFace(person, face),
    moveFace: (face, to) => engine.moveFace(face, to),
    undo: () => engine.undo(),
    suggestions: (limit) => engine.suggestions(limit),
    begin: (kind, options) => engine.begin(kind, options),
    enroll: (name, face) => engine.enroll(name, face),
    identities: (faces) => engine.identities(faces),
    similarity: (face, k) => engine.similarity(face, k),
    people: () => engine.people(),
    rename: (person, name) => engine.rename(person, name),
    remove: (person) => engine.remove(person),
    exportGallery: () => engine.exportGallery(),
    importGallery: (json) => engine.importGallery(json),
    close: async () => {
      await engine.close();
      worker.terminate();
    },
  };
}

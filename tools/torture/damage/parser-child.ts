import { readFile } from 'node:fs/promises';
import { FrStreamError, galleryFromJson, galleryToJson, messageOf, type ErrorCode } from '@fr-stream/core';
import { OnnxRuntimeBackend, readCard, SqliteGalleryStore } from '@fr-stream/backend-node';
import { probeGraph } from '@fr-stream/models';
import { videoFrames } from '@fr-stream/stream';

/** Reads one file after the other in one process, which starts once: see `parser-process.ts`. */

export type ParserName = 'video' | 'gallery' | 'export' | 'card' | 'model';

export interface ParseRequest {
  readonly parser: ParserName;
  readonly path: string;
}

export interface ParseAnswer {
  /** Of the error that ended it; `none` without one. `untyped`: one of no class of ours, a fault. */
  readonly code: ErrorCode | 'none' | 'untyped';
  readonly message: string;
  /** What was read, for comparison with what was written. */
  readonly content?: string;
}

const backend = new OnnxRuntimeBackend();

const PARSERS: Readonly<Record<ParserName, (path: string) => Promise<string | undefined>>> = {
  async video(path) {
    await using source = videoFrames(path, { threads: 1 });
    for await (const frame of source.frames()) frame[Symbol.dispose]();
    if (source.problem !== undefined) throw source.problem;
    return undefined;
  },
  async gallery(path) {
    await using store = await SqliteGalleryStore.open(path);
    return galleryToJson(await store.load());
  },
  async export(path) {
    galleryFromJson(await readFile(path, 'utf8'));
    return undefined;
  },
  async card(path) {
    await readCard(path);
    return undefined;
  },
  async model(path) {
    await using session = await backend.load(await readFile(path), { intraOpThreads: 1 });
    await probeGraph(session, path);
    return undefined;
  },
};

async function answer({ parser, path }: ParseRequest): Promise<ParseAnswer> {
  try {
    const content = await PARSERS[parser](path);
    return { code: 'none', message: '', ...(content !== undefined && { content }) };
  } catch (error) {
    if (FrStreamError.isInstance(error)) return { code: error.code, message: error.message };
    return { code: 'untyped', message: error instanceof Error ? (error.stack ?? '') : messageOf(error) };
  }
}

process.on('message', (request: ParseRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

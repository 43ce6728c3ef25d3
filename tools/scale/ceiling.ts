import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeModelStore, OnnxRuntimeBackend } from '@fr-stream/backend-node';
import { createEngine } from '@fr-stream/engine';

const SCRIPT = fileURLToPath(new URL('./bare-inference.mjs', import.meta.url));

/** Of so many processes at once that do nothing but run a model, one thread each. */
export interface BareRun {
  readonly processes: number;
  /** Runs a second of all together. */
  readonly rate: number;
  /** Processor time of one run, in milliseconds. */
  readonly cpuMs: number;
}

/** A copy of the embedder that the engine uses. */
export class BareModel implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<BareModel> {
    const folder = await mkdtemp(join(tmpdir(), 'fr-bare-'));
    const backend = new OnnxRuntimeBackend({ workers: 1 });
    const store = new NodeModelStore({
      converter: async () => (await import('@fr-stream/convert')).converter,
    });
    const engine = await createEngine(
      {},
      {
        load: async (card) => {
          const bytes = await store.bytes(card);
          if (card.task === 'embedder') await writeFile(join(folder, 'model.onnx'), bytes);
          return { card, session: await backend.load(bytes, { intraOpThreads: 1 }) };
        },
        [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
      },
    );
    await engine[Symbol.asyncDispose]();
    return new BareModel(folder);
  }

  /** As many processes at once, for so long. */
  async run(processes: number, ms: number): Promise<BareRun> {
    const children = Array.from({ length: processes }, () =>
      fork(SCRIPT, [join(this.#folder, 'model.onnx')]),
    );
    try {
      await Promise.all(children.map((child) => once(child, 'message')));
      const results = await Promise.all(children.map((child) => told(child, ms)));
      const runs = results.reduce((sum, one) => sum + one.runs, 0);
      return {
        processes,
        rate: results.reduce((sum, one) => sum + one.runs / one.seconds, 0),
        cpuMs: (1000 * results.reduce((sum, one) => sum + one.cpuSeconds, 0)) / runs,
      };
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Told {
  readonly runs: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function told(child: ChildProcess, ms: number): Promise<Told> {
  const answer = once(child, 'message');
  child.send(ms);
  const [result] = (await answer) as [Told];
  return result;
}

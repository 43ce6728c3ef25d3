import type { Readable, Writable } from 'node:stream';
import { SinkError } from '@fr-stream/core';
import { FfmpegProcess } from '../ffmpeg/process.js';
import { causeOf, codeInWords, lostOutput } from '../output/failures.js';
import { findFfmpeg, type FindFfmpegOptions } from '../ffmpeg/resolve.js';

/** An ffmpeg that encodes the raw frames it is given. */
export class RawEncoder implements AsyncDisposable {
  #output: string;
  #process: FfmpegProcess;
  #stdin: Writable;

  static async start(
    output: string,
    ffmpeg: FindFfmpegOptions | undefined,
    args: (version: string) => readonly string[],
    stdout?: number | 'pipe',
  ): Promise<RawEncoder> {
    const { path, version } = await findFfmpeg(ffmpeg);
    const process = new FfmpegProcess(path, args(version), {
      stdin: 'pipe',
      ...(stdout !== undefined && { stdout }),
    });
    if (!process.stdin) throw new SinkError('OUTPUT_FAILED', `${output}: ffmpeg has no input pipe`);
    return new RawEncoder(output, process, process.stdin);
  }

  private constructor(output: string, process: FfmpegProcess, stdin: Writable) {
    this.#output = output;
    this.#process = process;
    this.#stdin = stdin;
    // A broken pipe shows as the end of the process, which knows the cause.
    stdin.on('error', () => undefined);
  }

  /** What it writes to standard output, if that is a pipe. */
  get stdout(): Readable | null {
    return this.#process.stdout;
  }

  /**
   * Resolves when ffmpeg has taken the frame, so that the buffer may be used again.
   * @throws SinkError (OUTPUT_FAILED) when ffmpeg has ended.
   */
  async write(picture: Uint8Array): Promise<void> {
    const failed = await new Promise<boolean>((resolve) => {
      this.#stdin.write(picture, (error) => resolve(Boolean(error)));
    });
    if (failed) throw await this.#failure();
  }

  /** Ends the input and waits for the encoder to complete its file. */
  async finish(): Promise<void> {
    this.#stdin.end();
    const { code } = await this.#process.exited;
    if (code !== 0 || lostOutput(this.#process.stderrTail)) throw await this.#failure();
  }

  async #failure(): Promise<SinkError> {
    const { code, signal } = await this.#process.exited;
    const said = this.#process.stderrTail;
    // The system's own limit on the size of files ends it by a signal.
    const failed = signal === 'SIGXFSZ' ? 'EFBIG' : codeInWords(said);
    const unknown = said.some((line) => /Unknown encoder|Encoder .* not found/i.test(line));
    const why = failed
      ? causeOf({ code: failed })
      : unknown
        ? 'this ffmpeg does not have the encoder'
        : (said.at(-1)?.trim() ?? `the encoder ended (${signal ?? code ?? 'unknown'})`);
    return new SinkError('OUTPUT_FAILED', `${this.#output}: ${why}`, {
      hint: failed
        ? 'Free some space or choose another place, and run again.'
        : 'Choose another codec, or another ffmpeg through FR_STREAM_FFMPEG.',
      cause: Object.assign(new Error(`ffmpeg said:\n${said.join('\n')}`), { code: failed }),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.kill();
  }
}

// @ts-check
/**
 * The part of the ffmpeg command that fr-stream uses, on the FFmpeg libraries that the npm package `node-av` carries:
 * decoding through filter graphs to raw frames, encoding, and putting streams into containers. It reads the same
 * arguments and writes the same reports (they come from the libraries themselves), so that whoever starts an ffmpeg can
 * start this instead. It runs in a process of its own: a crash in a decoder costs one video.
 *
 * All calls are synchronous: nothing else happens in this process.
 */
import { getFFmpegInfo, Log } from 'node-av/lib';
import { optionOf, parseArguments } from './arguments.mjs';
import { FilterChain } from './filter-chain.mjs';
import { MediaInput } from './media-input.mjs';
import { CopiedStream, EncodedStream, MediaOutput } from './media-output.mjs';
import { uprightFilters } from './upright.mjs';

const LEVELS = new Map(
  Object.entries({ quiet: -8, panic: 0, fatal: 8, error: 16, warning: 24, info: 32, verbose: 40, debug: 48 }),
);
const VIDEO = 0;
const AUDIO = 1;

/** @param {readonly string[]} args */
function run(args) {
  const { global, inputs: inputFiles, outputs: outputFiles } = parseArguments(args);
  if (global.has('version')) {
    process.stdout.write(`ffmpeg version ${getFFmpegInfo().version} in node-av\n`);
    for (const [name, version] of Object.entries(getFFmpegInfo().libraries)) {
      const [major, minor, micro] = version.split('.');
      process.stdout.write(
        `lib${name.padEnd(12)} ${major}. ${minor}.${micro} / ${major}. ${minor}.${micro}\n`,
      );
    }
    return 0;
  }
  Log.setLevel(/** @type {any} */ (LEVELS.get(global.get('loglevel') ?? global.get('v') ?? 'info') ?? 32));
  const inputs = inputFiles.map((file, i) => {
    const input = new MediaInput(file, i);
    input.dump();
    return input;
  });
  if (outputFiles.length === 0) throw new Error('At least one output file must be specified');
  const outputs = outputFiles.map((file, i) => new MediaOutput(file, i));
  const plan = new Plan(inputs, outputs, global.get('filter_complex'));
  plan.run();
  for (const output of outputs) output.finish();
  return 0;
}

class Plan {
  /**
   * @param {readonly MediaInput[]} inputs
   * @param {readonly MediaOutput[]} outputs
   * @param {string | undefined} complex
   */
  constructor(inputs, outputs, complex) {
    this.inputs = inputs;
    this.outputs = outputs;
    /** Who takes the packets of an input's stream as they are. @type {Map<string, CopiedStream[]>} */
    this.copies = new Map();
    /** Which inputs are read, and for whom. @type {Map<MediaInput, (() => boolean)[]>} */
    this.needs = new Map();
    /** @type {Map<string, EncodedStream>} */
    const labelled = new Map();
    for (const output of outputs) this.#map(output, labelled);
    if (complex !== undefined) this.#chain(complex, labelled);
    for (const input of inputs) {
      const copied = [...this.copies.keys()].flatMap((key) => {
        const [file, stream] = key.split(':').map(Number);
        return file === input.index && stream !== undefined ? [stream] : [];
      });
      input.beginWith(new Set([...copied, ...input.decoders.keys()]));
    }
    for (const output of outputs) {
      if (output.streams.length === 0)
        throw new Error(`Output file #${output.index} does not contain any stream`);
      const source = inputs[Number(optionOf(output.options, 'map_metadata') ?? 0)];
      if (source) output.context.metadata = source.context.metadata;
      output.begin();
    }
  }

  /** @param {MediaOutput} output @param {Map<string, EncodedStream>} labelled */
  #map(output, labelled) {
    const maps = output.options.filter(([name]) => name === 'map').map(([, value]) => value);
    for (const map of maps.length > 0 ? maps : this.#usual(output)) {
      const label = /^\[(.*)\]$/.exec(map)?.[1];
      if (label !== undefined) {
        const stream = new EncodedStream(output, 'v', output.codecName('v', output.videoCodec));
        output.streams.push(stream);
        labelled.set(label, stream);
        continue;
      }
      const [, file, specifier = '', optional] = /^(\d+)(?::(.*?))?(\?)?$/.exec(map) ?? [];
      const input = this.inputs[Number(file)];
      const found = input?.matching(specifier) ?? [];
      if (input === undefined || (found.length === 0 && optional === undefined)) {
        throw new Error(`Stream map '${map}' matches no streams.`);
      }
      for (const stream of found) this.#add(output, input, stream);
    }
  }

  /** @param {MediaOutput} output @param {MediaInput} input @param {import('node-av/lib').Stream} stream */
  #add(output, input, stream) {
    const type = stream.codecpar.codecType;
    if (type !== VIDEO && type !== AUDIO) return;
    const kind = type === VIDEO ? 'v' : 'a';
    const codec = output.codecName(kind, kind === 'v' ? output.videoCodec : output.audioCodec);
    if (codec === 'copy') {
      const copy = new CopiedStream(output, stream);
      output.streams.push(copy);
      const key = `${input.index}:${stream.index}`;
      this.copies.set(key, [...(this.copies.get(key) ?? []), copy]);
      this.#need(input, () => !copy.ended);
      return;
    }
    const encoded = new EncodedStream(output, kind, codec);
    output.streams.push(encoded);
    const filter = optionOf(output.options, kind === 'v' ? 'vf' : 'af') ?? (kind === 'v' ? 'null' : 'anull');
    this.#chain(`[${input.index}:${stream.index}]${filter}[out]`, new Map([['out', encoded]]));
  }

  /** What ffmpeg takes when nothing is mapped: a picture and a sound. @param {MediaOutput} output */
  #usual(output) {
    const wanted = [];
    for (const kind of /** @type {const} */ (['V', 'a'])) {
      const format = output.context.oformat;
      const taken = kind === 'V' ? format?.videoCodec : format?.audioCodec;
      const left = !taken || optionOf(output.options, kind === 'V' ? 'vn' : 'an') !== undefined;
      const input = left ? undefined : this.inputs.find((one) => one.matching(kind).length > 0);
      const [stream] = input?.matching(kind) ?? [];
      if (input && stream) wanted.push(`${input.index}:${stream.index}`);
    }
    return wanted;
  }

  /** @param {string} description @param {Map<string, EncodedStream>} labelled */
  #chain(description, labelled) {
    const pads = [...description.matchAll(/\[(\d+):([^\]]*)\]/g)].map(([pad, file, specifier = '']) => {
      const input = this.inputs[Number(file)];
      const [stream] = input?.matching(specifier) ?? [];
      if (input === undefined || stream === undefined) {
        throw new Error(`Stream specifier '${pad}' in filtergraph description matches no streams.`);
      }
      return { label: pad.slice(1, -1), input, stream };
    });
    const sources = pads.map(({ label, input, stream }) => ({
      label,
      kind: /** @type {'video' | 'audio'} */ (stream.codecpar.codecType === VIDEO ? 'video' : 'audio'),
      first: firstFilters(input, stream),
    }));
    const targets = [...labelled];
    const sinks = targets.map(([label, stream]) => ({
      label,
      kind: /** @type {'video' | 'audio'} */ (stream.kind === 'v' ? 'video' : 'audio'),
      last: stream.filters,
    }));
    const chain = new FilterChain(description, sources, sinks);
    chain.onFrame = (sink, frame) => targets[sink]?.[1].take(frame);
    for (const [i, { input, stream }] of pads.entries()) {
      input.decoder(stream.index).listeners.push((frame) => chain.push(i, frame));
      this.#need(input, () => !chain.done && targets.some(([, target]) => !target.ended));
    }
  }

  /** @param {MediaInput} input @param {() => boolean} needed */
  #need(input, needed) {
    this.needs.set(input, [...(this.needs.get(input) ?? []), needed]);
  }

  run() {
    while (!this.outputs.every((output) => output.done)) {
      const readable = this.inputs.filter(
        (input) => !input.ended && (this.needs.get(input)?.some((needed) => needed()) ?? false),
      );
      const [first, ...others] = readable;
      if (first === undefined) break;
      // The one that is behind: so no chain has to keep what another is waited for.
      const input = others.reduce((least, one) => (one.reached < least.reached ? one : least), first);
      const packet = input.read();
      if (packet === undefined) this.#ended(input);
      else this.#hand(input, packet);
    }
    for (const output of this.outputs) for (const stream of output.streams) stream.end();
  }

  /** @param {MediaInput} input @param {import('node-av/lib').Packet} packet */
  #hand(input, packet) {
    for (const copy of this.copies.get(`${input.index}:${packet.streamIndex}`) ?? []) copy.take(packet);
    input.decoders.get(packet.streamIndex)?.send(packet);
  }

  /** @param {MediaInput} input */
  #ended(input) {
    for (const decoder of input.decoders.values()) decoder.send(null);
    for (const [key, copies] of this.copies) {
      if (key.startsWith(`${input.index}:`)) for (const copy of copies) copy.end();
    }
  }
}

/**
 * Turned upright, and cut to what was asked for.
 * @param {MediaInput} input
 * @param {import('node-av/lib').Stream} stream
 * @returns {(readonly [string, string])[]}
 */
function firstFilters(input, stream) {
  const video = stream.codecpar.codecType === VIDEO;
  const begin = input.seekSeconds === undefined ? [] : ['start=0'];
  const end = input.lengthSeconds === undefined ? [] : [`end=${input.lengthSeconds}`];
  const cut = [...begin, ...end];
  return [
    ...(video ? uprightFilters(input.displayMatrix(stream.index)) : []),
    ...(cut.length === 0 ? [] : [/** @type {const} */ ([video ? 'trim' : 'atrim', cut.join(':')])]),
  ];
}

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Contexts that are open hold nothing that must be written, and freeing them in the order of the garbage collector
// gains nothing.
process.exit();

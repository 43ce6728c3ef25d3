import { writeFile, readFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { galleryFromJson, galleryToJson } from '@fr-stream/core';
import { randomFrom, type Random } from '../../synth/random.js';
import { startCounting, networkAttempts } from '../network.js';
import { describeRun, runFrStream } from '../run-command.js';
import {
  archiveSeeds,
  cardSeeds,
  manPhotos,
  modelSeeds,
  photoSeeds,
  videoSeeds,
  womenPhoto,
  type Seed,
} from '../seeds.js';
import { makeWorkFolder, type WorkFolder } from '../work-folder.js';
import { describeInput, type Damaged, type Fault } from './fault.js';
import { mutate, oneOf, pick } from './mutate.js';
import { ParserProcess, type Parsed } from './parser-process.js';
import type { ParserName } from './parser-child.js';
import { throughCommand, type CommandWay } from './through-command.js';

export interface DamageOptions {
  readonly count: number;
  readonly seed: number;
  /** Attempts to reach the network are counted; see `network.ts`. */
  readonly isolated: boolean;
  /** Where inputs that show a fault are kept. */
  readonly keep?: string | undefined;
  readonly progress: (line: string) => void;
}

export interface DamageFigures {
  readonly inputs: number;
  readonly perParser: Readonly<Record<string, number>>;
  /** How runs and parses ended, and how often. */
  readonly endings: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** `undefined`: could not be counted here. */
  readonly networkAttempts: number | undefined;
  readonly faults: readonly Fault[];
}

const HANG_SECONDS = 60;

/** Shares of all inputs. Photos and videos are what people get from strangers. */
const SHARES = {
  photo: 0.35,
  archive: 0.1,
  video: 0.15,
  gallery: 0.12,
  export: 0.1,
  card: 0.1,
  model: 0.08,
} as const;
type Parser = keyof typeof SHARES;
const PARSERS = Object.keys(SHARES) as Parser[];

/** Files of other kinds are given other endings: a video called a photo, a photo called an archive. */
const ENDINGS: Readonly<Record<Parser, readonly [string, ...string[]]>> = {
  photo: ['.jpg', '.png', '.webp', '.tif', '.gif', '.avif'],
  archive: ['.zip', '.tar', '.tar.gz', '.tgz'],
  video: ['.mp4', '.mkv', '.avi', '.mov', '.ts', '.wmv'],
  gallery: ['.db'],
  export: ['.json'],
  card: ['.json'],
  model: ['.onnx'],
};

/** Codes that a damaged file of each kind may end with. */
const CODES: Readonly<Record<ParserName, readonly string[]>> = {
  video: ['none', 'INPUT_UNREADABLE', 'INPUT_UNSUPPORTED', 'INPUT_TRUNCATED'],
  gallery: ['none', 'GALLERY_INVALID'],
  export: ['none', 'GALLERY_INVALID'],
  card: ['none', 'MODEL_CARD_INVALID'],
  model: [
    'none',
    'BACKEND_LOAD_FAILED',
    'BACKEND_RUN_FAILED',
    'MODEL_OUTPUT_UNEXPECTED',
    'INPUT_UNSUPPORTED',
  ],
};

type Seeds = Readonly<Record<Parser, readonly Seed[]>>;

/** Whole files of each kind. The gallery is one that the command made: enrolled, searched, grouped, corrected. */
async function makeSeeds(work: WorkFolder): Promise<Seeds> {
  const gallery = work.at('seed.db');
  const [one = '', two = ''] = await manPhotos();
  for (const args of [
    ['enroll', 'Ada', one, two],
    ['photos', await womenPhoto(), '--no-report', '-q'],
    ['cluster', '--min-faces', '1'],
    ['name', 'unknown-1', 'Berta'],
    ['gallery', 'export', work.at('seed.json')],
  ]) {
    const ran = await runFrStream([...args, '-g', gallery], { env: work.env, seconds: 300 });
    if (ran.code !== 0) throw new Error(describeRun(args, ran));
  }
  return {
    photo: await photoSeeds(),
    video: await videoSeeds(work.at('seed-videos')),
    archive: await archiveSeeds(work.at('seed-archives')),
    gallery: [{ name: 'seed.db', bytes: await readFile(gallery) }],
    export: [{ name: 'seed.json', bytes: await readFile(work.at('seed.json')) }],
    card: cardSeeds(),
    model: await modelSeeds(),
  };
}

function damage(parser: Parser, number: number, seeds: Seeds, random: Random): Damaged {
  const own = seeds[parser];
  const strange = random() < 0.05;
  const from = strange ? seeds[PARSERS[pick(random, PARSERS.length)] ?? parser] : own;
  const whole = from[pick(random, from.length)] ?? { name: '', bytes: Buffer.alloc(0) };
  const anyKind = seeds[PARSERS[pick(random, PARSERS.length)] ?? parser];
  const other = anyKind[pick(random, anyKind.length)]?.bytes ?? Buffer.alloc(0);
  const { bytes, how } = mutate(whole.bytes, other, random);
  const ending =
    random() < 0.15 || strange ? oneOf(random, ENDINGS[parser]) : whole.name.slice(whole.name.indexOf('.'));
  return { number, name: `${String(number).padStart(6, '0')}${ending}`, how, bytes, seed: whole.name };
}

function commandWays(
  control: Buffer,
  gallery: string,
): Readonly<Record<'photo' | 'archive' | 'video' | 'gallery' | 'export', CommandWay>> {
  const photos: Omit<CommandWay, 'parser'> = {
    args: (files, _, out) => [
      ...['photos', ...files, '-g', join(out, 'g.db'), '--no-report', '--csv', join(out, 'f.csv')],
      ...['--tiles', '1', '-q'],
    ],
    allowed: [0, 3, 8],
    control: { name: 'whole.jpg', bytes: control, shownIn: 'f.csv' },
  };
  return {
    photo: { ...photos, parser: 'photo' },
    archive: { ...photos, parser: 'archive' },
    video: {
      parser: 'video',
      args: ([file = ''], _, out) => ['tag', file, '--events', join(out, 'e.jsonl'), '-g', gallery, '-q'],
      allowed: [0, 3, 8],
    },
    gallery: {
      parser: 'gallery',
      args: ([file = '']) => ['gallery', 'list', '-g', file],
      allowed: [0, 7],
      mayChange: true,
    },
    export: {
      parser: 'export',
      args: ([file = ''], _, out) => ['gallery', 'import', file, '-g', join(out, 'g.db')],
      allowed: [0, 3, 7],
    },
  };
}

/** One in so many of what is parsed in a process that stays also goes through the command. */
const SAMPLE = 20;
const BATCH = { photo: 60, archive: 15 } as const;

/** @throws Error when the whole files cannot be made, or attempts at the network not be counted. */
export async function damageCampaign(options: DamageOptions): Promise<DamageFigures> {
  await using work = await makeWorkFolder('damage');
  const seeds = await makeSeeds(work);
  const random = randomFrom(options.seed);
  const perParser: Record<string, number> = {};
  const endings: Record<string, Map<string, number>> = {};
  const faults: Fault[] = [];
  const before = options.isolated ? await startCounting() : 0;
  const parsers = new ParserProcess(work.env, HANG_SECONDS);
  const control = seeds.photo.find(({ name }) => name === 'plain.jpg')?.bytes ?? Buffer.alloc(0);
  const ways = commandWays(control, work.at('seed.db'));
  let number = 0;
  try {
    for (const parser of PARSERS) {
      const inputs = Array.from({ length: Math.ceil(options.count * SHARES[parser]) }, () =>
        damage(parser, number++, seeds, random),
      );
      perParser[parser] = inputs.length;
      const codes = (endings[parser] = new Map<string, number>());
      const found: Fault[] = [];
      const size = parser === 'photo' || parser === 'archive' ? BATCH[parser] : 1;
      for (let i = 0; i < inputs.length; i += size) {
        const batch = inputs.slice(i, i + size);
        const [input] = batch;
        if (input === undefined) break;
        if (parser === 'photo' || parser === 'archive') {
          found.push(...(await throughCommand(work, ways[parser], batch, codes)));
        } else {
          found.push(...(await inProcess(work, parsers, parser, input, seeds, codes)));
          if (parser in ways && i % SAMPLE === 0)
            found.push(...(await throughCommand(work, ways[parser as keyof typeof ways], batch, codes)));
        }
        if (i % (size * 10) === 0)
          options.progress(`${parser} ${i} of ${inputs.length}, ${found.length} faults`);
      }
      faults.push(...found);
      await keepFaulty(options.keep, inputs, found);
    }
  } finally {
    await parsers.stop();
  }
  const attempts = options.isolated ? (await networkAttempts()) - before : undefined;
  return {
    inputs: number,
    perParser,
    endings: Object.fromEntries(
      Object.entries(endings).map(([name, codes]) => [name, Object.fromEntries(codes)]),
    ),
    networkAttempts: attempts,
    faults,
  };
}

async function inProcess(
  work: WorkFolder,
  parsers: ParserProcess,
  parser: ParserName,
  input: Damaged,
  seeds: Seeds,
  codes: Map<string, number>,
): Promise<readonly Fault[]> {
  const folder = work.at('parse');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const path = join(folder, input.name);
  await writeFile(path, input.bytes);
  const parsed = await parsers.parse({ parser, path });
  codes.set(parsed.code, (codes.get(parsed.code) ?? 0) + 1);
  const fault = (what: string): Fault => ({ parser, input: describeInput(input), what });
  if (!CODES[parser].includes(parsed.code)) return [fault(`${parsed.code}: ${parsed.message.slice(0, 600)}`)];
  const lost = parser === 'gallery' && 'content' in parsed ? lostSilently(parsed, seeds) : undefined;
  return lost === undefined ? [] : [fault(lost)];
}

/** A damaged gallery is read as it was, or not at all. */
function lostSilently(parsed: Parsed, seeds: Seeds): string | undefined {
  const content = 'content' in parsed ? parsed.content : undefined;
  if (content === undefined) return undefined;
  const [now, was] = [content, seeds.export[0]?.bytes.toString() ?? ''].map((json) => galleryFromJson(json));
  if (now === undefined || was === undefined || galleryToJson(now) === galleryToJson(was)) return undefined;
  if (now.people.length === 0 && now.faces.length === 0) return 'read as an empty gallery, without an error';
  return `read without an error as ${now.people.length} people and ${now.faces.length} faces, not ${was.people.length} and ${was.faces.length}, or with other values`;
}

async function keepFaulty(
  keep: string | undefined,
  inputs: readonly Damaged[],
  faults: readonly Fault[],
): Promise<void> {
  if (keep === undefined) return;
  await mkdir(keep, { recursive: true });
  for (const input of inputs)
    if (faults.some((fault) => fault.input === describeInput(input)))
      await writeFile(join(keep, `${input.number}-${input.name}`), input.bytes);
}

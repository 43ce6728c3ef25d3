import { writeOutput } from '@fr-stream/stream/output';
import { parseArgs } from 'node:util';
import { AssetCache } from '@fr-stream/backend-node';
import { createEngine } from 'fr-stream/engine';
import { namingMetrics, type NamingMetrics } from '../mot/naming-metrics.js';
import { joinSequences, table, trackingMetrics, type TrackingMetrics } from '../mot/report.js';
import { sequenceOf, type Sequence } from '../mot/sequence.js';
import { SCENARIOS, scenario } from '../synth/scenarios.js';
import { film, RememberingDetector } from './clip.js';
import { castGallery, runClip, type Setup } from './run-clip.js';
import { enrolledSwitches } from './enrolled-switches.js';

const HELP = `Tracks and names generated videos with the product's pipeline and prints Markdown tables.

  node --conditions=@fr-stream/source --import tsx tools/tracking/evaluate.ts [--scene NAME ...] [--seed n ...] [--setup NAME ...] [--quick] [--write FILE]

  --setup  only these setups, by the names in the table
  --quick  only the setups that differ most
`;

const SETUPS: readonly (Setup & { readonly slow?: boolean })[] = [
  { name: 'no tracking, every face embedded', tracker: 'none' },
  { name: 'byte', tracker: 'byte' },
  { name: 'appearance, every face embedded', tracker: 'appearance', embed: 'every', slow: true },
  { name: 'appearance (default)', tracker: 'appearance' },
  { name: 'appearance, every 3rd frame', tracker: 'appearance', every: 3 },
  { name: 'appearance, no look-ahead (live rules)', tracker: 'appearance', lookAhead: 0, slow: true },
];

interface Score {
  readonly sequence: Sequence;
  readonly tracking: TrackingMetrics;
  readonly naming: NamingMetrics;
  readonly switches: number;
  readonly embedded: number;
  readonly seconds: number;
}

const percent = (share: number): string => (Number.isNaN(share) ? '-' : (100 * share).toFixed(1));

function row(name: string, { tracking, naming, switches, embedded, seconds }: Score): string[] {
  const { clear, identity, hota } = tracking;
  return [
    name,
    ...[identity.idf1, hota.hota, clear.mota].map(percent),
    ...[clear.idSwitches, switches].map(String),
    ...[naming.precision, naming.recall].map(percent),
    String(naming.strangersNamed),
    (embedded / seconds).toFixed(1),
  ];
}

const HEAD = [
  'setup',
  'IDF1',
  'HOTA',
  'MOTA',
  'ID switches',
  'of these between enrolled',
  'name precision',
  'name recall',
  'strangers named (boxes)',
  'embeddings / s of video',
];

const { values } = parseArgs({
  options: {
    scene: { type: 'string', multiple: true },
    seed: { type: 'string', multiple: true, default: ['1'] },
    setup: { type: 'string', multiple: true },
    write: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
} else {
  const cache = new AssetCache();
  await using engine = await createEngine({ quiet: true });
  await using gallery = await castGallery(engine, cache);
  const setups = SETUPS.filter(
    ({ name, slow }) => values.setup?.includes(name) ?? (!values.quick || slow !== true),
  );
  const scores = new Map<string, { scene: string; score: Score }[]>(setups.map(({ name }) => [name, []]));
  for (const name of values.scene ?? SCENARIOS) {
    for (const seed of values.seed) {
      const clip = await film(scenario(name, { seed: Number(seed) }), cache, engine.codec);
      const detector = new RememberingDetector(engine.detector);
      for (const setup of setups) {
        const run = await runClip(clip, engine, detector, gallery, setup);
        const sequence = sequenceOf(clip.truth, run.rows);
        const score: Score = {
          sequence,
          tracking: trackingMetrics(sequence),
          naming: namingMetrics(sequence, clip.nameOf, run.nameOf),
          switches: enrolledSwitches(sequence, clip.nameOf),
          embedded: run.embedded,
          seconds: clip.scene.durationS,
        };
        scores.get(setup.name)?.push({ scene: name, score });
        process.stderr.write(`${name} ${seed} ${row(setup.name, score).join(' | ')}\n`);
      }
    }
  }
  const all = setups.map(({ name }) => row(name, sum((scores.get(name) ?? []).map(({ score }) => score))));
  const chosen = scores.get('appearance (default)') ?? [];
  const scenes = chosen.map(({ scene, score }) => row(scene, score));
  const text = `${table(HEAD, all)}\n${table(['scene (default setup)', ...HEAD.slice(1)], scenes)}`;
  process.stdout.write(text);
  if (values.write !== undefined) await writeOutput(values.write, text);
}

/** Several videos as one. */
function sum(parts: readonly Score[]): Score {
  const sequence = joinSequences(parts.map((part) => part.sequence));
  const total = (value: (part: Score) => number): number => parts.reduce((all, part) => all + value(part), 0);
  const people = parts.flatMap(({ naming }) => naming.people);
  const boxes = (key: 'truthBoxes' | 'namedBoxes' | 'correct'): number =>
    people.reduce((all, person) => all + person[key], 0);
  return {
    sequence,
    tracking: trackingMetrics(sequence),
    naming: {
      people,
      precision: boxes('correct') / boxes('namedBoxes'),
      recall: boxes('correct') / boxes('truthBoxes'),
      strangersNamed: total(({ naming }) => naming.strangersNamed),
      nameChanges: total(({ naming }) => naming.nameChanges),
    },
    switches: total(({ switches }) => switches),
    embedded: total(({ embedded }) => embedded),
    seconds: total(({ seconds }) => seconds),
  };
}

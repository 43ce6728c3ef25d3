import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AssetCache, SharpCodec } from '@fr-stream/backend-node';
import { formatMot } from '../mot/mot-format.js';
import { playerOf, SceneRenderer } from './render.js';
import { SCENARIOS, scenario } from './scenarios.js';
import { stage } from './scene.js';
import { truthRows } from './truth.js';
import { writeVideo } from './write-video.js';

const HELP = `Writes labelled test videos: NAME.mp4, NAME.gt.txt (MOTChallenge ground truth) and NAME.names.json.

  node --conditions=@fr-stream/source --import tsx tools/synth/cli.ts --out FOLDER [--scene NAME ...] [--seed n]

Scenes: ${SCENARIOS.join(', ')}. "vfr" is written at its mean rate; its uneven times are kept by SceneSource only.
`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    scene: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.out === undefined) {
  process.stdout.write(HELP);
} else {
  const folder = values.out;
  await mkdir(folder, { recursive: true });
  const cache = new AssetCache();
  const codec = new SharpCodec();
  for (const name of values.scene ?? SCENARIOS) {
    const scene = scenario(name, { seed: Number(values.seed) });
    const frames = stage(scene);
    const renderer = await SceneRenderer.create(scene, cache, codec);
    await writeVideo(join(folder, `${name}.mp4`), scene, frames, renderer);
    await writeFile(join(folder, `${name}.gt.txt`), formatMot(truthRows(scene, frames), 'truth'));
    const names = Object.fromEntries(
      scene.actors.map(({ id, known }) => [id, known ? playerOf(scene, id).name : null]),
    );
    await writeFile(join(folder, `${name}.names.json`), `${JSON.stringify({ names }, undefined, 2)}\n`);
    process.stdout.write(`${join(folder, `${name}.mp4`)}: ${frames.length} frames\n`);
  }
}

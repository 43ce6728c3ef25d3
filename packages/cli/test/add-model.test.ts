import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CHAIN, findCard, parseModelCard } from '@fr-stream/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf } from '../src/commands/add-model.js';
import { createModelStore } from '../src/compose/model-store.js';
import { runCli } from './run-cli.js';

const golden = fileURLToPath(new URL('../assets/golden-face.jpg', import.meta.url));

describe('models add FILE', () => {
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fr-bring-'));
    env = { FR_STREAM_CACHE: join(folder, 'cache') };
    const store = createModelStore();
    const cards = [
      findCard('dlib-resnet-128'),
      findCard('blazeface-short-128'),
      DEFAULT_CHAIN.detector,
      DEFAULT_CHAIN.landmarker,
    ];
    const paths = await store.pullAll(cards);
    for (const [i, { id }] of cards.entries()) await copyFile(paths[i], join(folder, `${id}.onnx`));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function added(id: string, name: string) {
    const result = await runCli(['models', 'add', join(folder, `${id}.onnx`), '--id', name], { env });
    expect(result.code, result.stderr).toBe(0);
    const path = join(folder, 'cache', 'cards', `${name}.json`);
    return { result, card: parseModelCard(JSON.parse(await readFile(path, 'utf8')), path) };
  }

  it('knows a file by its content, whatever its name', async () => {
    const id = DEFAULT_CHAIN.detector.id;
    const result = await runCli(['models', 'add', join(folder, `${id}.onnx`)], { env });
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toMatch(new RegExp(`^${id}\t`));
  });

  it('tells an UltraFace and its preprocessing', async () => {
    const { card, result } = await added('ultraface-rfb-320', 'my-ultra');
    const ours = findCard('ultraface-rfb-320');
    // Where its priors begin is not told from its outputs.
    const { open, ...decode } = ours.decode as { readonly open?: object };
    expect(open).toBeDefined();
    expect(card.decode).toEqual(decode);
    expect(card.input).toMatchObject({ mean: ours.input.mean, std: ours.input.std, channels: 'rgb' });
    expect(result.stderr).toMatch(/tried: the test face was found/);
  });

  it('tells a BlazeFace', async () => {
    const { card } = await added('blazeface-short-128', 'my-blaze');
    expect(card.decode).toEqual(findCard('blazeface-short-128').decode);
  });

  it('tells a landmark net, and says what it assumed', async () => {
    const { card, result } = await added('faceplugin-landmark-68', 'my-landmarks');
    expect(card).toMatchObject({ task: 'landmarker', decode: { scheme: '68' }, input: { channels: 'gray' } });
    expect(result.stderr).toMatch(/assumed crop/);
  });

  it('makes a chain of user-supplied models run, and removes them again', async () => {
    const { card } = await added('dlib-resnet-128', 'my-embedder');
    expect(card).toMatchObject({ task: 'embedder', decode: { size: 128, template: 'dlib-150' } });
    const gallery = join(folder, 'people.db');
    const chain = ['--detector', 'my-ultra', '--landmarker', 'my-landmarks', '--embedder', 'my-embedder'];
    const enrolled = await runCli(['enroll', 'Ada', golden, '--gallery', gallery, ...chain, '--quiet'], {
      env,
    });
    expect(enrolled.code, enrolled.stderr).toBe(0);
    const tagged = await runCli(
      ['tag', golden, '--gallery', gallery, ...chain, '--events', '-', '--quiet', '--threshold', '0.9'],
      { env },
    );
    expect(tagged.code, tagged.stderr).toBe(0);
    expect(tagged.stdout).toMatch(/Ada/);
    expect((await runCli(['models', 'remove', 'my-embedder'], { env })).code).toBe(0);
    expect((await runCli(['models', 'list'], { env })).stdout).not.toMatch(/my-embedder/);
  });

  it.each([
    ['no.onnx', 'not a model at all', /no\.onnx is not an ONNX model/],
    ['empty.onnx', '', /empty\.onnx is not an ONNX model/],
  ])('says in one line what is wrong with %s', async (name, content, reason) => {
    await writeFile(join(folder, name), content);
    const result = await runCli(['models', 'add', join(folder, name)], { env });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(reason);
  });

  it('says which file is missing', async () => {
    const result = await runCli(['models', 'add', join(folder, 'none.onnx')], { env });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/none\.onnx cannot be read/);
  });

  it('makes ids of file names', () => {
    expect(idOf('/a/SCRFD_10G (1).onnx')).toBe('scrfd-10g-1');
    expect(idOf('scrfd_2.5g_bnkps.onnx')).toBe('scrfd-2.5g-bnkps');
    expect(() => idOf('___.onnx')).toThrow(/No name can be made/);
  });
});

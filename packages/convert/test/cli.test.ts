import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../src/onnx/codec.js';
import { ints } from '../src/onnx/node.js';
import { GraphJson } from './support/graph-json.js';
import { OnnxGraph } from './support/onnx-graph.js';

const ROOT = resolve(import.meta.dirname, '../../..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...options: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const script = ['--conditions=@fr-stream/source', '--import', 'tsx', 'tools/convert/cli.ts'];
  return new Promise((done) => {
    execFile(process.execPath, [...script, ...options], { cwd: ROOT }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('convert', () => {
  it('converts a graph model with its weights beside it', async () => {
    const { json, weights } = new GraphJson()
      .placeholder('x', [1, 4, 4, 3])
      .random('c', [3])
      .node('Mul', 'y', ['x', 'c'])
      .finish(['y']);
    await writeFile(join(folder, 'model.json'), json);
    await writeFile(join(folder, 'weights.bin'), weights);
    const out = join(folder, 'made.onnx');
    const result = await run(join(folder, 'model.json'), '--out', out);
    expect(result).toMatchObject({ code: 0, err: '' });
    expect(result.out).toMatch(/x batchx3x4x4 -> y batchx4x4x3[^]*verified/);
    expect(readModel(await readFile(out)).producerName).toBe('fr-stream convert');
  });

  it('frees the batch of an ONNX file, and says why it cannot', async () => {
    const good = new OnnxGraph().input('x', [1, 6]).ints('s', [1, 2, 3]).node('Reshape', ['x', 's'], 'y');
    await writeFile(join(folder, 'good.onnx'), good.output('y', [1, 2, 3]).finish());
    const freed = await run(
      join(folder, 'good.onnx'),
      '--dynamic-batch',
      '--out',
      join(folder, 'freed.onnx'),
    );
    expect(freed).toMatchObject({ code: 0 });
    expect(freed.out).toMatch(/1 reshapes rewritten/);

    const bad = new OnnxGraph().input('x', [1, 6]).node('ReduceMean', ['x'], 'y', { axes: ints([0]) });
    await writeFile(join(folder, 'bad.onnx'), bad.output('y', [1, 6]).finish());
    const blocked = await run(
      join(folder, 'bad.onnx'),
      '--dynamic-batch',
      '--out',
      join(folder, 'never.onnx'),
    );
    expect(blocked).toMatchObject({ code: 1, out: '' });
    expect(blocked.err).toMatch(
      /bad\.onnx: the batch cannot be freed: ReduceMean y: it reduces over the batch/,
    );
    expect(await readdir(folder)).not.toContain('never.onnx');
  });

  it('says what is wrong with the input', async () => {
    const result = await run(join(folder, 'none.json'), '--out', join(folder, 'x.onnx'));
    expect(result.code).toBe(1);
    expect(result.err).toMatch(/none\.json cannot be read[^]*dlib-resnet-128/);
  });
});

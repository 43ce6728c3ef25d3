import { seededNumbers } from '../../src/check/compare.js';

type Attributes = Readonly<Record<string, unknown>>;

/** Attributes as TensorFlow.js writes them. */
export const attr = {
  int: (i: number) => ({ i: String(i) }),
  ints: (values: readonly number[]) => ({ list: { i: values.map(String) } }),
  float: (f: number) => ({ f }),
  bool: (b: boolean) => ({ b }),
  text: (s: string) => ({ s: Buffer.from(s).toString('base64') }),
  texts: (values: readonly string[]) => ({
    list: { s: values.map((s) => Buffer.from(s).toString('base64')) },
  }),
  type: (name: 'DT_FLOAT' | 'DT_INT32') => ({ type: name }),
};

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly values: readonly number[] | Float32Array;
}

/** Writes small TensorFlow.js graph models for tests. */
export class GraphJson {
  readonly #nodes: object[] = [];
  readonly #weights: Weight[] = [];
  #seed = 1;

  placeholder(name: string, dims: readonly number[]): this {
    const shape = { shape: { dim: dims.map((size) => ({ size: String(size) })) } };
    this.#nodes.push({ name, op: 'Placeholder', attr: { dtype: attr.type('DT_FLOAT'), shape } });
    return this;
  }

  node(op: string, name: string, input: readonly string[], attributes: Attributes = {}): this {
    this.#nodes.push({ name, op, input, attr: { T: attr.type('DT_FLOAT'), ...attributes } });
    return this;
  }

  /** A constant of random values. */
  random(name: string, shape: readonly number[], low = -1, high = 1): this {
    const length = shape.reduce((a, b) => a * b, 1);
    return this.#constant({
      name,
      shape,
      dtype: 'float32',
      values: seededNumbers(this.#seed++, length, low, high),
    });
  }

  floats(name: string, shape: readonly number[], values: readonly number[]): this {
    return this.#constant({ name, shape, dtype: 'float32', values });
  }

  ints(name: string, values: readonly number[], shape: readonly number[] = [values.length]): this {
    return this.#constant({ name, shape, dtype: 'int32', values });
  }

  #constant(weight: Weight): this {
    this.#weights.push(weight);
    const type = weight.dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
    this.#nodes.push({ name: weight.name, op: 'Const', attr: { dtype: attr.type(type) } });
    return this;
  }

  /** @param outputs Names of nodes. */
  finish(outputs: readonly string[]): { readonly json: string; readonly weights: Uint8Array } {
    const entries = this.#weights.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
    const parts = this.#weights.map(({ dtype, values }) =>
      Buffer.from((dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)).buffer),
    );
    const signature = { outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0` }])) };
    const json = JSON.stringify({
      format: 'graph-model',
      modelTopology: { node: this.#nodes, versions: { producer: 808 } },
      weightsManifest: [{ paths: ['weights.bin'], weights: entries }],
      signature,
    });
    return { json, weights: new Uint8Array(Buffer.concat(parts)) };
  }
}

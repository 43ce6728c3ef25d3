import type { InferenceBackend, InferenceSession, Tensor } from '../contracts/inference.js';
import { ArgumentError, BackendError } from '../errors.js';
import { bytes, constant, modelBytes, node, string, valueInfo } from './onnx-bytes.js';

/** What stands for zero in the rows. */
const ZERO = 128;

/** Neighbouring columns whose largest product is told at once. */
export const COLUMN_GROUP = 32;

export interface Products {
  /** Row by row, all columns. */
  readonly all: Int32Array;
  /** Row by row, the largest of each {@link COLUMN_GROUP} columns: where it is small, none of them need be looked at. */
  readonly highest: Int32Array;
}

/**
 * Dot products of many rows of 8-bit integers with many columns, by the matrix multiplication of a backend: exhaustive
 * comparison of quantised embeddings, some hundred times as fast as one after the other on processors with instructions
 * for it.
 */
export class RowProducts implements AsyncDisposable {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @throws BackendError (BACKEND_LOAD_FAILED) when the backend cannot multiply integers. */
  static async open(backend: InferenceBackend): Promise<RowProducts> {
    return new RowProducts(await backend.load(integerProductModel()));
  }

  /**
   * @param rows row after row, 128 for zero.
   * @param columns value after value of all columns: `[dimensions, columns]`; a multiple of {@link COLUMN_GROUP} of them.
   * Within -63..63, as processors without instructions for it add two products in 16 bits.
   * @returns what `use` makes of the products. They may be gone when it has returned.
   * @throws ArgumentError when the sizes are none; BackendError (BACKEND_RUN_FAILED).
   */
  async multiply<T>(
    rows: Uint8Array,
    columns: Int8Array,
    dimensions: number,
    use: (products: Products) => T,
  ): Promise<T> {
    const outputs = await this.#run(rows, columns, dimensions);
    const made = use({ all: integers(outputs.products), highest: integers(outputs.highest) });
    this.#session.recycle?.(outputs);
    return made;
  }

  /**
   * Visits the products that reach a limit, row by row: where they are few, for much less than {@link multiply} takes. All
   * others never leave the runtime, which would copy each into fresh memory.
   * @param rows and the others: as of {@link multiply}, which says what is thrown, too.
   */
  async visitAtLeast(
    limit: number,
    rows: Uint8Array,
    columns: Int8Array,
    dimensions: number,
    visit: (row: number, column: number, product: number) => void,
  ): Promise<void> {
    const highest = integers((await this.#run(rows, columns, dimensions, ['highest'])).highest);
    const width = columns.length / dimensions;
    const groups = width / COLUMN_GROUP;
    const found: number[] = [];
    for (let row = 0; row * groups < highest.length; row++) {
      let group = row * groups;
      while (group < (row + 1) * groups && highest[group] < limit) group++;
      if (group < (row + 1) * groups) found.push(row);
    }
    if (found.length === 0) return;
    const few = new Uint8Array(found.length * dimensions);
    found.forEach((row, i) =>
      few.set(rows.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions),
    );
    const products = integers((await this.#run(few, columns, dimensions, ['products'])).products);
    found.forEach((row, i) => {
      for (let group = 0; group < groups; group++) {
        if (highest[row * groups + group] < limit) continue;
        for (let column = group * COLUMN_GROUP; column < (group + 1) * COLUMN_GROUP; column++) {
          const product = products[i * width + column];
          if (product >= limit) visit(row, column, product);
        }
      }
    });
  }

  async #run(rows: Uint8Array, columns: Int8Array, dimensions: number, wanted?: readonly string[]) {
    const [m, n] = [rows.length / dimensions, columns.length / dimensions];
    if (!Number.isInteger(m) || !Number.isInteger(n / COLUMN_GROUP))
      throw new ArgumentError(`${rows.length} and ${columns.length} values are no vectors of ${dimensions}.`);
    return await this.#session.run(
      {
        rows: { type: 'uint8', dims: [m, dimensions], data: rows },
        columns: { type: 'int8', dims: [dimensions, n], data: columns },
      },
      wanted,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** @throws BackendError (BACKEND_RUN_FAILED) */
function integers(output: Tensor | undefined): Int32Array {
  if (output?.data instanceof Int32Array) return output.data;
  throw new BackendError('BACKEND_RUN_FAILED', 'The matrix multiplication gave no int32 products.');
}

/** `products = MatMulInteger(rows, columns, 128, 0)`, and `highest`, their maximum over groups of columns. */
function integerProductModel(): Uint8Array {
  const nodes = [
    node('MatMulInteger', ['rows', 'columns', 'rowZero', 'columnZero'], 'products'),
    node('Reshape', ['products', 'groups'], 'grouped'),
    node('ReduceMax', ['grouped'], 'highest', { axes: [2], keepdims: 0 }),
  ];
  const constants = [
    constant('rowZero', { uint8: ZERO }),
    constant('columnZero', { int8: 0 }),
    // As many rows as there are, as many groups as that makes.
    constant('groups', { int64: [0, -1, COLUMN_GROUP] }),
  ];
  return modelBytes([
    ...nodes.flatMap((one) => bytes(1, one)),
    ...string(2, 'products'),
    ...constants.flatMap((one) => bytes(5, one)),
    ...bytes(11, valueInfo('rows', 'uint8', ['m', 'd'])),
    ...bytes(11, valueInfo('columns', 'int8', ['d', 'n'])),
    ...bytes(12, valueInfo('products', 'int32', ['m', 'n'])),
    ...bytes(12, valueInfo('highest', 'int32', ['m', 'g'])),
  ]);
}

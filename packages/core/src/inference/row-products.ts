import type { InferenceBackend, InferenceSession } from '../contracts/inference.js';
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
    const [m, n] = [rows.length / dimensions, columns.length / dimensions];
    if (!Number.isInteger(m) || !Number.isInteger(n / COLUMN_GROUP))
      throw new ArgumentError(`${rows.length} and ${columns.length} values are no vectors of ${dimensions}.`);
    const outputs = await this.#session.run({
      rows: { type: 'uint8', dims: [m, dimensions], data: rows },
      columns: { type: 'int8', dims: [dimensions, n], data: columns },
    });
    const [all, highest] = [outputs.products?.data, outputs.highest?.data];
    if (!(all instanceof Int32Array) || !(highest instanceof Int32Array))
      throw new BackendError('BACKEND_RUN_FAILED', 'The matrix multiplication gave no int32 products.');
    const made = use({ all, highest });
    this.#session.recycle?.(outputs);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
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

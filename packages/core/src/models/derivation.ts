/**
 * How a file that nobody publishes as ONNX is made from files that are published. Conversion is deterministic, so that
 * the card's `sha256` holds for everybody who converts the same sources with the same converter.
 */
export interface Derivation {
  /** Version of the converter that gives the card's `sha256`. */
  readonly converter: string;
  /**
   * `tfjs-graph`: a TensorFlow.js graph model; `onnx`: an ONNX file whose batch is freed and graph cleaned; else the
   * name of a net that the converter knows and whose weights the sources are.
   */
  readonly architecture: string;
  /** For TensorFlow.js the JSON first, then the weight files in its order; for `onnx` the one file. */
  readonly sources: readonly DerivationSource[];
  readonly options?: {
    /** Inputs whose size the graph leaves open: input name -> height, width. */
    readonly inputSizes?: Readonly<Record<string, readonly number[]>>;
    /** Images stay channels last. */
    readonly channelsLast?: boolean;
    /**
     * What becomes of a PReLU whose negative side an earlier converter lost: `drop` computes what the file computes
     * (the default), `restore` what was trained.
     */
    readonly lostPRelu?: 'drop' | 'restore';
    /** Input side in pixels, for nets that take several. */
    readonly side?: number;
  };
}

export interface DerivationSource {
  /** One of the kinds that `ModelCardBase.sources` takes. */
  readonly source: string;
  /** Lower-case hex SHA-256. */
  readonly sha256: string;
}

/** How pixels become the input tensor: value = (pixel - mean) / std, per channel in the tensor's own order. */
export interface InputSpec {
  /** Graph input name. Default: the graph's first input. */
  readonly name?: string;
  readonly layout: 'nchw' | 'nhwc';
  /** Pixels. For `dynamic` inputs: the default size. */
  readonly width: number;
  readonly height: number;
  /** Channel order of the tensor. `gray` is one channel, BT.601 luma. */
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** In pixel units (0..255); one value per channel. */
  readonly mean: readonly number[];
  /** In pixel units; one value per channel. */
  readonly std: readonly number[];
  /**
   * Set when the graph takes any width and height that are multiples of this: pictures are then fitted into width x height,
   * or height x width where they stand upright, and the shorter side is no longer than they need.
   */
  readonly dynamicMultipleOf?: number;
  /** `letterbox`: aspect kept, padded right and below; `stretch`: both sides scaled to fit. Default `letterbox`. */
  readonly fit?: 'letterbox' | 'stretch';
  /** Value of the padding, in pixel units. Default 0. */
  readonly padding?: number;
  /** True when the batch dimension may be more than 1. */
  readonly dynamicBatch?: boolean;
}

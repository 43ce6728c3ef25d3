import { ModelError, type ErrorCode, type ErrorDetails } from '@fr-stream/core';

/** A model that cannot be converted; names the node where it stopped. */
export class ConversionError extends ModelError {
  /** Name of the node in the source model, when one is to blame. */
  readonly node: string | undefined;
  /** Its operator type. */
  readonly operator: string | undefined;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly node?: string;
      readonly operator?: string;
      readonly code?: ErrorCode;
    } = {},
  ) {
    const at = details.node === undefined ? '' : `${details.operator ?? 'node'} "${details.node}": `;
    super(details.code ?? 'INPUT_UNSUPPORTED', at + message, details);
    this.node = details.node;
    this.operator = details.operator;
  }
}

/**
 * Version of what the converter writes. Raised whenever the same input would give other bytes, for converted models
 * are cached by it.
 */
export const CONVERTER_VERSION = '1';

export const PRODUCER = { name: 'fr-stream convert', version: CONVERTER_VERSION } as const;

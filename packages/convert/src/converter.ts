import { ModelError, type ModelConverter } from '@fr-stream/core';
import { architectureOf } from './architecture.js';
import { convertFiles } from './convert-files.js';
import { dynamicBatch } from './rewrite/dynamic-batch.js';
import { CONVERTER_VERSION } from './version.js';

/** The converter as the model stores take it. Needs no runtime and no Node module. */
export const converter: ModelConverter = {
  version: CONVERTER_VERSION,
  convert({ architecture, options }, files, name) {
    const [first, ...rest] = files;
    if (first === undefined) throw new ModelError('MODEL_CARD_INVALID', `${name} is derived from no file`);
    return convertFiles(architectureOf(architecture), [first, ...rest], name, options).bytes;
  },
  freeBatch(model, name) {
    const freed = dynamicBatch(model, name);
    return freed.ok ? freed.bytes : undefined;
  },
};

import { z } from 'zod';
import { modelCardSchema } from './schema.js';

/** The card schema as JSON Schema (draft 2020-12), for editors and other languages. */
export function modelCardJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(modelCardSchema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      // Cards name their schema for editors; strict objects would otherwise refuse that very key.
      const { properties } = jsonSchema;
      if (properties !== undefined && 'task' in properties) properties.$schema = { type: 'string' };
    },
  });
  return { $schema, title: 'fr-stream model card', ...schema };
}

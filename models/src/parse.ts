import type { z } from 'zod';
import { ModelError } from '@fr-stream/core';
import type { ModelCard } from '@fr-stream/core';
import { modelCardSchema } from './schema.js';

/** How deep in the card an issue lies, as `input.mean[0]`. */
function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? 'the card' : text;
}

/** What is wrong, one text per field. Of alternatives the one that comes nearest counts: that with the fewest faults. */
function reasonsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): readonly string[] {
  const path = [...above, ...issue.path];
  const [nearest] = issue.code === 'invalid_union' ? [...issue.errors].sort((a, b) => rank(a) - rank(b)) : [];
  if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((each) => reasonsOf(each, path));
  return [`${pathText(path)}: ${issue.message}`];
}

/** A wrong family says that the alternative is not the one that was meant. */
function rank(issues: readonly z.core.$ZodIssue[]): number {
  return issues.length + (issues.some(({ path }) => path[0] === 'family') ? 1000 : 0);
}

/** `$schema` is for editors; it is no part of a card. */
function withoutSchemaReference(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$schema' in value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '$schema'));
}

/**
 * Checks that a value (parsed JSON) is a model card.
 *
 * @param origin names where the value came from, for the error: a file, a URL.
 * @throws ModelError (MODEL_CARD_INVALID) naming every field that is wrong and why.
 */
export function parseModelCard(value: unknown, origin: string): ModelCard {
  const result = modelCardSchema.safeParse(withoutSchemaReference(value));
  if (result.success) return result.data;
  const reasons = result.error.issues.flatMap((issue) => reasonsOf(issue));
  throw new ModelError('MODEL_CARD_INVALID', `${origin} is not a model card: ${reasons.join('; ')}`, {
    hint: 'Compare it with a card in models/cards, or check it against models/schema/model-card.schema.json.',
    cause: result.error,
  });
}

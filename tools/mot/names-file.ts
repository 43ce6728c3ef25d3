import { SourceError } from '@fr-stream/core';
import type { NameOf } from './naming-metrics.js';

/**
 * Reads who is who, from JSON in one of two forms:
 *
 * - by track: `{ "names": { "1": "Ada", "2": null } }`, further members are ignored (so the generator's truth file
 *   will do); `null` and absent ids have no name;
 * - by box, for names that change over a track: `[{ "frame": 1, "id": 3, "name": "Ada" }]`, frames from 1.
 *
 * @throws SourceError (INPUT_UNSUPPORTED)
 */
export function parseNames(text: string, file: string): NameOf {
  const fail = (why: string, cause?: unknown): SourceError =>
    new SourceError('INPUT_UNSUPPORTED', `${file}: ${why}`, {
      hint: 'Give {"names": {"<track id>": "<name>"}} or [{"frame": 1, "id": 1, "name": "<name>"}].',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail('not JSON', error);
  }
  if (Array.isArray(json)) {
    const boxes = new Map<string, string>();
    for (const entry of json as readonly unknown[]) {
      if (!isRecord(entry) || typeof entry.frame !== 'number' || typeof entry.id !== 'number') {
        throw fail(`not a named box: ${JSON.stringify(entry)}`);
      }
      if (typeof entry.name === 'string') boxes.set(`${entry.frame - 1}/${entry.id}`, entry.name);
    }
    return (id, frame) => boxes.get(`${frame}/${id}`);
  }
  const names = isRecord(json) ? json.names : undefined;
  if (!isRecord(names)) throw fail('holds no "names"');
  return (id) => {
    const name = names[String(id)];
    return typeof name === 'string' ? name : undefined;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

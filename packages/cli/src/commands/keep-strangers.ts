import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { labelNumber, rememberStrangers, type Gallery, type RememberedStranger } from '@fr-stream/core';
import type { Engine, Naming } from '@fr-stream/engine';
import { timecode } from '@fr-stream/stream';
import type { Presence } from '../ui/presence.js';

/** Keeps the strangers who are strangers still, now that late names are known. */
export async function keepStrangers(
  gallery: Gallery,
  engine: Engine,
  naming: Naming,
  source: string,
  people: readonly Presence[],
): Promise<readonly RememberedStranger[]> {
  const where = new Map(
    people
      .filter(({ known }) => !known)
      .map(({ who, intervals }) => {
        const [from, to] = [intervals.at(0)?.fromMs ?? 0, intervals.at(-1)?.toMs ?? 0];
        return [who, `${timecode(from)}-${timecode(to)}`];
      }),
  );
  const observations = naming.strangers
    .observations()
    .filter(({ label }) => where.has(label))
    .sort((a, b) => labelNumber(a.label) - labelNumber(b.label));
  return rememberStrangers(gallery, observations, {
    embedder: engine.embedder.id,
    // The same file by another path is the same video.
    source: existsSync(source) ? resolve(source) : source,
    where,
  });
}

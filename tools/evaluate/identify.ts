import { randomUUID } from 'node:crypto';
import { Gallery, MemoryGalleryStore } from '@fr-stream/core';
import type { EngineOptions } from 'fr-stream/engine';
import { markdownTable } from 'markdown-table';
import { openSet, rankAccuracy, type ProbeResult } from './metrics/identification.js';
import { readPeople } from './people.js';
import { photoFaces } from './photo-faces.js';
import { percent } from './report/percent.js';

const FALSE_ALARM_RATES = [1e-1, 1e-2, 1e-3];

/**
 * Identification with the product's own gallery: of everybody with two photos or more the first (by name) is enrolled
 * and the others are probes; people with one photo are the strangers.
 */
export async function identifyTable(folder: string, options: EngineOptions): Promise<string> {
  const people = await readPeople(folder);
  const photos = [...people.values()].flat();
  const { faces, models, embedder } = await photoFaces(folder, photos, options);
  await using gallery = await Gallery.open(new MemoryGalleryStore(), { createId: randomUUID });
  const probes: { person: string | undefined; photo: string }[] = [];
  for (const [name, [first, ...rest]] of people) {
    if (rest.length === 0) {
      probes.push({ person: undefined, photo: first });
      continue;
    }
    probes.push(...rest.map((photo) => ({ person: name, photo })));
    const face = faces.get(first);
    // Nobody can be recognised who could not be enrolled: the probes stay, and miss.
    if (face === undefined) continue;
    const embedding = { vector: face.vector, norm: 1, model: embedder };
    await gallery.enroll(name, [{ embedding, source: first, quality: 1 }]);
  }
  const results: ProbeResult[] = [];
  for (const { person, photo } of probes) {
    const face = faces.get(photo);
    const found = face === undefined ? [] : await gallery.search(face.vector, 5);
    results.push({ person, candidates: found.map(({ name, score }) => ({ person: name, score })) });
  }
  const strangers = results.filter(({ person }) => person === undefined).length;
  const head = [
    'Chain',
    'Enrolled',
    'Probes',
    'Strangers',
    'Rank 1',
    'Rank 5',
    ...FALSE_ALARM_RATES.map((rate) => `DIR at FPIR ${rate.toExponential(0)} (threshold)`),
  ];
  const row = [
    models.join(' + '),
    String(gallery.people().length),
    String(results.length - strangers),
    String(strangers),
    percent(rankAccuracy(results, 1)),
    percent(rankAccuracy(results, 5)),
    ...FALSE_ALARM_RATES.map((rate) => {
      if (strangers === 0) return '-';
      const { identificationRate, threshold, resolved } = openSet(results, rate);
      return `${percent(identificationRate)}${resolved ? '' : '*'} (${threshold.toFixed(3)})`;
    }),
  ];
  return `${markdownTable([head, row])}\n\n\\* Fewer strangers than 1 / FPIR: no false alarm was allowed.\n`;
}

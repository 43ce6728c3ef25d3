import type { Gallery, PipelineSummary, RememberedStranger, SourceInfo } from '@fr-stream/core';
import type { Engine } from '@fr-stream/engine';
import { timecode } from '@fr-stream/stream';
import { paint } from '../ui/paint.js';
import type { Presence } from '../ui/presence.js';

/** What is about to be done: the source, the models, how many people are known. */
export function greeting(info: SourceInfo, engine: Engine, gallery: Gallery): string {
  const size = info.width === undefined ? '' : ` ${info.width}x${info.height}`;
  const everybody = gallery.people();
  const people = everybody.filter(({ unnamed }) => unnamed !== true).length;
  const strangers = everybody.length - people;
  return (
    `${paint.bold(info.source)}${size}, ${engine.models.join(' + ')} on ${engine.provider}, ` +
    `${people === 0 ? 'nobody enrolled' : `${people} enrolled`}` +
    `${strangers === 0 ? '' : `, ${strangers} unnamed`}` +
    engine.running
      .filter(({ reason }) => reason !== undefined)
      .map(({ id, provider, reason }) => `\n  ${id} on ${provider}: ${reason ?? ''}`)
      .join('')
  );
}

/** That a run goes on where an earlier one got. */
export function resumedNote(timeMs: number): string {
  return paint.dim(`going on at ${timecode(timeMs)}: what comes before was searched by an earlier run`);
}

/** How much was done, and how fast. */
export function closingLine(
  { frames, faces }: PipelineSummary,
  ms: number,
  embedded: number,
  dropped: number,
): string {
  const seconds = ms / 1000;
  return paint.dim(
    `${frames} frames, ${faces} faces in ${seconds.toFixed(1)} s ` +
      `(${(frames / seconds).toFixed(1)} frames/s), ${embedded} embedded${dropped > 0 ? `, ${dropped} dropped` : ''}`,
  );
}

/** Somebody's presence; of a video that was searched before, frames have not been counted. */
export type PresenceLine = Omit<Presence, 'frames'> & Partial<Pick<Presence, 'frames'>>;

/** Who was in view, when, how often. */
export function presenceTable(people: readonly PresenceLine[]): readonly string[] {
  if (people.length === 0) return ['No faces were recognised or labelled.'];
  const width = Math.max(...people.map(({ who }) => who.length), 8);
  return people.map(({ who, known, intervals, frames, bestScore }) => {
    const name = who.padEnd(width);
    const shown = intervals.slice(0, 6).map(({ fromMs, toMs }) => `${timecode(fromMs)}-${timecode(toMs)}`);
    if (intervals.length > shown.length) shown.push(`and ${intervals.length - shown.length} more`);
    const facts = [
      ...(frames === undefined ? [] : [`${frames} frames`]),
      ...(bestScore === undefined ? [] : [`best ${bestScore.toFixed(2)}`]),
    ];
    const times = shown.join(', ');
    return `${known ? paint.green(name) : paint.dim(name)}  ${times}  ${paint.dim(facts.join('  '))}`.trimEnd();
  });
}

/** What became of those whom `--remember-strangers` keeps. */
export function rememberedNote(remembered: readonly RememberedStranger[]): readonly string[] {
  const fresh = remembered.filter(({ isNew }) => isNew).map(({ kept }) => kept);
  const renamed = remembered.filter(({ label, kept }) => label !== kept);
  const notes = renamed.map(({ label, kept }) => `${label} is kept as ${kept}: another run took the label`);
  const name = fresh.length === 0 ? '' : `; name them: fr-stream name ${fresh[0]} "Ada"`;
  return [...notes, paint.dim(`${remembered.length} strangers remembered, ${fresh.length} new${name}`)];
}

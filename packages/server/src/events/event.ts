import { z } from 'zod';

export const EVENT_TYPES = [
  'person.appeared',
  'person.identified',
  'person.left',
  'stranger.appeared',
  'stranger.left',
  'camera.lost',
  'camera.back',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One small record: what happened, when by the wall clock, where, and to whom. */
export const eventSchema = z.object({
  schema: z.literal('fr-stream/event@1'),
  id: z.string().describe('The same whenever the event is delivered again: tells doubles.'),
  seq: z.number().int().describe('Ascending in this server; for paging and `Last-Event-ID`.'),
  type: z.enum(EVENT_TYPES),
  at: z.iso.datetime().describe('UTC.'),
  gallery: z.string(),
  camera: z.string(),
  track: z.number().int().optional(),
  stay: z.string().optional().describe('Joins the events of one track.'),
  person: z.object({ id: z.string(), name: z.string() }).optional(),
  label: z.string().optional().describe('Of a stranger, such as `unknown-7`.'),
  score: z.number().optional().describe('Cosine similarity, -1..1.'),
  was: z.string().optional().describe('`person.identified`: what the track was called before.'),
  since: z.iso.datetime().optional().describe('`*.left`: when the stay began.'),
  box: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .optional()
    .describe('x, y, width, height, 0..1.'),
  reason: z.string().optional(),
  snapshot: z.string().optional().describe('Address of the whole picture, as JPEG.'),
  bestShot: z.string().optional().describe('Address of the best picture of the face, as JPEG.'),
});
export type ServerEvent = z.infer<typeof eventSchema>;

/** An event that is not recorded yet. */
export type EventDraft = Omit<ServerEvent, 'schema' | 'id' | 'seq' | 'snapshot' | 'bestShot'> & {
  /** JPEGs, kept before the event is. */
  readonly pictures?: { readonly snapshot?: Uint8Array; readonly bestShot?: Uint8Array };
};

/** True when a filter such as `person.*` or `camera.lost` takes a type in. */
export function matchesType(type: EventType, filters: readonly string[] | undefined): boolean {
  return (
    filters === undefined ||
    filters.some(
      (filter) => filter === type || (filter.endsWith('*') && type.startsWith(filter.slice(0, -1))),
    )
  );
}

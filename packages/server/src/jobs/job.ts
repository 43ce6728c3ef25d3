import { z } from 'zod';

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

export const jobSchema = z.object({
  id: z.string(),
  gallery: z.string(),
  kind: z.enum(['video', 'photos']),
  /** What was asked for, for people. */
  input: z.string(),
  state: z.enum(JOB_STATES),
  progress: z.number().min(0).max(1).describe('0 until the length is known.'),
  created: z.iso.datetime(),
  ended: z.iso.datetime().optional(),
  frames: z.number().describe('Pictures that were searched.'),
  failed: z.number().describe('Pictures that could not be.'),
  faces: z.number(),
  lines: z.number().describe('Of the result.'),
  error: z.string().optional(),
});
export type Job = z.infer<typeof jobSchema>;

/** A job and where its material lies, which is nobody's business outside. */
export interface KeptJob extends Job {
  readonly path: string;
}

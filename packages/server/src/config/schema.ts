import { z } from 'zod';

/** Ids that go into URLs, file names and MQTT topics. */
export const idSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,47}$/, 'small letters, digits, "-" and "_", at most 48')
  .meta({ description: 'Small letters, digits, - and _; goes into addresses, file names and topics.' });

export const ROLES = ['read', 'tag', 'admin'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

const point = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]);

export const zoneSchema = z
  .object({
    name: z.string().min(1).max(60),
    polygon: z.array(point).min(3).max(64).describe('Corners as shares of width and height, 0..1.'),
    kind: z.enum(['include', 'exclude']).default('include'),
  })
  .strict();
export type Zone = z.infer<typeof zoneSchema>;

const clock = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/, 'HH:MM');
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const scheduleSchema = z
  .object({
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .default([...DAYS]),
    from: clock.default('00:00'),
    to: clock.default('24:00').describe('Earlier than `from`: past midnight.'),
  })
  .strict();
export type ScheduleEntry = z.infer<typeof scheduleSchema>;

export const recordSchema = z
  .object({
    segmentSeconds: z.number().int().min(5).max(3600).default(600),
    keepDays: z.number().positive().optional(),
    keepGigabytes: z.number().positive().optional(),
  })
  .strict();
export type RecordSettings = z.infer<typeof recordSchema>;

export const cameraSchema = z
  .object({
    name: z.string().min(1).max(80).optional().describe('For people; default: the id.'),
    url: z.string().min(1).max(2000).describe('Anything that ffmpeg reads: rtsp://, http(s)://, a device.'),
    gallery: idSchema.optional().describe('Whose people are looked for. Default: the first gallery.'),
    enabled: z.boolean().default(true),
    maxFps: z.number().positive().max(60).default(10),
    maxHeight: z.number().int().min(120).max(4320).default(720),
    decoderThreads: z
      .number()
      .int()
      .min(1)
      .max(16)
      .default(1)
      .describe('More for 4K video that one core cannot decode in time; each delays it by a picture.'),
    minFace: z
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .describe('Faces smaller than so many pixels are left out.'),
    zones: z.array(zoneSchema).max(32).default([]),
    schedule: z.array(scheduleSchema).max(32).default([]).describe('Local time. Default: always.'),
    motion: z
      .union([z.boolean(), z.object({ share: z.number().min(0.0001).max(1) }).strict()])
      .default(false)
      .describe('Look for faces only while something moves.'),
    record: recordSchema.optional(),
    strangers: z.enum(['ignore', 'tell']).default('tell'),
  })
  .strict();
export type CameraSettings = z.infer<typeof cameraSchema>;

const secretSchema = z
  .object({ file: z.string().min(1).optional(), env: z.string().min(1).optional() })
  .strict()
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), 'give a file or an env');

const filters = {
  types: z.array(z.string().min(1)).optional().describe('Such as `person.identified` or `camera.*`.'),
  cameras: z.array(idSchema).optional(),
  galleries: z.array(idSchema).optional(),
  giveUpHours: z.number().positive().default(72).describe('An event that fails for longer is left out.'),
};

export const webhookSchema = z
  .object({
    name: idSchema,
    url: z.url({ protocol: /^https?$/ }),
    secret: secretSchema.optional(),
    timeoutSeconds: z.number().positive().max(120).default(10),
    ...filters,
  })
  .strict();
export type WebhookSettings = z.infer<typeof webhookSchema>;

export const mqttSchema = z
  .object({
    url: z.url({ protocol: /^(mqtts?|tcp|tls|wss?)$/ }),
    username: z.string().optional(),
    password: secretSchema.optional(),
    prefix: z
      .string()
      .regex(/^[^#+\s]+$/)
      .default('fr-stream'),
    discovery: z.union([z.literal(false), z.string().regex(/^[^#+\s]+$/)]).default('homeassistant'),
    ...filters,
  })
  .strict();
export type MqttSettings = z.infer<typeof mqttSchema>;

export const jsonlSchema = z
  .object({
    file: z.string().min(1),
    maxMegabytes: z.number().positive().default(50),
    keep: z.number().int().min(0).max(1000).default(10),
    ...filters,
  })
  .strict();
export type JsonlSettings = z.infer<typeof jsonlSchema>;

export const commandSchema = z
  .object({ run: z.string().min(1), timeoutSeconds: z.number().positive().max(600).default(30), ...filters })
  .strict();
export type CommandSettings = z.infer<typeof commandSchema>;

export const keySchema = z
  .object({
    name: z.string().min(1).max(80),
    hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    role: roleSchema,
    galleries: z.array(idSchema).min(1).optional().describe('Default: all galleries.'),
  })
  .strict();
export type KeySettings = z.infer<typeof keySchema>;

export const configSchema = z
  .object({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(8787),
    data: z.string().min(1).optional().describe('Folder of events, snapshots and recordings.'),
    events: z
      .string()
      .regex(/^postgres(ql)?:\/\//i, 'postgres://HOST/DATABASE')
      .optional()
      .describe(
        'Keep events there, and share cameras with the servers that do too. Default: where the galleries are in databases, in that of the first.',
      ),
    queue: z
      .string()
      .regex(/^(rediss?|postgres(ql)?):\/\//i, 'redis://HOST or postgres://HOST/DATABASE')
      .optional()
      .describe('Of many machines: its workers and tasks are shown to admins.'),
    galleries: z
      .record(
        idSchema,
        z
          .object({
            file: z.string().min(1).describe('A file, or postgres://HOST/DATABASE.'),
            faces: z.string().optional().describe('Folder of the cut-outs of its photos.'),
            rememberStrangers: z.boolean().default(false).describe('Keep whom cameras see and nobody knows.'),
          })
          .strict(),
      )
      .optional(),
    keys: z.array(keySchema).default([]),
    cameras: z.record(idSchema, cameraSchema).default({}),
    webhooks: z.array(webhookSchema).default([]),
    mqtt: mqttSchema.optional(),
    jsonl: jsonlSchema.optional(),
    onEvent: commandSchema.optional(),
    keepEventDays: z.number().positive().default(90),
    media: z.array(z.string().min(1)).default([]).describe('Folders whose videos and photos jobs may read.'),
    network: z
      .object({
        allow: z
          .array(z.string().min(1))
          .default([])
          .describe('Hosts and CIDR blocks that API users may name.'),
      })
      .strict()
      .prefault({}),
    tls: z
      .object({ cert: z.string().min(1), key: z.string().min(1) })
      .strict()
      .optional(),
    trustProxy: z.union([z.boolean(), z.string()]).default(false),
    encryption: z
      .object({ key: secretSchema.optional(), passphrase: secretSchema.optional() })
      .strict()
      .refine(
        ({ key, passphrase }) => (key === undefined) !== (passphrase === undefined),
        'key or passphrase',
      )
      .optional(),
    limits: z
      .object({
        bodyMegabytes: z.number().positive().max(4096).default(20),
        uploadMegabytes: z.number().positive().default(2000),
        megapixels: z.number().positive().max(268).default(50),
        requestsPerMinute: z.number().int().positive().default(1200),
        inferenceSeconds: z.number().positive().default(20),
        queueSeconds: z
          .number()
          .positive()
          .default(1)
          .describe('Who asks to look at a picture and would wait longer is told to come again (503).'),
        queuedPictures: z.number().int().positive().default(200),
        liveViewers: z.number().int().positive().default(32),
      })
      .strict()
      .prefault({}),
    log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  })
  .strict();
export type ServerConfig = z.infer<typeof configSchema>;
export type SecretRef = z.infer<typeof secretSchema>;

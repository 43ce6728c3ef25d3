import { dirname, isAbsolute, resolve } from 'node:path';
import { readBounded } from '@fr-stream/backend-node';
import { ArgumentError, messageOf, SourceError } from '@fr-stream/core';
import { parse } from 'yaml';
import type { z } from 'zod';
import { configSchema, type SecretRef, type ServerConfig } from './schema.js';

const MOST_CONFIG_BYTES = 4 * 1024 * 1024;
const MOST_SECRET_BYTES = 65_536;

/** What is wrong with a value, as `cameras.door.url: ...`, a line each. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`)
    .join('\n');
}

/**
 * Reads a configuration in YAML (or JSON, which is YAML). Relative paths in it count from its own folder.
 * @throws SourceError when it cannot be read, ArgumentError naming each wrong value.
 */
export async function loadConfig(file: string | undefined): Promise<ServerConfig> {
  if (file === undefined) return configSchema.parse({});
  const bytes = await readBounded(file, MOST_CONFIG_BYTES).catch((cause: unknown) => {
    throw new SourceError(
      'INPUT_NOT_FOUND',
      `${file}: the configuration cannot be read: ${messageOf(cause)}`,
      {
        hint: 'Check the spelling and the permissions.',
        cause,
      },
    );
  });
  return parseConfig(bytes.toString(), file);
}

/** @throws ArgumentError */
export function parseConfig(text: string, file: string): ServerConfig {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    throw new ArgumentError(`${file}: it is no YAML: ${messageOf(cause)}`, {
      hint: 'Check the indentation near the line named.',
      cause,
    });
  }
  const result = configSchema.safeParse(value);
  if (!result.success) {
    throw new ArgumentError(`${file}: ${describeIssues(result.error)}`, {
      hint: 'See docs/server.md for what may stand there.',
    });
  }
  return withAbsolutePaths(result.data, dirname(resolve(file)));
}

function withAbsolutePaths(config: ServerConfig, folder: string): ServerConfig {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  // The address of a database is no path.
  const place = (text: string): string => (/^postgres(?:ql)?:\/\//i.test(text) ? text : at(text));
  const secret = <T extends SecretRef | undefined>(ref: T): T =>
    ref?.file === undefined ? ref : { ...ref, file: at(ref.file) };
  return {
    ...config,
    ...(config.data !== undefined && { data: at(config.data) }),
    ...(config.galleries && {
      galleries: Object.fromEntries(
        Object.entries(config.galleries).map(([id, gallery]) => [
          id,
          {
            ...gallery,
            file: place(gallery.file),
            ...(gallery.faces !== undefined && { faces: at(gallery.faces) }),
          },
        ]),
      ),
    }),
    media: config.media.map(at),
    webhooks: config.webhooks.map((hook) => ({ ...hook, secret: secret(hook.secret) })),
    ...(config.mqtt && { mqtt: { ...config.mqtt, password: secret(config.mqtt.password) } }),
    ...(config.jsonl && { jsonl: { ...config.jsonl, file: at(config.jsonl.file) } }),
    ...(config.tls && { tls: { cert: at(config.tls.cert), key: at(config.tls.key) } }),
    ...(config.encryption && {
      encryption: {
        key: secret(config.encryption.key),
        passphrase: secret(config.encryption.passphrase),
      },
    }),
  };
}

/** A secret from where the configuration says it is; its line end is not part of it. @throws ArgumentError */
export async function readSecret(ref: SecretRef, what: string): Promise<string> {
  if (ref.env !== undefined) {
    const value = process.env[ref.env];
    if (value === undefined || value === '')
      throw new ArgumentError(`${what}: the environment variable ${ref.env} is not set.`);
    return value;
  }
  try {
    const text = (await readBounded(ref.file ?? '', MOST_SECRET_BYTES)).toString().replace(/\r?\n$/, '');
    if (text !== '') return text;
  } catch (cause) {
    throw new ArgumentError(`${what}: ${ref.file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw new ArgumentError(`${what}: ${ref.file} is empty.`);
}

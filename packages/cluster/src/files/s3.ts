import { ArgumentError, messageOf, SourceError } from '@fr-stream/core';

/** An object of a bucket. */
export interface S3Object {
  /** `s3://bucket/key`. */
  readonly url: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface S3Options {
  /** Of a server that is not Amazon's, such as `https://minio.local:9000`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`. */
  readonly endpoint?: string;
  /** How long an address that was signed can be used. Default: a day, as long as results are kept. */
  readonly validSeconds?: number;
}

const HINT =
  's3://BUCKET/PREFIX; credentials as the aws command has them (AWS_ACCESS_KEY_ID, AWS_PROFILE, ...).';

/** @throws ArgumentError when it is no address of a bucket. */
export function parseS3Url(text: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined) throw new ArgumentError(`"${text}" is no address in S3.`, { hint: HINT });
  return { bucket, key };
}

/** Objects of S3, or of a server that speaks like it: listed, and read by whoever has a signed address. */
export interface S3Client extends Disposable {
  /** All objects below a prefix, by key. @throws SourceError */
  list(url: string): AsyncIterable<S3Object>;
  /** What changes when the object does: its tag and size, without reading it. @throws SourceError */
  version(url: string): Promise<string>;
  /** An address over which the object can be read for a while, without credentials. @throws ArgumentError */
  signed(url: string): Promise<string>;
}

/**
 * @throws ArgumentError where the client of Amazon is not installed: it is large, and for those only who have buckets.
 */
export async function openS3({ endpoint, validSeconds = 86_400 }: S3Options = {}): Promise<S3Client> {
  const { client: sdk, presigner } = await load();
  const at = endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const client = new sdk.S3Client({
    region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    // Servers that are not Amazon's have no name for each bucket.
    ...(at !== undefined && { endpoint: at, forcePathStyle: true }),
  });
  return {
    async *list(url) {
      const { bucket, key } = parseS3Url(url);
      try {
        for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: key })) {
          for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
            // Folders that a console made.
            if (Key === undefined || Key.endsWith('/')) continue;
            yield {
              url: `s3://${bucket}/${Key}`,
              sizeBytes: Size,
              modifiedMs: LastModified?.getTime() ?? 0,
            };
          }
        }
      } catch (cause) {
        throw new SourceError('INPUT_UNREADABLE', `${url} cannot be listed: ${messageOf(cause)}`, {
          hint: HINT,
          cause,
        });
      }
    },
    version: async (url) => {
      const { bucket, key } = parseS3Url(url);
      try {
        const head = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key }));
        return `${head.ETag ?? ''} ${head.ContentLength ?? 0}`;
      } catch (cause) {
        throw new SourceError('INPUT_UNREADABLE', `${url} cannot be read: ${messageOf(cause)}`, {
          hint: HINT,
          cause,
        });
      }
    },
    signed: (url) => {
      const { bucket, key } = parseS3Url(url);
      const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
      return presigner.getSignedUrl(client, command, { expiresIn: validSeconds });
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

async function load() {
  try {
    const [client, presigner] = await Promise.all([
      import('@aws-sdk/client-s3'),
      import('@aws-sdk/s3-request-presigner'),
    ]);
    return { client, presigner };
  } catch (cause) {
    throw new ArgumentError('The client for S3 is not installed.', {
      hint: 'npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner',
      cause,
    });
  }
}

import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';

/** The pair that this server knows. */
export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

export interface TestBucket extends AsyncDisposable {
  readonly endpoint: string;
}

/** A small S3 server of our own with one bucket. @param objects by key. */
export async function startBucket(
  folder: string,
  bucket: string,
  objects: ReadonlyMap<string, Uint8Array | string>,
): Promise<TestBucket> {
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder });
  const endpoint = `http://127.0.0.1:${(await server.run()).port}`;
  const sdk = new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: S3_CREDENTIALS,
  });
  await sdk.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [Key, Body] of objects) await sdk.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  sdk.destroy();
  return { endpoint, [Symbol.asyncDispose]: async () => void (await server.close()) };
}

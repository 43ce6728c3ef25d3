import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * One end of a local connection for a child's `stdio`, to be destroyed here once the child has it.
 * @param connect connects the other end to a path, and resolves then.
 * @returns undefined where a child cannot be given a socket (Windows) or none can be made.
 */
export async function childSocket(connect: (path: string) => Promise<void>): Promise<Socket | undefined> {
  if (process.platform === 'win32') return undefined;
  const path = join(tmpdir(), `fr-stream-${randomBytes(6).toString('hex')}.sock`);
  // Nothing of the child's end must be read here.
  const server = createServer({ pauseOnConnect: true });
  try {
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    await connect(path);
    const [childEnd] = (await accepted) as [Socket];
    return childEnd;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

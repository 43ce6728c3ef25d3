import type { AnalyzedFace } from './types.js';
import type { RemoteFaceEngine } from './connect.js';

/**
 * The faces of one frame or photo by the names of now, after people, the threshold or who is enrolled have changed: for what
 * stands still, of which no next frame comes. A stranger who still is one keeps the label.
 */
export async function withNamesOfNow(
  engine: Pick<RemoteFaceEngine, 'identities'>,
  faces: readonly AnalyzedFace[],
): Promise<readonly AnalyzedFace[]> {
  const identities = await engine.identities(faces.map(({ id }) => id));
  return faces.map((face, i) => {
    const { identity: before } = face;
    const now = identities[i] ?? before;
    const label = before.kind === 'unknown' ? before.label : undefined;
    const keeps = now.kind === 'unknown' && now.label === undefined && label !== undefined;
    return { ...face, identity: keeps ? { ...now, label } : now };
  });
}

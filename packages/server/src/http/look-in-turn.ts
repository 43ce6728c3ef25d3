import type { FastifyRequest } from 'fastify';
import { lookAt, type SeenPicture } from '../people/look-at.js';
import type { Services } from '../services.js';
import { principalOf } from './guard.js';

/** The faces in an uploaded picture, when it is the request's turn. @throws OverloadError, SourceError */
export function lookInTurn(
  request: FastifyRequest,
  { turns, models, codec, config }: Pick<Services, 'turns' | 'models' | 'codec' | 'config'>,
  picture: Uint8Array,
  embed: boolean,
): Promise<SeenPicture> {
  const client = `api:${principalOf(request).name}@${request.ip}`;
  const waitMs = config().limits.inferenceSeconds * 1000;
  return turns.take(client, () => lookAt(models.as(client, waitMs), codec, picture, embed), waitMs);
}

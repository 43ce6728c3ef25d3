import { z } from 'zod';
import { idSchema } from '../../config/schema.js';
import type { Camera } from '../../cameras/camera.js';
import type { LiveFrame } from '../../cameras/live-view.js';
import type { Services } from '../../services.js';
import type { App } from '../app.js';
import { principalOf } from '../guard.js';
import { HttpProblem } from '../problem.js';

const params = z.object({ id: idSchema });
const BOUNDARY = 'frame';

/** Cameras' pictures as they come, as fast as each viewer takes them. */
export function liveRoutes(app: App, { cameras, config, ending }: Services): void {
  let viewers = 0;

  const look = (request: Parameters<typeof principalOf>[0], id: string): Camera => {
    const found = cameras.get(id);
    if (found === undefined || !principalOf(request).galleries.includes(found.info.gallery))
      throw new HttpProblem(404, `There is no camera "${id}".`);
    const { camera, info } = found;
    if (camera === undefined && info.enabled && info.server !== undefined)
      throw new HttpProblem(409, `The camera "${id}" is watched by the server ${info.server}: look there.`);
    if (camera === undefined) throw new HttpProblem(409, `The camera "${id}" is switched off.`);
    if (viewers >= config().limits.liveViewers) throw new HttpProblem(503, 'Too many are watching.');
    return camera;
  };

  app.get(
    '/api/cameras/:id/live.mjpeg',
    {
      config: { access: 'read', staysOpen: true },
      schema: {
        tags: ['cameras'],
        summary: 'Live, as motion JPEG',
        params,
        produces: ['multipart/x-mixed-replace'],
      },
    },
    async (request, reply) => {
      const camera = look(request, request.params.id);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': `multipart/x-mixed-replace; boundary=${BOUNDARY}`,
      });
      viewers++;
      const stop = camera.view.watch({
        // The next picture is made when the last one has left: a slow line gets fewer, not older ones.
        ready: () => raw.writableLength === 0,
        send: ({ jpeg }) => {
          raw.write(`--${BOUNDARY}\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`);
          raw.write(jpeg);
          raw.write('\r\n');
        },
      });
      const end = (): void => void raw.destroy();
      ending.addEventListener('abort', end, { once: true });
      raw.on('close', () => {
        viewers--;
        stop();
        ending.removeEventListener('abort', end);
      });
    },
  );

  app.get(
    '/api/cameras/:id/live',
    { websocket: true, config: { access: 'read', staysOpen: true }, schema: { hide: true, params } },
    (socket, request) => {
      const { id } = request.params as z.infer<typeof params>;
      let camera: Camera;
      try {
        camera = look(request, id);
      } catch (error) {
        socket.close(1008, error instanceof Error ? error.message : 'refused');
        return;
      }
      viewers++;
      let waiting = true;
      const stop = camera.view.watch({
        ready: () => waiting,
        send: (frame) => {
          waiting = false;
          socket.send(packFrame(frame));
        },
      });
      // Any message says: shown, send the next one.
      socket.on('message', () => {
        waiting = true;
      });
      const end = (): void => socket.close(1001);
      ending.addEventListener('abort', end, { once: true });
      socket.on('close', () => {
        viewers--;
        stop();
        ending.removeEventListener('abort', end);
      });
    },
  );
}

/** Four bytes with the length of a JSON text (big-endian), the text, then the JPEG. */
function packFrame({ jpeg, ...facts }: LiveFrame): Buffer {
  const text = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, jpeg]);
}

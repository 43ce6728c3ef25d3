import { socketUrl } from './api.js';

interface Face {
  readonly box: readonly [number, number, number, number];
  readonly kind: 'known' | 'stranger' | 'pending';
  readonly name?: string;
  readonly score?: number;
}
interface Frame {
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Face[];
}

const COLORS = { known: '#3ddc84', stranger: '#ffb300', pending: '#9aa0a6' };

/**
 * Draws a camera's pictures, with boxes and names, as they come. The next one is asked for when one has been drawn, so
 * that a slow line or a hidden tab gets fewer. Connects again when it is cut off.
 * @returns what ends it.
 */
export function livePicture(
  canvas: HTMLCanvasElement,
  camera: string,
  onFaces: (names: string) => void,
): () => void {
  let socket: WebSocket | undefined;
  let ended = false;
  let again: ReturnType<typeof setTimeout> | undefined;

  const connect = (): void => {
    if (ended) return;
    socket = new WebSocket(socketUrl(`/api/cameras/${camera}/live`));
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => {
      const from = socket;
      void draw(canvas, data as ArrayBuffer).then((frame) => {
        onFaces(
          frame.faces
            .map(({ name, kind }) => name ?? (kind === 'stranger' ? 'somebody' : ''))
            .filter(Boolean)
            .join(', '),
        );
        canvas.dataset['at'] = String(frame.at);
        // A frame of a tab that nobody sees is not answered until it is seen.
        requestAnimationFrame(() => from?.readyState === WebSocket.OPEN && from.send('.'));
      });
    };
    socket.onclose = () => {
      again = setTimeout(connect, 2000);
    };
  };
  connect();
  return () => {
    ended = true;
    clearTimeout(again);
    socket?.close();
  };
}

async function draw(canvas: HTMLCanvasElement, data: ArrayBuffer): Promise<Frame> {
  const length = new DataView(data).getUint32(0);
  const frame = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as Frame;
  const picture = await createImageBitmap(new Blob([data.slice(4 + length)], { type: 'image/jpeg' }));
  const { width, height } = picture;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext('2d');
  if (pen === null) return frame;
  pen.drawImage(picture, 0, 0);
  picture.close();
  const size = Math.max(13, Math.round(height / 26));
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.lineWidth = Math.max(2, Math.round(height / 200));
  for (const { box, kind, name, score } of frame.faces) {
    const [x, y, w, h] = [box[0] * width, box[1] * height, box[2] * width, box[3] * height];
    pen.strokeStyle = COLORS[kind];
    pen.strokeRect(x, y, w, h);
    if (name === undefined) continue;
    const text = score === undefined ? name : `${name} ${score.toFixed(2)}`;
    const wide = pen.measureText(text).width + 10;
    const top = y > size + 8 ? y - size - 8 : y;
    pen.fillStyle = COLORS[kind];
    pen.fillRect(x, top, wide, size + 8);
    pen.fillStyle = '#000';
    pen.textBaseline = 'middle';
    pen.fillText(text, x + 5, top + (size + 8) / 2);
  }
  return frame;
}

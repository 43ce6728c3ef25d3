import { el } from './dom.js';

type Point = readonly [number, number];

export interface Zone {
  readonly name: string;
  readonly kind: 'include' | 'exclude';
  /** Corners as shares of the picture. */
  readonly polygon: readonly Point[];
}

interface Draft {
  name: string;
  kind: 'include' | 'exclude';
  polygon: Point[];
}

export interface ZoneEditor {
  readonly element: HTMLElement;
  /** What is drawn on. */
  show(picture: string): void;
  /** @throws Error in words for people. */
  value(): readonly Zone[];
}

const SVG = 'http://www.w3.org/2000/svg';
/** By how much an arrow key moves a corner, in shares of the picture. */
const STEP = 0.01;

const clamp = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * Zones drawn on a camera's picture: a click adds a corner, corners are dragged, or moved by the arrow keys and removed by
 * Delete.
 */
export function zoneEditor(zones: readonly Zone[]): ZoneEditor {
  const drafts: Draft[] = zones.map(({ name, kind, polygon }) => ({ name, kind, polygon: [...polygon] }));
  let chosen = 0;
  const picture = el('img', { alt: 'What the camera sees', hidden: true });
  const drawing = svg('svg', { viewBox: '0 0 1000 1000', preserveAspectRatio: 'none', class: 'zones' });
  drawing.setAttribute('aria-label', 'Corners of the zone');
  drawing.setAttribute('role', 'group');
  const board = el('div', { className: 'board', hidden: true }, picture, drawing);
  const hint = el('p', { className: 'muted' }, 'Test the camera to draw zones on its picture.');
  const list = el('ul', { className: 'zone-list' });

  const place = (event: PointerEvent): Point => {
    const { left, top, width, height } = drawing.getBoundingClientRect();
    return [clamp((event.clientX - left) / width), clamp((event.clientY - top) / height)];
  };

  const draw = (focus?: number): void => {
    drawing.replaceChildren();
    for (const [i, { polygon, kind }] of drafts.entries()) {
      const points = polygon.map(([x, y]) => `${x * 1000},${y * 1000}`).join(' ');
      const style = `zone ${kind}${i === chosen ? ' chosen' : ''}`;
      drawing.append(svg('polygon', { points, class: style }));
    }
    const zone = drafts[chosen];
    for (const [i] of (zone?.polygon ?? []).entries()) {
      const corner = cornerOf(i);
      drawing.append(corner);
      if (i === focus) corner.focus();
    }
  };

  const move = (i: number, [x, y]: Point): void => {
    const zone = drafts[chosen];
    if (zone === undefined) return;
    zone.polygon[i] = [clamp(x), clamp(y)];
  };

  const cornerOf = (i: number): SVGElement => {
    const [x, y] = drafts[chosen]?.polygon[i] ?? [0, 0];
    // Two radii: the drawing is stretched to the picture's shape.
    const box = drawing.getBoundingClientRect();
    const radius = (side: number): string => String(side > 0 ? 9000 / side : 12);
    const corner = svg('ellipse', {
      cx: String(x * 1000),
      cy: String(y * 1000),
      rx: radius(box.width),
      ry: radius(box.height),
      class: 'corner',
      tabindex: '0',
      role: 'button',
    });
    const told = (at: Point): string => at.map((share) => `${Math.round(share * 100)} %`).join(', ');
    corner.setAttribute('aria-label', `Corner ${i + 1} at ${told([x, y])}`);
    corner.addEventListener('keydown', (event) => {
      const step = event.shiftKey ? 5 * STEP : STEP;
      const moves: Readonly<Record<string, Point>> = {
        ArrowLeft: [-step, 0],
        ArrowRight: [step, 0],
        ArrowUp: [0, -step],
        ArrowDown: [0, step],
      };
      const by = moves[event.key];
      const [nowX, nowY] = drafts[chosen]?.polygon[i] ?? [0, 0];
      if (by !== undefined) move(i, [nowX + by[0], nowY + by[1]]);
      else if (event.key === 'Delete' || event.key === 'Backspace') drafts[chosen]?.polygon.splice(i, 1);
      else return;
      event.preventDefault();
      draw(by === undefined ? Math.max(0, i - 1) : i);
    });
    corner.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      event.stopPropagation();
      const follow = (to: PointerEvent): void => {
        move(i, place(to));
        draw();
      };
      const end = (): void => {
        window.removeEventListener('pointermove', follow);
        window.removeEventListener('pointerup', end);
      };
      window.addEventListener('pointermove', follow);
      window.addEventListener('pointerup', end);
    });
    return corner;
  };

  drawing.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    drafts[chosen]?.polygon.push(place(event));
    draw();
  });

  const refresh = (): void => {
    list.replaceChildren(...drafts.map(row));
    draw();
  };

  const row = (zone: Draft, i: number): HTMLElement => {
    const name = el('input', { value: zone.name, maxLength: 60, required: true });
    name.oninput = () => (zone.name = name.value);
    const kind = el(
      'select',
      {},
      el('option', { value: 'include', selected: zone.kind === 'include' }, 'Look here'),
      el('option', { value: 'exclude', selected: zone.kind === 'exclude' }, 'Do not look here'),
    );
    kind.onchange = () => {
      zone.kind = kind.value === 'exclude' ? 'exclude' : 'include';
      draw();
    };
    const choose = el('button', { type: 'button', aria: { pressed: String(i === chosen) } }, 'Draw');
    choose.setAttribute('aria-label', `Draw ${zone.name}`);
    choose.onclick = () => {
      chosen = i;
      refresh();
    };
    const corner = el(
      'button',
      { type: 'button', aria: { label: `Add a corner to ${zone.name}` } },
      'Add a corner',
    );
    corner.onclick = () => {
      chosen = i;
      const [first = [0.5, 0.5], last = [0.5, 0.5]] = [zone.polygon[0], zone.polygon.at(-1)];
      zone.polygon.push([clamp((first[0] + last[0]) / 2), clamp((first[1] + last[1]) / 2)]);
      refresh();
      draw(zone.polygon.length - 1);
    };
    const remove = el('button', { type: 'button', aria: { label: `Remove ${zone.name}` } }, 'Remove');
    remove.onclick = () => {
      drafts.splice(i, 1);
      chosen = Math.max(0, Math.min(chosen, drafts.length - 1));
      refresh();
    };
    return el(
      'li',
      { className: 'row' },
      el('label', {}, 'Zone', name),
      el('label', {}, 'What for', kind),
      choose,
      corner,
      remove,
    );
  };

  const add = el('button', { type: 'button' }, 'Add a zone');
  add.onclick = () => {
    drafts.push({
      name: `zone ${drafts.length + 1}`,
      kind: 'include',
      polygon: [
        [0.25, 0.25],
        [0.75, 0.25],
        [0.75, 0.75],
        [0.25, 0.75],
      ],
    });
    chosen = drafts.length - 1;
    refresh();
  };
  picture.onload = () => draw();
  refresh();
  return {
    element: el(
      'fieldset',
      {},
      el('legend', {}, 'Zones'),
      hint,
      board,
      list,
      el('div', { className: 'row' }, add),
    ),
    show(source) {
      picture.src = source;
      picture.hidden = board.hidden = false;
      hint.textContent = 'Click to add a corner, drag corners; or the arrow keys, and Delete.';
    },
    value() {
      const short = drafts.find(({ polygon }) => polygon.length < 3);
      if (short !== undefined) throw new Error(`The zone "${short.name}" needs three corners.`);
      return drafts.map(({ name, kind, polygon }) => ({ name, kind, polygon }));
    },
  };
}

import { json, type CameraInfo, type Who } from './api.js';
import { el, toast } from './dom.js';
import { scheduleEditor } from './schedule-editor.js';
import { zoneEditor } from './zone-editor.js';

interface TestResult {
  readonly ok: boolean;
  readonly reason?: string;
  readonly width?: number;
  readonly height?: number;
  readonly faces?: number;
  readonly picture?: string;
}

/** Sets a camera up, or changes it. @param done shows the cameras again. */
export function cameraForm(camera: CameraInfo | undefined, who: Who, done: () => void): HTMLElement {
  const id = el('input', {
    required: true,
    pattern: '[a-z0-9][a-z0-9_\\-]*',
    maxLength: 48,
    value: camera?.id ?? '',
    disabled: camera !== undefined,
  });
  const name = el('input', { maxLength: 80, value: camera?.name ?? '' });
  const url = el('input', {
    required: camera === undefined,
    maxLength: 2000,
    autocomplete: 'off',
    spellcheck: false,
    placeholder: camera?.url ?? 'rtsp://user:password@192.168.1.20/stream',
  });
  const gallery = el(
    'select',
    {},
    ...who.galleries.map((one) => el('option', { value: one, selected: one === camera?.gallery }, one)),
  );
  const fps = el('input', {
    type: 'number',
    min: '1',
    max: '60',
    value: String(camera?.settings.maxFps ?? 10),
  });
  const strangers = el(
    'select',
    {},
    ...(['ignore', 'tell'] as const).map((value) =>
      el('option', { value, selected: value === (camera?.settings.strangers ?? 'tell') }, value),
    ),
  );
  const motion = el('input', {
    type: 'checkbox',
    checked: camera !== undefined && camera.settings.motion !== false,
  });
  const record = el('input', { type: 'checkbox', checked: camera?.settings.record !== undefined });
  const days = el('input', {
    type: 'number',
    min: '1',
    max: '3650',
    value: String(camera?.settings.record?.keepDays ?? 7),
  });
  const enabled = el('input', { type: 'checkbox', checked: camera?.enabled ?? true });
  const said = el('p', { role: 'status' });
  const zones = zoneEditor(camera?.settings.zones ?? []);
  const schedule = scheduleEditor(camera?.settings.schedule ?? []);
  const check = (label: string, input: HTMLInputElement) => el('label', { className: 'check' }, input, label);

  const test = async (): Promise<void> => {
    said.textContent = 'Opening the camera …';
    const body = url.value === '' && camera !== undefined ? { camera: camera.id } : { url: url.value };
    const result = await json<TestResult>('POST', '/api/cameras/test', body);
    if (!result.ok) {
      said.textContent = `It does not work: ${result.reason ?? ''}`;
      return;
    }
    said.textContent = `It works: ${result.width} × ${result.height}, ${result.faces === 1 ? 'one face' : `${result.faces} faces`}.`;
    if (result.picture !== undefined) zones.show(`data:image/jpeg;base64,${result.picture}`);
  };
  const attempt = (act: () => Promise<void>) => (): void =>
    void act().catch(
      (error: unknown) => (said.textContent = error instanceof Error ? error.message : String(error)),
    );
  const save = async (): Promise<void> => {
    // What the form does not show stays as it is.
    const kept: Partial<CameraInfo['settings']> = camera?.settings ?? {};
    await json('PUT', `/api/cameras/${camera?.id ?? id.value}`, {
      ...kept,
      ...(name.value !== '' && { name: name.value }),
      ...(url.value !== '' && { url: url.value }),
      gallery: gallery.value,
      maxFps: Number(fps.value),
      strangers: strangers.value,
      zones: zones.value(),
      schedule: schedule.value(),
      motion: motion.checked ? kept.motion || true : false,
      record: record.checked ? { ...kept.record, keepDays: Number(days.value) } : undefined,
      enabled: enabled.checked,
    });
    toast('Saved.');
    done();
  };
  const remove = async (): Promise<void> => {
    await json('DELETE', `/api/cameras/${camera?.id}`);
    toast('Removed; its events stay.');
    done();
  };
  const form = el(
    'form',
    { className: 'card', aria: { label: camera === undefined ? 'A new camera' : camera.name } },
    el('label', {}, 'Id (small letters, digits, - and _)', id),
    el('label', {}, 'Name', name),
    el('label', {}, camera === undefined ? 'Address' : 'Address (leave empty to keep it)', url),
    el(
      'div',
      { className: 'row' },
      el('label', {}, 'Gallery', gallery),
      el('label', {}, 'Pictures per second', fps),
      el('label', {}, 'Strangers', strangers),
    ),
    check('Look for faces only while something moves', motion),
    el('div', { className: 'row' }, check('Record', record), el('label', {}, 'Keep for days', days)),
    check('Switched on', enabled),
    zones.element,
    schedule.element,
    el(
      'div',
      { className: 'row' },
      el('button', { type: 'button', onclick: attempt(test) }, 'Test'),
      el('button', { type: 'submit', className: 'primary' }, 'Save'),
      el('button', { type: 'button', onclick: done }, 'Cancel'),
      camera === undefined ? undefined : el('button', { type: 'button', onclick: attempt(remove) }, 'Remove'),
    ),
    said,
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    attempt(save)();
  };
  // The picture to draw zones on; what is wrong with the camera is told when it is tested.
  if (camera?.enabled === true) void test().catch(() => undefined);
  return form;
}

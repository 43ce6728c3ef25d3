import { el } from './dom.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

export interface ScheduleEntry {
  readonly days: readonly Day[];
  readonly from: string;
  readonly to: string;
}

export interface ScheduleEditor {
  readonly element: HTMLElement;
  /** @throws Error in words for people. */
  value(): readonly ScheduleEntry[];
}

interface Row {
  readonly element: HTMLElement;
  value(): ScheduleEntry;
}

const clock = (value: string) =>
  el('input', {
    value,
    required: true,
    size: 5,
    maxLength: 5,
    pattern: '([01][0-9]|2[0-4]):[0-5][0-9]',
    title: 'HH:MM, 24:00 is the end of the day',
  });

function row(entry: ScheduleEntry, number: number, remove: (row: Row) => void): Row {
  const boxes = DAYS.map((day) => ({
    day,
    box: el('input', { type: 'checkbox', checked: entry.days.includes(day) }),
  }));
  const [from, to] = [clock(entry.from), clock(entry.to)];
  const button = el('button', { type: 'button', aria: { label: `Remove time ${number}` } }, 'Remove');
  const one: Row = {
    element: el(
      'li',
      { className: 'row' },
      ...boxes.map(({ day, box }) => el('label', { className: 'check' }, box, day)),
      el('label', {}, 'From', from),
      el('label', {}, 'To', to),
      button,
    ),
    value() {
      const days = boxes.filter(({ box }) => box.checked).map(({ day }) => day);
      if (days.length === 0) throw new Error(`Time ${number} of the schedule has no day.`);
      return { days, from: from.value, to: to.value };
    },
  };
  button.onclick = () => remove(one);
  return one;
}

/** When faces are looked for, by local time. */
export function scheduleEditor(entries: readonly ScheduleEntry[]): ScheduleEditor {
  const rows: Row[] = [];
  const list = el('ul', { className: 'zone-list' });
  const always = el('p', { className: 'muted' }, 'Always.');
  let count = 0;
  const add = (entry: ScheduleEntry): void => {
    const one = row(entry, ++count, (gone) => {
      rows.splice(rows.indexOf(gone), 1);
      gone.element.remove();
      always.hidden = rows.length > 0;
    });
    rows.push(one);
    list.append(one.element);
    always.hidden = true;
  };
  entries.forEach(add);
  const button = el('button', { type: 'button' }, 'Add a time');
  button.onclick = () => add({ days: [...DAYS], from: '18:00', to: '08:00' });
  return {
    element: el(
      'fieldset',
      {},
      el('legend', {}, 'When to look for faces'),
      always,
      list,
      el('div', { className: 'row' }, button),
    ),
    value: () => rows.map((one) => one.value()),
  };
}

import { download, make } from './dom.js';
import { names } from './engine.js';
import { toCsv, toJsonLines, toWebVtt } from './event-files.js';
import type { EventLog, LoggedFrame } from './event-log.js';
import { complain, run, ui } from './ui.js';

/** Absences shorter than this do not break a stay. */
const GAP_MS = 1500;

/** Saves what was seen of one source, in the form that is chosen. */
export class Exports {
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
    ui.exportEvents.onclick = () => run(async () => this.#save());
  }

  /** Offers what there is to export. @param current what is open. */
  update(current?: string): void {
    const { sources } = this.#log;
    const known = [...ui.exportSource.options].map(({ value }) => value);
    // What begins to show faces is what is open.
    const begun = sources.findLast(({ key }) => !known.includes(key))?.key;
    const chosen = current ?? begun ?? ui.exportSource.value;
    if (sources.length !== known.length || sources.some(({ key }, i) => key !== known[i])) {
      ui.exportSource.replaceChildren(
        ...sources.map(({ key, name }) => make('option', { value: key }, name)),
      );
    }
    if (sources.some(({ key }) => key === chosen)) ui.exportSource.value = chosen;
    ui.exportEvents.disabled = ui.exportSource.disabled = ui.exportForm.disabled = sources.length === 0;
  }

  #save(): void {
    const key = ui.exportSource.value;
    const name = this.#log.sources.find((source) => source.key === key)?.name;
    if (name === undefined) return;
    const frames = this.#log.frames(key, (face) => names.of(face));
    const stem = name.replace(/\.[^.]+$/, '');
    switch (ui.exportForm.value) {
      case 'csv':
        download(`${stem}.faces.csv`, toCsv(frames));
        break;
      case 'vtt':
        download(`${stem}.faces.vtt`, toWebVtt(presences(frames)));
        break;
      default:
        download(`${stem}.faces.jsonl`, toJsonLines(frames));
    }
    const forgotten = this.#log.forgotten(key);
    if (forgotten > 0)
      complain(
        new Error(`${name}: the first ${forgotten} frames are not in the file, they were too many to keep.`),
      );
  }
}

/** When each person or stranger is in view. */
function presences(
  frames: Iterable<LoggedFrame>,
): readonly { readonly name: string; readonly stays: readonly { from: number; to: number }[] }[] {
  const people = new Map<string, { from: number; to: number }[]>();
  for (const { timeMs, faces } of frames) {
    for (const { identity } of faces) {
      const name = identity.kind === 'known' ? identity.name : identity.label;
      if (name === undefined) continue;
      const stays = people.get(name) ?? [];
      people.set(name, stays);
      const last = stays.at(-1);
      if (last !== undefined && timeMs - last.to <= GAP_MS) last.to = timeMs;
      else stays.push({ from: timeMs, to: timeMs });
    }
  }
  return [...people].map(([name, stays]) => ({ name, stays }));
}

import { make } from './dom.js';

const KEY = 'fr-stream-models';

/** Which models look at pictures, by the ids of their cards; undefined for the default. */
export interface ModelChoice {
  readonly detector?: string;
  readonly embedder?: string;
}
interface Offered {
  readonly id: string;
  readonly task: keyof ModelChoice;
  readonly title: string;
  readonly bytes: number;
  readonly licence: string;
}

/** What was chosen here; nothing where the browser remembers nothing, or the site no longer has it. */
export async function chosenModels(): Promise<{
  readonly offered: readonly Offered[];
  readonly choice: ModelChoice;
}> {
  const offered = await offers();
  let kept: unknown;
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    kept = {};
  }
  const idOf = (task: keyof ModelChoice): string | undefined =>
    offered.find((one) => one.task === task && one.id === Reflect.get(Object(kept), task))?.id;
  const [detector, embedder] = [idOf('detector'), idOf('embedder')];
  const choice = { ...(detector !== undefined && { detector }), ...(embedder !== undefined && { embedder }) };
  return { offered, choice };
}

/** A site may serve the default models alone. */
async function offers(): Promise<readonly Offered[]> {
  try {
    const response = await fetch(new URL('models/choices.json', document.baseURI));
    return response.ok ? ((await response.json()) as readonly Offered[]) : [];
  } catch {
    return [];
  }
}

/** Fills the lists. Another model is used once the page has been opened anew, which happens at once. */
export function offerModels(
  lists: Readonly<Record<keyof ModelChoice, HTMLSelectElement>>,
  offered: readonly Offered[],
  running: readonly string[],
): void {
  for (const task of ['detector', 'embedder'] as const) {
    const list = lists[task];
    const options = offered
      .filter((one) => one.task === task)
      .map(({ id, title, bytes, licence }) =>
        make(
          'option',
          { value: id, selected: running.includes(id) },
          `${title} (${(bytes / 1e6).toFixed(1)} MB, ${licence})`,
        ),
      );
    list.replaceChildren(...options);
    list.disabled = options.length < 2;
    list.onchange = () => {
      const choice = { detector: lists.detector.value, embedder: lists.embedder.value };
      try {
        localStorage.setItem(KEY, JSON.stringify(choice));
      } catch {
        return;
      }
      location.reload();
    };
  }
}

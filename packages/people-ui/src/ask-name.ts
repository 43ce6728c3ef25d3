import { button, el } from './dom.js';

export interface Question {
  readonly title: string;
  readonly label: string;
  readonly value?: string;
  /** What is offered for what has been typed. */
  readonly suggest?: (text: string) => Promise<readonly string[]>;
  readonly confirm: string;
}

/** Asks for a text in a dialog of the page's own. @returns undefined when nothing was said. */
export function askText(host: HTMLElement, question: Question): Promise<string | undefined> {
  const { input, choices } = nameField(question.value ?? '', question.suggest);
  return ask(host, question.title, question.confirm, () => input.value.trim(), [
    el('label', {}, question.label, input),
    choices,
  ]);
}

/** An input that offers names while one types. */
export function nameField(
  value: string,
  suggest: (text: string) => Promise<readonly string[]> = async () => [],
): { readonly input: HTMLInputElement; readonly choices: HTMLDataListElement } {
  const id = `fp-choices-${Math.random().toString(36).slice(2)}`;
  const choices = el('datalist', { id });
  const input = el('input', { name: 'answer', required: true, maxLength: 200, value, autocomplete: 'off' });
  input.setAttribute('list', id);
  let turn = 0;
  const offer = async (): Promise<void> => {
    const mine = ++turn;
    // Names that cannot be had are not offered; what is typed counts.
    const names = await suggest(input.value.trim()).catch(() => []);
    if (mine === turn) choices.replaceChildren(...names.map((name) => el('option', { value: name })));
  };
  input.addEventListener('input', () => void offer());
  void offer();
  return { input, choices };
}

/** Asks yes or no. @param shown what the question is about. */
export async function askYes(
  host: HTMLElement,
  title: string,
  text: string,
  confirm: string,
  ...shown: readonly Node[]
): Promise<boolean> {
  return (await ask(host, title, confirm, () => 'yes', [...shown, el('p', {}, text)])) !== undefined;
}

function ask(
  host: HTMLElement,
  title: string,
  confirm: string,
  read: () => string,
  body: readonly Node[],
): Promise<string | undefined> {
  const heading = el('h2', { id: `fp-title-${Math.random().toString(36).slice(2)}` }, title);
  const dialog = el('dialog', { className: 'fp-dialog', aria: { labelledby: heading.id } });
  const form = el(
    'form',
    { method: 'dialog' },
    heading,
    ...body,
    el(
      'div',
      { className: 'fp-actions' },
      button('Cancel', () => dialog.close('')),
      el('button', { type: 'submit', className: 'fp-primary' }, confirm),
    ),
  );
  dialog.append(form);
  host.append(dialog);
  return new Promise((resolve) => {
    let answer: string | undefined;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = read();
      if (text === '') return;
      answer = text;
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
  });
}

import { button, el } from './dom.js';

export interface Question {
  readonly title: string;
  readonly label: string;
  readonly value?: string;
  /** Offered while typing. */
  readonly choices?: readonly string[];
  readonly confirm: string;
}

/** Asks for a text in a dialog of the page's own. @returns undefined when nothing was said. */
export function askText(host: HTMLElement, question: Question): Promise<string | undefined> {
  const list = `fp-choices-${Math.random().toString(36).slice(2)}`;
  const input = el('input', {
    name: 'answer',
    required: true,
    maxLength: 200,
    value: question.value ?? '',
    autocomplete: 'off',
  });
  input.setAttribute('list', list);
  const choices = el(
    'datalist',
    { id: list },
    ...(question.choices ?? []).map((value) => el('option', { value })),
  );
  return ask(host, question.title, question.confirm, () => input.value.trim(), [
    el('label', {}, question.label, input),
    choices,
  ]);
}

/** Asks yes or no. */
export async function askYes(
  host: HTMLElement,
  title: string,
  text: string,
  confirm: string,
): Promise<boolean> {
  return (await ask(host, title, confirm, () => 'yes', [el('p', {}, text)])) !== undefined;
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

import { ui } from './ui.js';

/**
 * Asks in a dialog, which keeps the keyboard inside it until it is answered.
 * @param text what the input holds at first; without it there is only yes or no.
 * @returns what was entered (for yes or no: an empty text), undefined when it was called off.
 */
export function ask(title: string, yes: string, text?: string): Promise<string | undefined> {
  ui.askTitle.textContent = title;
  ui.askYes.textContent = yes;
  ui.askInput.hidden = text === undefined;
  ui.askInput.required = text !== undefined;
  ui.askInput.value = text ?? '';
  ui.ask.returnValue = '';
  ui.ask.showModal();
  if (text !== undefined) ui.askInput.select();
  return new Promise((resolve) => {
    ui.ask.addEventListener(
      'close',
      () => resolve(ui.ask.returnValue === 'yes' ? ui.askInput.value.trim() : undefined),
      { once: true },
    );
  });
}

ui.askNo.onclick = () => ui.ask.close();

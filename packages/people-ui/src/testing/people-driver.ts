import type { Locator, Page } from 'playwright-core';

/** More stops than any of the pages has. */
const MOST_STOPS = 150;

/** The people manager of a page, as somebody without a mouse uses it. */
export class PeopleDriver {
  readonly page: Page;
  readonly root: Locator;

  constructor(page: Page) {
    this.page = page;
    this.root = page.locator('people-manager');
  }

  button(name: string | RegExp): Locator {
    return this.root.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });
  }

  card(name: string, faces: number): Locator {
    return this.button(`${name} ${faces} ${faces === 1 ? 'face' : 'faces'}`);
  }

  /** Goes on by Tab until something has the focus. @throws Error when it never has */
  async tabTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let i = 0; i < MOST_STOPS; i++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`Tab never comes to ${String(target)}.`);
  }

  async press(target: Locator, key = 'Enter'): Promise<void> {
    await this.tabTo(target);
    await this.page.keyboard.press(key);
  }

  /** Types into the dialog that is open, and says yes. */
  async answer(text: string): Promise<void> {
    await this.type(text);
    await this.root.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** As {@link answer}, where another question may follow. */
  async type(text: string): Promise<void> {
    await this.root.getByRole('dialog').waitFor();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Waits until it is told. */
  async told(text: string | RegExp): Promise<void> {
    await this.root.locator('.fp-status').getByText(text).waitFor();
  }

  async undo(): Promise<void> {
    await this.page.keyboard.press('Control+z');
    await this.told(/^Undone: /);
    // So that the next one is not taken for this.
    await this.root.locator('.fp-status').evaluate((element) => element.replaceChildren());
  }

  async list(): Promise<void> {
    await this.press(this.button('← All people'));
    await this.root.locator('.fp-list').waitFor();
  }

  /** Names and counts of the list. */
  async cards(): Promise<readonly string[]> {
    return (await this.root.locator('.fp-list .fp-card').allTextContents()).map((text) => text.trim());
  }
}

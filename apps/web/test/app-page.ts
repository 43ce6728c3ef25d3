import type { Download, Page } from 'playwright-core';
import { readFile } from 'node:fs/promises';

/** The app in one tab, as a user has it. */
export class AppPage {
  readonly page: Page;
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('#status').getByText('Ready.').waitFor({ timeout: 90_000 });
  }

  get inView() {
    return this.page.locator('#in-view button');
  }

  get people() {
    return this.page.locator('people-manager .fp-card');
  }

  /** Names and counts of the people manager's list. */
  async listed(): Promise<string[]> {
    return (await this.people.allTextContents()).map((text) => text.trim());
  }

  async show(...files: readonly string[]): Promise<void> {
    await this.page.setInputFiles('#files', [...files]);
  }

  /** Waits until so many photos have been looked at. */
  async showPhotos(...files: readonly string[]): Promise<void> {
    await this.show(...files);
    const status = this.page.locator('#status').getByText(/^\d+ photos?, \d+ faces?/);
    await status.waitFor({ timeout: 60_000 });
  }

  /** Selects the first face in view and says who it is. */
  async name(name: string, nth = 0): Promise<void> {
    await this.inView.nth(nth).click();
    await this.page.locator('#name').fill(name);
    await this.page.locator('#name').press('Enter');
    await this.page.getByText(`${name} is saved on this device`).waitFor({ timeout: 30_000 });
  }

  async download(selector: string): Promise<Download> {
    const [download] = await Promise.all([
      this.page.waitForEvent('download', { timeout: 60_000 }),
      this.page.locator(selector).click(),
    ]);
    return download;
  }

  async saved(selector: string): Promise<string> {
    return readFile(await (await this.download(selector)).path(), 'utf8');
  }
}

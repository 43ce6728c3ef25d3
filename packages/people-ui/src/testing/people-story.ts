import type { Page } from 'playwright-core';
import { PeopleDriver } from './people-driver.js';

export interface PeopleStoryOptions {
  /** Rules of accessibility that the page breaks, with where. */
  readonly faults: (page: Page) => Promise<readonly string[]>;
  /** Told after each step. */
  readonly tell?: (step: string) => void;
}

/** For how long what is right may take to be shown, in milliseconds, and how often it is looked for. */
const [PATIENCE_MS, LOOK_EVERY_MS] = [15_000, 50];

/** @throws Error that says what was awaited and what was there */
function same(is: unknown, right: unknown, what: string): void {
  const [a, b] = [JSON.stringify(is), JSON.stringify(right)];
  if (a !== b) throw new Error(`${what}: ${a}, and ${b} is right`);
}

/** As {@link same}, once it is so: a list that is drawn anew is empty for a moment. @throws Error when it never is */
async function becomes(read: () => Promise<unknown>, right: unknown, what: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const is = await read();
    if (JSON.stringify(is) === JSON.stringify(right)) return;
    if (performance.now() > until) same(is, right, what);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/**
 * All that the people manager does, by keyboard alone, in a page that shows it: one test for every page that has it.
 * The gallery must hold six unnamed people of two faces each, of whom two, and no others, look like one: they share no
 * picture, and nobody said that they are not the same. Afterwards it holds Franck with 4 faces, Ada with 2 and one more of 2.
 * @throws Error, when something is not as it should be
 */
export async function peopleStory(page: Page, { faults, tell }: PeopleStoryOptions): Promise<void> {
  const people = new PeopleDriver(page);
  const { root } = people;
  const step = async (name: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      throw new Error(`${name}: ${String(error)}; the page shows ${await root.innerText()}`, {
        cause: error,
      });
    }
    tell?.(name);
  };
  const bystanders = async () => (await people.cards()).filter((text) => text.endsWith(' 1 face')).length;
  const accessible = async (what: string): Promise<void> => {
    for (const colorScheme of ['dark', 'light'] as const) {
      // At once: halfway from dark to light no contrast is right.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      same(await faults(page), [], `${what}, ${colorScheme}`);
    }
  };

  await step('shows groups as pictures', async () => {
    await root.locator('.fp-list .fp-card').nth(5).waitFor();
    for (const card of await people.cards()) same(/^unknown-\d+ 2 faces$/.test(card), true, card);
    await accessible('the list');
  });
  await step('asks whether two who look alike are the same', async () => {
    await people.press(people.button('Same people? …'));
    await root.getByRole('heading', { name: 'Are these the same?' }).waitFor();
    await accessible('the question');
    await page.keyboard.press('y');
    await people.told(/^Merged unknown-\d+ and unknown-\d+\.$/);
    await root.getByText('Nobody looks like somebody else.').waitFor();
    await people.list();
    await becomes(async () => (await people.cards()).length, 5, 'people');
    same(/^unknown-\d+ 4 faces$/.test((await people.cards())[0] ?? ''), true, 'the largest comes first');
  });
  await step('asks for the names of the unnamed, the largest first', async () => {
    await people.press(people.button('Name them …'));
    await root.getByText('4 more to be named').waitFor();
    await accessible('the queue');
    await page.keyboard.type('Franck');
    await page.keyboard.press('Enter');
    await people.told(/ is Franck\.$/);
    await root.getByText('3 more to be named').waitFor();
    await page.keyboard.press('Enter');
    await root.getByText('2 more to be named').waitFor();
    await page.keyboard.type('Ada');
    await page.keyboard.press('Enter');
    await people.told(/ is Ada\.$/);
    await page.keyboard.press('Escape');
    await people.card('Franck', 4).waitFor();
    await people.card('Ada', 2).waitFor();
    await people.press(people.button('Named'));
    await root.locator('.fp-list .fp-card').nth(2).waitFor({ state: 'detached' });
    await becomes(() => people.cards(), ['Ada 2 faces', 'Franck 4 faces'], 'the named');
    await people.press(people.button('Everybody'));
    await root.locator('.fp-list .fp-card').nth(4).waitFor();
  });
  await step('goes from picture to picture by arrows, and marks faces', async () => {
    await people.tabTo(people.card('Ada', 2));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await root.getByRole('heading', { name: 'Franck' }).waitFor();
    await becomes(() => root.locator('.fp-faces .fp-card').count(), 4, 'faces of Franck');
    await people.tabTo(root.locator('.fp-faces .fp-card').first());
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await root.getByText('1 marked').waitFor();
    await accessible('a person');
  });
  await step('parts what is not one', async () => {
    // Backwards: what is done with marked faces stands before them.
    await page.keyboard.press('Shift+Tab');
    await people.press(people.button('Somebody else, all one'));
    await people.told('1 face is somebody else now.');
    await people.list();
    await people.card('Franck', 3).waitFor();
    await becomes(bystanders, 1, 'bystanders');
    await people.press(people.button('Hide bystanders'));
    await root.locator('.fp-list .fp-card').nth(5).waitFor({ state: 'detached' });
    await becomes(bystanders, 0, 'bystanders');
    await people.press(people.button('Hide bystanders'));
    await root.locator('.fp-list .fp-card').nth(5).waitFor();
    await people.undo();
    await people.card('Franck', 4).waitFor();
  });
  await step('takes a face away from somebody', async () => {
    await people.press(people.card('Ada', 2));
    await people.press(root.locator('.fp-faces .fp-card').first(), 'Space');
    await people.press(people.button('Not Ada'));
    await people.told('1 face taken away from Ada.');
    await root.locator('.fp-faces .fp-card').nth(1).waitFor({ state: 'detached' });
    await becomes(() => root.locator('.fp-faces .fp-card').count(), 1, 'faces of Ada');
    await people.undo();
    await people.card('Ada', 2).waitFor();
  });
  await step('moves a face to somebody else', async () => {
    await people.press(people.card('Ada', 2));
    await people.press(root.locator('.fp-faces .fp-card').first(), 'Space');
    await people.press(people.button('Move to …'));
    await root.getByRole('dialog').waitFor();
    await accessible('a dialog');
    await people.answer('franck');
    await people.told('1 face moved to Franck.');
    await people.list();
    await people.card('Franck', 5).waitFor();
    await people.undo();
    await people.card('Franck', 4).waitFor();
  });
  await step('renames, and merges the marked', async () => {
    await people.press(people.card('Ada', 2));
    await people.press(people.button('Rename …'));
    await people.answer('Ada L.');
    await root.getByRole('heading', { name: 'Ada L.' }).waitFor();
    // A name that is somebody else's, in other letters: one person, or not?
    const dialog = root.getByRole('dialog');
    for (const answer of ['Cancel', 'Yes, merge them']) {
      await people.press(people.button('Rename …'));
      await people.type('franck');
      await dialog.getByText('There is a Franck already.').waitFor();
      await people.press(dialog.getByRole('button', { name: answer }));
      await dialog.waitFor({ state: 'detached' });
    }
    await people.told('This is Franck.');
    await people.undo();
    await people.card('Franck', 4).waitFor();
    await people.press(people.card('Ada L.', 2), 'Space');
    await people.press(people.card('Franck', 4), 'Space');
    await root.getByText('2 marked').waitFor();
    await people.press(people.button('Merge'));
    await people.card('Ada L.', 6).waitFor();
    await people.undo();
    await people.card('Ada L.', 2).waitFor();
    await people.undo();
    await people.card('Ada', 2).waitFor();
  });
  await step('finds by name', async () => {
    await people.tabTo(root.getByRole('searchbox', { name: 'Find by name' }));
    await page.keyboard.type('fra');
    await page.keyboard.press('Enter');
    await people.card('Ada', 2).waitFor({ state: 'detached' });
    await becomes(() => people.cards(), ['Franck 4 faces'], 'found');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Enter');
    await people.card('Ada', 2).waitFor();
  });
  await step('forgets, after a question', async () => {
    await people.press(root.locator('.fp-list .fp-card').last());
    await people.press(people.button('Forget …'));
    await root.getByRole('dialog').waitFor();
    await people.press(root.getByRole('dialog').getByRole('button', { name: 'Forget' }));
    await people.told(/ is forgotten\.$/);
    await root.locator('.fp-list .fp-card').nth(4).waitFor({ state: 'detached' });
    await becomes(async () => (await people.cards()).length, 4, 'people');
  });
  await step('fits a phone', async () => {
    const before = page.viewportSize();
    await page.setViewportSize({ width: 360, height: 740 });
    const wide = () => page.evaluate('document.documentElement.scrollWidth');
    await becomes(wide, 360, 'width of the list');
    await people.press(people.card('Franck', 4));
    await root.getByRole('heading', { name: 'Franck' }).waitFor();
    await becomes(wide, 360, 'width of a person');
    for (const one of await root.getByRole('button').all()) {
      const box = await one.boundingBox();
      same(
        (box?.height ?? 0) >= 24 && (box?.width ?? 0) >= 24,
        true,
        `a finger meets ${await one.innerText()}`,
      );
    }
    await people.list();
    if (before !== null) await page.setViewportSize(before);
  });
}

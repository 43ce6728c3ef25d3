import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiReports, REPORTED, reportPath } from '../../api/report.js';

describe('the public surface', () => {
  let reports: readonly string[];
  beforeAll(async () => {
    reports = await apiReports(REPORTED);
  }, 120_000);

  it.each(REPORTED)(
    'of %s is what its report says (else look at the change, and run `npm run api`)',
    async (folder) => {
      expect(reports[REPORTED.indexOf(folder)]).toBe(await readFile(reportPath(folder), 'utf8'));
    },
  );

  it('names what every entry point exports, and declares each name once', () => {
    const core = reports[REPORTED.indexOf('packages/core')];
    expect(core).toMatch(
      /## @fr-stream\/core\/tracking\n\n(?:\w+\n)*AppearanceTracker\n(?:\w+\n)*ByteTracker\n/,
    );
    expect(core.match(/^class ByteTracker /gm)).toHaveLength(1);
    expect(core).not.toContain('#private');
  });

  it('leaves out what is marked as internal', () => {
    const core = reports[REPORTED.indexOf('packages/core')];
    expect(core).toMatch(/^l2Normalize$/m);
    expect(core).not.toMatch(/^itemAt$/m);
  });
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { apiReport, REPORTED, reportPath } from '../../api/report.js';

describe('the public surface', () => {
  it.each(REPORTED)(
    'of %s is what its report says (else look at the change, and run `npm run api`)',
    async (folder) => {
      expect(await apiReport(folder)).toBe(await readFile(reportPath(folder), 'utf8'));
    },
  );

  it('names what every entry point exports, and declares each name once', async () => {
    const report = await apiReport('packages/core');
    expect(report).toMatch(
      /## @fr-stream\/core\/tracking\n\n(?:\w+\n)*AppearanceTracker\n(?:\w+\n)*ByteTracker\n/,
    );
    expect(report.match(/^class ByteTracker /gm)).toHaveLength(1);
    expect(report).not.toContain('#private');
  });
});

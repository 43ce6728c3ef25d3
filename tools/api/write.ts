import { writeFile } from 'node:fs/promises';
import { apiReports, REPORTED, reportPath } from './report.js';

const reports = await apiReports(REPORTED);
for (const [i, folder] of REPORTED.entries()) {
  await writeFile(reportPath(folder), reports[i] ?? '');
  console.log(`wrote ${reportPath(folder)}`);
}

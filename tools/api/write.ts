import { writeFile } from 'node:fs/promises';
import { apiReport, REPORTED, reportPath } from './report.js';

for (const folder of REPORTED) {
  await writeFile(reportPath(folder), await apiReport(folder));
  console.log(`wrote ${reportPath(folder)}`);
}

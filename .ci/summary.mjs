// Adds up vitest's JSON results and prints "N passed, N failed".
// Usage: node .ci/summary.mjs <status so far, 0 or 1> <results.json…>
import { readFileSync } from 'node:fs';

const [status, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of files) {
  const results = read(file);
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  // A file that does not load, or whose set-up fails, fails without a single failed test.
  failed += results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
}
// What failed outside of any test, such as the type check, still has to show in the count.
if (status !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}

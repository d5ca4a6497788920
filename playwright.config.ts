import { defineConfig } from '@playwright/test'

/** End-to-end tests in real Electron windows. `npm test -- --only e2e` builds the client and brings a display. */
export default defineConfig({
  testDir: 'test/e2e',
  // Windows share one keyboard focus.
  workers: 1,
  fullyParallel: false,
  // The spare Electron of the npm registry now and then dies at launch. What passed only when repeated is named in the summary.
  retries: 1,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  outputDir: 'test-results/e2e',
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
})

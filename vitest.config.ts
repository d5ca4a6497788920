import { defineConfig } from 'vitest/config'

/** One project a kind of test, so that each can be run and counted by itself: `npm test -- --only unit`. */
function project(name: string, timeoutMs: number) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      environment: 'node',
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
    },
  }
}

export default defineConfig({
  test: {
    // Two cores: more workers than that only wait for each other.
    maxWorkers: 2,
    projects: [
      project('unit', 10_000),
      project('property', 60_000),
      project('migrations', 60_000),
      project('integration', 60_000),
      project('chaos', 600_000),
      project('checks', 180_000),
    ],
  },
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..', '..')
const readSource = (path: string): string =>
  readFileSync(join(root, path), 'utf8').replaceAll(/'(?:\.\.\/)+/g, "'")

// Neither side may import the other, and what both may import has no platform (decision 2026-11-22-packages-without-a-line.md).
test('the server seals packages by the very text by which the client does', () => {
  expect(readSource('src-server/packages/sealing.ts')).toBe(
    readSource('src-main/backend/packages/sealing.ts'),
  )
})

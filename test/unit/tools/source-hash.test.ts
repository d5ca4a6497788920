import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourceHash } from '../../../tools/build/source-hash.ts'

test('changes with a content and a name, not with what is not asked for', () => {
  const root = mkdtempSync(join(tmpdir(), 'jufutong-hash-'))
  mkdirSync(join(root, 'src', 'deep'), { recursive: true })
  writeFileSync(join(root, 'src', 'a.ts'), 'a')
  writeFileSync(join(root, 'src', 'deep', 'b.ts'), 'b')
  const before = sourceHash(root, ['src', 'absent'])

  writeFileSync(join(root, 'other.ts'), 'c')
  expect(sourceHash(root, ['src', 'absent'])).toBe(before)

  writeFileSync(join(root, 'src', 'deep', 'b.ts'), 'B')
  const changed = sourceHash(root, ['src', 'absent'])
  expect(changed).not.toBe(before)

  writeFileSync(join(root, 'src', 'deep', 'b.ts'), 'b')
  expect(sourceHash(root, ['src', 'absent'])).toBe(before)

  renameSync(join(root, 'src', 'a.ts'), join(root, 'src', 'c.ts'))
  expect(sourceHash(root, ['src', 'absent'])).not.toBe(before)
})

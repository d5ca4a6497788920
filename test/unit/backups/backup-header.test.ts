import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BackupFault } from '../../../src-main/backend/backups/backup-fault.ts'
import {
  decodeHeader,
  encodeHeader,
  PREFIX_BYTES,
  readHeaderLength,
} from '../../../src-main/backend/backups/backup-header.ts'
import { unwrapStoreKey, wrapStoreKey } from '../../../src-main/backend/backups/backup-key.ts'
import type { BackupHeader } from '../../../src-shared/contract/backup-types.ts'

const header: BackupHeader = {
  app: '0.1.0',
  schema: 230,
  madeAt: 1_790_000_000_000,
  station: { code: '001', name: '丹心服务站' },
  replica: '7a0f8e1e-3b0e-4d3e-9c77-0c3a0a4d1a11',
  series: null,
  records: { resident: 12, dwelling: 3 },
  photos: 2,
  waitingOps: 4,
  drafts: 1,
  storeBytes: 1_048_576,
  keyWrap: {
    kdf: { name: 'scrypt', n: 131_072, r: 8, p: 1, salt: 'AAAA' },
    nonce: 'AAAA',
    bytes: 'AAAA',
    tag: 'AAAA',
  },
}

const decode = (bytes: Buffer): BackupHeader => {
  const length = readHeaderLength(bytes.subarray(0, PREFIX_BYTES))
  return decodeHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length))
}

const kindOf = (act: () => unknown): string => {
  try {
    act()
    return 'none'
  } catch (error) {
    return error instanceof BackupFault ? error.kind : String(error)
  }
}

describe('the header of a backup', () => {
  test('comes back as it was', () => {
    expect(decode(encodeHeader(header))).toEqual(header)
  })

  test('of a newer format is told from a damaged one', () => {
    const bytes = encodeHeader(header)
    bytes[5] = 2
    expect(kindOf(() => decode(bytes))).toBe('newerFormat')
    bytes[5] = 0
    expect(kindOf(() => decode(bytes))).toBe('damaged')
  })

  test.each([
    ['an unknown member', { ...header, name: '张三' }],
    [
      'a KDF that would take all memory',
      { ...header, keyWrap: { ...header.keyWrap, kdf: { ...header.keyWrap.kdf, n: 2 ** 30 } } },
    ],
    [
      'a KDF that is none',
      { ...header, keyWrap: { ...header.keyWrap, kdf: { ...header.keyWrap.kdf, n: 2 } } },
    ],
    ['no store', { ...header, storeBytes: 0 }],
    ['a negative count', { ...header, drafts: -1 }],
  ])('with %s is refused', (_, value) => {
    expect(kindOf(() => decodeHeader(Buffer.from(JSON.stringify(value))))).toBe('damaged')
  })

  test('cut off or changed anywhere it ends in a sentence, never in another error', () => {
    const whole = encodeHeader(header)
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        (length, changes) => {
          const bytes = Buffer.from(whole)
          for (const [at, value] of changes) bytes[at] = value
          const kind = kindOf(() => decode(bytes.subarray(0, length)))
          expect(['none', 'foreign', 'newerFormat', 'truncated', 'damaged']).toContain(kind)
          if (length < whole.length) expect(kind).not.toBe('none')
        },
      ),
      { numRuns: 500 },
    )
  })

  test('of no bytes or of other files is foreign', () => {
    for (const text of ['', 'SQLite format 3\0', 'PK\u0003\u0004xxxxxxxxxxxx', '{"format":1}'])
      expect(kindOf(() => readHeaderLength(Buffer.from(text)))).toBe('foreign')
  })
})

test(
  'the store’s key comes back by its password alone, and not where the parameters were changed',
  { timeout: 60_000 },
  async () => {
    const key = Buffer.alloc(32, 9)
    const wrap = await wrapStoreKey(key, 'Ⅻ-全角密码-０１２')
    // As another input method writes the same characters.
    expect((await unwrapStoreKey(wrap, 'XII-全角密码-012'))?.equals(key)).toBe(true)
    expect(await unwrapStoreKey(wrap, 'xii-全角密码-012')).toBeUndefined()
    expect(await unwrapStoreKey({ ...wrap, kdf: { ...wrap.kdf, r: 7 } }, 'XII-全角密码-012')).toBeUndefined()
    expect(await unwrapStoreKey({ ...wrap, tag: 'AAAA' }, 'XII-全角密码-012')).toBeUndefined()
    expect(JSON.stringify(wrap)).not.toContain(key.toString('base64'))
  },
)

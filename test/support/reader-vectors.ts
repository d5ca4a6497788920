import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of a hexadecimal text. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

type Vectors = {
  readonly requests: Readonly<Record<RequestVector, string>>
  readonly responses: Readonly<Record<ResponseVector, string>>
  readonly bad: Readonly<Record<BadVector, string>>
  readonly text: Readonly<Record<'resident' | 'hmt_J' | 'foreign_I' | 'foreign_Y', string>>
  readonly samId: { readonly hex: string; readonly string: string }
  readonly hid: {
    readonly [Name in 'raw64' | 'lenPrefix' | 'miaxis' as `${Name}_find` | `${Name}_findOk`]: readonly [
      string,
    ]
  } & { readonly [Name in 'raw64' | 'lenPrefix' | 'miaxis' as `${Name}_read3001_count`]: number }
}
type RequestVector = 'status' | 'samId' | 'find' | 'select' | 'readTextPhoto' | 'readNewAddress'
type ResponseVector =
  | ('ok90' | 'statusSelfTestFail60' | 'samId' | 'findOk9F' | 'findFail80' | 'selectOk90' | 'selectFail81')
  | ('readFail41' | 'noSuchContent91' | 'chkErr10' | 'lenErr11' | 'cmdErr21' | 'noPermission23' | 'unknown24')
  | ('cardAuthSam31' | 'samAuthCard32' | 'verify33' | 'typeErr40' | 'random47' | 'unauth66')
  | ('readFail41_withSW' | 'newAddress1' | 'read3001_resident' | 'read3001_hmt_J' | 'read3001_foreign_I')
  | ('read3001_foreign_Y' | 'read3010_resident_2fp' | 'read3010_resident_1fp' | 'read3010_resident_0fp')
type BadVector =
  | ('chkWrong' | 'preambleWrong' | 'truncated' | 'oversizeLen' | 'lenZero' | 'lenTooShort3')
  | ('noiseThenGood' | 'extraAA' | 'twoFrames' | 'wrongPublicExample_2001_21')

const file = join(import.meta.dirname, '..', 'fixtures', 'readers', 'id-card-vectors.json')

/** Frames, text blocks and reports of synthetic persons, gathered from vendor papers. */
export const readerVectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

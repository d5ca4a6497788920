import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proofText } from '../../../src-shared/contract/enrolment-messages.ts'
import { groupFingerprint } from '../../../src-shared/values/fingerprint.ts'

const document = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'line-protocol.md'), 'utf8')

test('the vector of the written protocol is what the program signs', () => {
  const seed = /seed of the key `([0-9a-f]{64})`/.exec(document)?.[1] ?? ''
  // PKCS #8 of an Ed25519 key (RFC 8410) is this head and the seed.
  const key = createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  })
  expect(document).toContain(`\`${createPublicKey(key).export({ format: 'jwk' }).x}\``)
  const body = /with the body `([^`]+)`/.exec(document)?.[1] ?? ''
  const text = proofText({
    method: 'POST',
    path: '/account/1/refresh',
    replica: (JSON.parse(body) as { replica: string }).replica,
    at: 1_795_305_600_000,
    nonce: Buffer.from('101112131415161718191a1b1c1d1e1f', 'hex').toString('base64url'),
    bodyHash: createHash('sha256').update(body).digest('hex'),
  })
  expect(document).toContain(`\`\`\`\n${text}\n\`\`\``)
  expect(document).toContain(`\`${sign(null, Buffer.from(text), key).toString('base64url')}\``)
})

test('a fingerprint is read in 16 groups of four, however it was written', () => {
  const digits = 'ab'.repeat(32)
  const groups = Array.from({ length: 16 }, () => 'ABAB').join(' ')
  expect(groupFingerprint(digits)).toBe(groups)
  expect(groupFingerprint((digits.match(/../g) ?? []).join(':'))).toBe(groups)
  expect(groupFingerprint(groups)).toBe(groups)
})

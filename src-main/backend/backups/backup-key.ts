import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import type { KeyWrap } from '../../../src-shared/contract/backup-types.ts'

/** 128 MiB and some 0.4 s of a clerk's PC for each guess. */
const KDF = { name: 'scrypt', n: 131_072, r: 8, p: 1 } as const
const SALT_BYTES = 32
const NONCE_BYTES = 12
const KEY_BYTES = 32

/** What the password makes, in a thread of the library: keys are answered meanwhile. */
function derive(password: string, kdf: KeyWrap['kdf']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      // One way to write a character: an input method may give another.
      Buffer.from(password.normalize('NFKC'), 'utf8'),
      Buffer.from(kdf.salt, 'base64'),
      KEY_BYTES,
      { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: 256 * kdf.n * kdf.r },
      (error, key) => {
        if (error) reject(error)
        else resolve(key)
      },
    )
  })
}

/** The parameters are bound to what they protect. */
function boundText(kdf: KeyWrap['kdf']): Buffer {
  return Buffer.from(`jufutong backup 1 ${kdf.name} ${kdf.n} ${kdf.r} ${kdf.p} ${kdf.salt}`, 'utf8')
}

/** Encrypts the store's key under a password; the password itself is kept nowhere. */
export async function wrapStoreKey(storeKey: Buffer, password: string): Promise<KeyWrap> {
  const kdf = { ...KDF, salt: randomBytes(SALT_BYTES).toString('base64') }
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', await derive(password, kdf), nonce)
  cipher.setAAD(boundText(kdf))
  const bytes = Buffer.concat([cipher.update(storeKey), cipher.final()])
  return {
    kdf,
    nonce: nonce.toString('base64'),
    bytes: bytes.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  }
}

/** The store's key, or undefined where the password is another one (or the wrap was changed). */
export async function unwrapStoreKey(wrap: KeyWrap, password: string): Promise<Buffer | undefined> {
  const key = await derive(password, wrap.kdf)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(wrap.nonce, 'base64'), {
      authTagLength: 16,
    })
    decipher.setAAD(boundText(wrap.kdf))
    decipher.setAuthTag(Buffer.from(wrap.tag, 'base64'))
    const storeKey = Buffer.concat([decipher.update(Buffer.from(wrap.bytes, 'base64')), decipher.final()])
    return storeKey.length === KEY_BYTES ? storeKey : undefined
  } catch {
    return undefined
  }
}

/** The key of the HMAC over a whole backup: only who can open the store can make it. */
export function macKeyOf(storeKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', storeKey, '', 'jufutong backup mac', KEY_BYTES))
}

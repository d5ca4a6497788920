import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { StoreFailure, toStoreFailure } from './store-failure.ts'
import { writeFileSafely } from './write-file-safely.ts'

/** The operating system's key store as Electron's main process reaches it. Null means that it cannot. */
export type KeyStore = {
  readonly wrap: (bytes: Buffer) => Promise<Buffer | null>
  readonly unwrap: (bytes: Buffer) => Promise<Buffer | null>
}

export type StoreKey = {
  readonly key: Buffer
  readonly protection: 'operatingSystem' | 'keyFile'
}

const envelope = z.object({
  format: z.literal(1),
  /** `operatingSystem`: `bytes` is what the key store made of the key. `keyFile`: the key itself. */
  protection: z.enum(['operatingSystem', 'keyFile']),
  /** Base64. */
  bytes: z.base64(),
})

/**
 * Reads the key of a store, or makes one when neither key nor database exists. A new key is wrapped by the operating
 * system's key store when that can give it back at once, else it lies in a file that only the owner may read.
 *
 * @throws StoreFailure `keyMissing` when a database exists whose key cannot be had: no new key is ever made then
 */
export async function readOrMakeKey(
  keyFile: string,
  databaseFile: string,
  keyStore: KeyStore,
): Promise<StoreKey> {
  if (existsSync(keyFile)) return await readKey(keyFile, keyStore)
  if (existsSync(databaseFile)) {
    throw new StoreFailure('keyMissing', `找到数据库 ${databaseFile},但没有密钥文件 ${keyFile}`)
  }
  return await makeKey(keyFile, keyStore)
}

async function readKey(keyFile: string, keyStore: KeyStore): Promise<StoreKey> {
  let text: string
  try {
    text = readFileSync(keyFile, 'utf8')
  } catch (error) {
    throw toStoreFailure(error, keyFile)
  }
  const parsed = envelope.safeParse(parseJson(text))
  if (!parsed.success) throw new StoreFailure('keyMissing', `密钥文件 ${keyFile} 内容已损坏`)
  const bytes = Buffer.from(parsed.data.bytes, 'base64')
  const key = parsed.data.protection === 'keyFile' ? bytes : await keyStore.unwrap(bytes)
  if (key === null) throw new StoreFailure('keyMissing', '操作系统的密钥库没有给出密钥')
  if (key.length !== 32) throw new StoreFailure('keyMissing', `密钥文件 ${keyFile} 中的密钥长度不对`)
  return { key, protection: parsed.data.protection }
}

async function makeKey(keyFile: string, keyStore: KeyStore): Promise<StoreKey> {
  const key = randomBytes(32)
  const wrapped = await wrapProven(key, keyStore)
  const protection = wrapped === null ? 'keyFile' : 'operatingSystem'
  try {
    const content = { format: 1, protection, bytes: (wrapped ?? key).toString('base64') }
    writeFileSafely(keyFile, `${JSON.stringify(content)}\n`)
  } catch (error) {
    throw toStoreFailure(error, keyFile)
  }
  return { key, protection }
}

/** A key store that takes a key but does not give it back would lock the clerk out at the next start. */
async function wrapProven(key: Buffer, keyStore: KeyStore): Promise<Buffer | null> {
  const wrapped = await keyStore.wrap(key)
  if (wrapped === null) return null
  const back = await keyStore.unwrap(wrapped)
  return back?.equals(key) === true ? wrapped : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

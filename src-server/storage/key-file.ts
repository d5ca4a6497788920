import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ServerSetupError } from './setup-error.ts'

/** Bytes of a raw SQLCipher key. */
const KEY_BYTES = 32

/**
 * Reads the key of an encrypted file: 64 hexadecimal digits, readable by its owner alone.
 * @throws ServerSetupError where it is missing, damaged or open to others
 */
export function readKeyFile(file: string): Buffer {
  let text: string
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new ServerSetupError(`密钥文件 ${file} 别人也能读取,请先运行:chmod 600 ${file}`)
    }
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (error instanceof ServerSetupError) throw error
    throw new ServerSetupError(
      `密钥文件读不了:${file}。没有密钥就打不开数据库;请把备份的密钥文件放回原处,或用 JUFUTONG_SERVER_KEY_FILE 指明。`,
    )
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new ServerSetupError(`密钥文件 ${file} 的内容不对(应为64位十六进制数),请放回备份的密钥文件。`)
  }
  return Buffer.from(text, 'hex')
}

/** Reads the key, making a new one where there is no such file. Two programs that start at once get the same key. */
export function readOrMakeKeyFile(file: string): Buffer {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return readKeyFile(file)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const whole = `${file}.${process.pid}.new`
  const handle = openSync(whole, 'w', 0o600)
  try {
    writeSync(handle, `${randomBytes(KEY_BYTES).toString('hex')}\n`)
    // A database whose key was not yet on the disk would be lost in a power cut.
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(whole, file)
  } catch (error) {
    // Another program was first: its key counts.
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    rmSync(whole, { force: true })
  }
  return readKeyFile(file)
}

import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ServerSetupError } from '../storage/setup-error.ts'

/** Where a server's certificates stand. */
export type TlsPlace = {
  /** Of the server's certificate (with the authority's behind it), its key, and the authority's certificate. */
  readonly folder: string
  /** The authority's private key; the running server does not need it. */
  readonly authorityKeyFile: string
}

/** What a TLS server listens with. */
export type TlsFiles = {
  /** PEM: the server's certificate, then the authority's. */
  readonly certificate: string
  readonly privateKey: string
  /** PEM of the authority's certificate. */
  readonly authority: string
}

/** Names of the files in {@link TlsPlace.folder}. */
export const TLS_FILE_NAMES = {
  certificate: 'server.pem',
  privateKey: 'server-key.pem',
  authority: 'authority.pem',
} as const

/**
 * The files of a TLS server, or undefined where `init-tls` was never run.
 * @throws ServerSetupError where some are missing or damaged, do not belong together, have ended, or others may read the key
 */
export function findTlsFiles(place: TlsPlace, now: number): TlsFiles | undefined {
  const path = (name: keyof typeof TLS_FILE_NAMES): string => join(place.folder, TLS_FILE_NAMES[name])
  const names = Object.keys(TLS_FILE_NAMES) as (keyof typeof TLS_FILE_NAMES)[]
  const missing = names.filter((name) => !existsSync(path(name)))
  if (missing.length === names.length) return undefined
  if (missing.length > 0) {
    throw new ServerSetupError(
      `TLS 文件不全:缺 ${missing.map(path).join('、')}。请放回原来的文件,或重新运行 init-tls。`,
    )
  }
  requireOwnerOnly(path('privateKey'))
  const files = {
    certificate: readFileSync(path('certificate'), 'utf8'),
    privateKey: readFileSync(path('privateKey'), 'utf8'),
    authority: readFileSync(path('authority'), 'utf8'),
  }
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(files.certificate)
    const authority = new X509Certificate(files.authority)
    const isWhole =
      certificate.checkPrivateKey(createPrivateKey(files.privateKey)) &&
      certificate.verify(authority.publicKey)
    if (!isWhole) throw new Error('files of different servers')
  } catch (error) {
    throw new ServerSetupError(
      `${place.folder} 中的 TLS 文件损坏或不是一套(${error instanceof Error ? error.message : String(error)})。请放回原来的文件,或重新运行 init-tls。`,
    )
  }
  if (Date.parse(certificate.validTo) <= now) {
    throw new ServerSetupError(
      `服务器的证书已于 ${certificate.validTo} 到期,各站不会再连接。请运行 init-tls 更新(指纹不变)。`,
    )
  }
  return files
}

/** @throws ServerSetupError where anybody but the owner may read a private key */
export function requireOwnerOnly(file: string): void {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return
  throw new ServerSetupError(`私钥文件 ${file} 别人也能读取,请先运行:chmod 600 ${file}`)
}

/** Writes a file that its owner alone can read, whole or not at all. */
export function writeOwnerFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const whole = `${file}.new`
  const handle = openSync(whole, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(whole, file)
}

/** IP addresses and host names of a server's certificate, in their order. */
export function listNames(certificate: string): readonly string[] {
  const text = new X509Certificate(certificate).subjectAltName ?? ''
  return [...text.matchAll(/(?:IP Address|DNS):([^,\s]+)/g)].map((match) => match[1] ?? '')
}

/** SHA-256 (base64url) of a certificate's SubjectPublicKeyInfo. */
export function pinOf(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(key).digest('base64url')
}

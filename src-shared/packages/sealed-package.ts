import {
  PACKAGE_MAGIC,
  PACKAGE_VERSION,
  packageHeader,
  SIGNATURE_BYTES,
  type PackageHeader,
} from '../contract/package-messages.ts'

/**
 * What sealing needs of the platform, the same on both sides. Public keys are 32 raw bytes in base64url; private keys are
 * whatever the tools themselves made.
 */
export type SealingTools = {
  readonly bytesOf: (text: string) => Uint8Array
  readonly textOf: (bytes: Uint8Array) => string
  readonly toBase64Url: (bytes: Uint8Array) => string
  readonly fromBase64Url: (text: string) => Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  /** X25519. */
  readonly makeSealingKeys: () => KeyPair
  /** 32 bytes: HKDF-SHA-256 (RFC 5869) of the X25519 secret (RFC 7748). */
  readonly deriveKey: (privateKey: string, publicKey: string, salt: Uint8Array, info: string) => Uint8Array
  /** AES-256-GCM; the 16 bytes of its tag follow on the content. */
  readonly encrypt: (
    key: Uint8Array,
    nonce: Uint8Array,
    content: Uint8Array,
    header: Uint8Array,
  ) => Uint8Array
  /** Undefined where the tag does not fit. */
  readonly decrypt: (
    key: Uint8Array,
    nonce: Uint8Array,
    content: Uint8Array,
    header: Uint8Array,
  ) => Uint8Array | undefined
  /** Ed25519 (RFC 8032) of the SHA-256 of the content: signing itself would read a large file twice. */
  readonly sign: (privateKey: string, content: Uint8Array) => Uint8Array
  readonly isSigned: (publicKey: string, content: Uint8Array, signature: Uint8Array) => boolean
  readonly concat: (parts: readonly Uint8Array[]) => Uint8Array
}

export type KeyPair = { readonly publicKey: string; readonly privateKey: string }

/** Why a file cannot be taken; `message` is a Chinese sentence that says what to do. Nothing was changed. */
export class PackageFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PackageFault'
  }
}

export const DAMAGED_PACKAGE =
  '同步包不完整或已损坏,没有导入,什么也没有改动。请从原来的电脑重新复制,或重新导出。'

/** A package whose outside is whole and whose signature fits its own header; who the signer is has still to be judged. */
export type ReadPackage = {
  readonly header: PackageHeader
  readonly outside: Uint8Array
  readonly sealed: Uint8Array
}

/** Seals content for a recipient and signs the whole. */
export function sealPackage(
  tools: SealingTools,
  parts: {
    readonly header: Omit<PackageHeader, 'ephemeral' | 'nonce' | 'signer'>
    readonly signer: KeyPair
    readonly content: Uint8Array
  },
): Uint8Array {
  const ephemeral = tools.makeSealingKeys()
  const nonce = tools.randomBytes(12)
  const header: PackageHeader = {
    ...parts.header,
    signer: parts.signer.publicKey,
    ephemeral: ephemeral.publicKey,
    nonce: tools.toBase64Url(nonce),
  }
  const text = tools.bytesOf(JSON.stringify(header))
  const outside = tools.concat([tools.bytesOf(PACKAGE_MAGIC), lengthBytes(text.length), text])
  const key = tools.deriveKey(ephemeral.privateKey, header.recipient, saltOf(tools, header), infoOf(header))
  const whole = tools.concat([outside, tools.encrypt(key, nonce, parts.content, outside)])
  return tools.concat([whole, tools.sign(parts.signer.privateKey, whole)])
}

/**
 * Reads the outside of a package.
 * @throws PackageFault where it is none, cut short, altered, or of another version
 */
export function readPackage(tools: SealingTools, bytes: Uint8Array): ReadPackage {
  const magic = tools.bytesOf(PACKAGE_MAGIC)
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    throw new PackageFault('这个文件不是居服通的同步包,没有导入。请选择扩展名为 .jufutong-package 的文件。')
  }
  const headerStart = magic.length + 4
  const headerEnd = headerStart + readLength(bytes, magic.length)
  const sealedEnd = bytes.length - SIGNATURE_BYTES
  if (headerEnd > sealedEnd) throw new PackageFault(DAMAGED_PACKAGE)
  const header = readHeader(tools, bytes.subarray(headerStart, headerEnd))
  const isWhole = tools.isSigned(header.signer, bytes.subarray(0, sealedEnd), bytes.subarray(sealedEnd))
  if (!isWhole) throw new PackageFault(DAMAGED_PACKAGE)
  return { header, outside: bytes.subarray(0, headerEnd), sealed: bytes.subarray(headerEnd, sealedEnd) }
}

/**
 * Opens the inside of a package by the private key it was sealed for.
 * @throws PackageFault where it was sealed for another one
 */
export function openPackage(tools: SealingTools, read: ReadPackage, privateKey: string): Uint8Array {
  const { header } = read
  let key: Uint8Array
  try {
    key = tools.deriveKey(privateKey, header.ephemeral, saltOf(tools, header), infoOf(header))
  } catch {
    // Some points give no secret.
    throw new PackageFault(DAMAGED_PACKAGE)
  }
  const content = tools.decrypt(key, tools.fromBase64Url(header.nonce), read.sealed, read.outside)
  if (!content) throw new PackageFault(DAMAGED_PACKAGE)
  return content
}

function readHeader(tools: SealingTools, bytes: Uint8Array): PackageHeader {
  let json: unknown
  try {
    json = JSON.parse(tools.textOf(bytes))
  } catch {
    throw new PackageFault(DAMAGED_PACKAGE)
  }
  const version =
    typeof json === 'object' && json !== null && 'version' in json ? Number(json.version) : Number.NaN
  if (Number.isInteger(version) && version !== PACKAGE_VERSION) {
    throw new PackageFault(
      version > PACKAGE_VERSION
        ? `同步包由更新版本的程序导出(格式第${version}版),没有导入。请先升级这里的程序。`
        : `同步包由太旧的程序导出(格式第${version}版),没有导入。请升级原来电脑的程序后重新导出。`,
    )
  }
  const header = packageHeader.safeParse(json)
  if (!header.success) throw new PackageFault(DAMAGED_PACKAGE)
  return header.data
}

function saltOf(tools: SealingTools, header: PackageHeader): Uint8Array {
  return tools.concat([tools.fromBase64Url(header.ephemeral), tools.fromBase64Url(header.recipient)])
}

function infoOf(header: PackageHeader): string {
  return `jufutong-package-${header.version}/${header.kind}`
}

function lengthBytes(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff)
}

function readLength(bytes: Uint8Array, at: number): number {
  let length = 0
  for (let index = at; index < at + 4; index += 1) length = length * 256 + (bytes[index] ?? 0)
  return length
}

/** What stands inside: lines of JSON, then bytes. */
export function joinContent(
  tools: SealingTools,
  lines: Uint8Array,
  photos: readonly Uint8Array[],
): Uint8Array {
  return tools.concat([lengthBytes(lines.length), lines, ...photos])
}

/** The inverse of {@link joinContent}. @throws PackageFault */
export function splitContent(content: Uint8Array): {
  readonly lines: Uint8Array
  readonly photos: Uint8Array
} {
  const end = 4 + readLength(content, 0)
  if (content.length < 4 || end > content.length) throw new PackageFault(DAMAGED_PACKAGE)
  return { lines: content.subarray(4, end), photos: content.subarray(end) }
}

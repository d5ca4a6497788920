import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { MAX_PACKAGE_CONTENT } from '../../src-shared/contract/package-messages.ts'
import {
  DAMAGED_PACKAGE,
  PackageFault,
  type KeyPair,
  type SealingTools,
} from '../../src-shared/packages/sealed-package.ts'

const TAG_BYTES = 16

/** Sealing by this platform's own cryptography. The server's half and the client's are the same: neither may import the other. */
export const sealing: SealingTools = {
  bytesOf: (text) => Buffer.from(text, 'utf8'),
  textOf: (bytes) => Buffer.from(bytes).toString('utf8'),
  toBase64Url: (bytes) => Buffer.from(bytes).toString('base64url'),
  fromBase64Url: (text) => Buffer.from(text, 'base64url'),
  randomBytes,
  makeSealingKeys: () => makeKeys('x25519'),
  deriveKey: (privateKey, publicKey, salt, info) => {
    const secret = diffieHellman({
      privateKey: readPrivateKey(privateKey),
      publicKey: readPublicKey('X25519', publicKey),
    })
    return Buffer.from(hkdfSync('sha256', secret, salt, info, 32))
  },
  encrypt: (key, nonce, content, header) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(header)
    return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
  },
  decrypt: (key, nonce, content, header) => {
    if (content.length < TAG_BYTES) return undefined
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(header)
    decipher.setAuthTag(content.subarray(-TAG_BYTES))
    try {
      return Buffer.concat([decipher.update(content.subarray(0, -TAG_BYTES)), decipher.final()])
    } catch {
      return undefined
    }
  },
  sign: (privateKey, content) => sign(null, digestOf(content), readPrivateKey(privateKey)),
  isSigned: (publicKey, content, signature) => {
    try {
      return verify(null, digestOf(content), readPublicKey('Ed25519', publicKey), signature)
    } catch {
      // Not every 32 bytes are a key.
      return false
    }
  },
  concat: (parts) => Buffer.concat(parts),
}

/** A new pair: the public key raw, the private one as PKCS #8, both in base64url. */
export function makeKeys(kind: 'ed25519' | 'x25519'): KeyPair {
  // The overloads of the library name each kind.
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  return {
    publicKey: String(publicKey.export({ format: 'jwk' }).x),
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
  }
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}

function readPrivateKey(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' })
}

function readPublicKey(curve: 'Ed25519' | 'X25519', text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x: text }, format: 'jwk' })
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Off the thread that serves others. */
export function pack(content: Uint8Array): Promise<Buffer> {
  return compress(content, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
}

/** @throws PackageFault where it is not what {@link pack} makes, or unfolds to more than a package may be */
export async function unpack(packed: Uint8Array): Promise<Buffer> {
  try {
    return await decompress(packed, { maxOutputLength: MAX_PACKAGE_CONTENT })
  } catch {
    throw new PackageFault(DAMAGED_PACKAGE)
  }
}

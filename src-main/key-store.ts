import { safeStorage } from 'electron'

/** Bytes are base64 in both directions; null with a reason where the operating system offers no key store. */
export type KeyStoreAnswer = { readonly bytes: string | null; readonly reason: string | null }

/**
 * Wraps (encrypts) or unwraps a key with the operating system's key store: DPAPI on Windows, the Keychain on macOS,
 * libsecret or KWallet on Linux. Never throws: a refusal is an answer, upon which the backend uses its key file.
 */
export async function askKeyStore(act: 'wrap' | 'unwrap', bytes: string): Promise<KeyStoreAnswer> {
  try {
    // On Linux without a key ring Electron would "encrypt" with a constant that stands in its source.
    if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') {
      return { bytes: null, reason: 'no key ring on this system' }
    }
    return { bytes: act === 'wrap' ? await wrap(bytes) : await unwrap(bytes), reason: null }
  } catch (error) {
    return { bytes: null, reason: error instanceof Error ? error.message : String(error) }
  }
}

async function wrap(bytes: string): Promise<string> {
  if (await isAsyncOffered()) return (await safeStorage.encryptStringAsync(bytes)).toString('base64')
  if (!safeStorage.isEncryptionAvailable()) throw new Error('key store not available')
  return safeStorage.encryptString(bytes).toString('base64')
}

async function unwrap(bytes: string): Promise<string> {
  const wrapped = Buffer.from(bytes, 'base64')
  if (await isAsyncOffered()) return (await safeStorage.decryptStringAsync(wrapped)).result
  if (!safeStorage.isEncryptionAvailable()) throw new Error('key store not available')
  return safeStorage.decryptString(wrapped)
}

/** The typings are Electron 45's; the registry-only Electron 33 has no asynchronous calls yet. */
async function isAsyncOffered(): Promise<boolean> {
  return 'isAsyncEncryptionAvailable' in safeStorage && (await safeStorage.isAsyncEncryptionAvailable())
}

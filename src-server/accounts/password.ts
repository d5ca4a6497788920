import { hash, verify } from '@node-rs/argon2'

/** Argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet). */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** The least characters of a new password. */
export const MINIMUM_PASSWORD_LENGTH = 8

/** PHC string of a new password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS)
}

let decoy: Promise<string> | undefined

/**
 * Whether the password fits. An account that does not exist (`stored` undefined) takes the same work, so that the time of
 * the answer does not tell which names exist.
 */
export async function isPasswordRight(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('no account has this password')
  const isRight = await verify(stored ?? (await decoy), password)
  return stored !== undefined && isRight
}

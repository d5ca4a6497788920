import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A lock folder without a readable owner for this long was left by a crash between two calls. */
const ownerlessLimitMs = 10_000

/**
 * Runs `work` while holding a lock that other processes of this machine respect, so that two commands started at
 * once never install or unpack the same thing at the same time. Waits as long as the holder lives.
 * @template Result
 * @param {string} lockPath path of the lock folder; its parent is made when missing
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(lockPath, work) {
  mkdirSync(dirname(lockPath), { recursive: true })
  let isWaitAnnounced = false
  while (!tryLock(lockPath)) {
    if (isAbandoned(lockPath)) {
      rmSync(lockPath, { recursive: true, force: true })
      continue
    }
    if (!isWaitAnnounced) console.log(`Waiting for another command that holds ${lockPath} …`)
    isWaitAnnounced = true
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  try {
    return await work()
  } finally {
    rmSync(lockPath, { recursive: true, force: true })
  }
}

/** @param {string} lockPath */
function tryLock(lockPath) {
  try {
    mkdirSync(lockPath)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
  writeFileSync(join(lockPath, 'owner'), String(process.pid))
  return true
}

/** @param {string} lockPath */
function isAbandoned(lockPath) {
  try {
    const owner = Number(readFileSync(join(lockPath, 'owner'), 'utf8'))
    if (Number.isInteger(owner) && owner > 0) return !isAlive(owner)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  try {
    return Date.now() - statSync(lockPath).mtimeMs > ownerlessLimitMs
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** @param {number} processId */
function isAlive(processId) {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}

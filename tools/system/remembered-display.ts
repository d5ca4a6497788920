import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VirtualDisplay } from './virtual-display.ts'

/** Notes where the screen of the newest virtual display is, so that a screenshot can be taken from another terminal. */
export function rememberDisplay(root: string, display: VirtualDisplay): void {
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(notePath(root), display.framebufferPath)
}

/** Path of the newest virtual display's screen dump, or undefined where none is running. */
export function findRememberedScreen(root: string): string | undefined {
  if (!existsSync(notePath(root))) return undefined
  const path = readFileSync(notePath(root), 'utf8')
  return existsSync(path) ? path : undefined
}

function notePath(root: string): string {
  return join(root, '.cache', 'virtual-display')
}

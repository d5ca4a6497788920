import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An X display in memory. */
export type VirtualDisplay = {
  /** Value for DISPLAY, such as `:99`. */
  readonly name: string
  /** The display's memory as a file in XWD form: see `readScreen`. */
  readonly framebufferPath: string
  readonly processId: number
  readonly stop: () => void
}

const startLimitMs = 20_000

/**
 * Starts an Xvfb of its own on a display number that is free (Xvfb picks it), reachable only on this machine.
 *
 * @throws {Error} when it cannot be started
 */
export async function startVirtualDisplay(): Promise<VirtualDisplay> {
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-display-'))
  const screen = ['-screen', '0', '1600x1000x24', '-fbdir', folder, '-nolisten', 'tcp', '-dpi', '96']
  // Descriptor 3 is where Xvfb writes the number once it serves.
  const child = spawn('Xvfb', ['-displayfd', '3', ...screen], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl+C must not take the screen away from a client that is just quitting.
    detached: true,
  })
  const number = await new Promise<string>((resolve, reject) => {
    let errors = ''
    let answer = ''
    const timer = setTimeout(() => {
      reject(new Error(`Xvfb did not start: ${errors}`))
    }, startLimitMs)
    child.stderr?.on('data', (chunk) => (errors += String(chunk)))
    child.stdio[3]?.on('data', (chunk) => {
      answer += String(chunk)
      if (!answer.includes('\n')) return
      clearTimeout(timer)
      resolve(answer.trim())
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`Xvfb ended with code ${String(code)}: ${errors}`))
    })
  })
  // A display left running must not keep our process alive.
  child.unref()
  for (const stream of child.stdio) if (stream && 'unref' in stream) (stream as { unref(): void }).unref()

  return {
    name: `:${number}`,
    framebufferPath: join(folder, 'Xvfb_screen0'),
    processId: child.pid ?? 0,
    stop: () => {
      child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

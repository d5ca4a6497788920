import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { controlProxy } from './control.ts'
import type { ProxyControl, ProxyOptions } from './harm.ts'

/** A proxy in a process of its own: it goes on while the test's own process is busy. @throws where it does not start */
export async function startProxyProcess(
  options: ProxyOptions,
): Promise<ProxyControl & { readonly port: number }> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'proxy-child.ts'),
      ...['--target', String(options.target), '--seed', String(options.seed)],
      ...['--port', String(options.port ?? 0), '--protocol', options.protocol ?? 'http'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stopWithUs = (): void => {
    child.kill()
  }
  process.once('exit', stopWithUs)
  const started = await new Promise<{ readonly port: number; readonly controlPort: number }>(
    (resolve, reject) => {
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.includes('\n')) resolve(JSON.parse(text) as { port: number; controlPort: number })
      })
      child.once('exit', () => reject(new Error(`the proxy ended: ${text}`)))
    },
  )
  const control = controlProxy(started.controlPort)
  return {
    ...control,
    port: started.port,
    close: async () => {
      await control.close()
      await ended
      process.off('exit', stopWithUs)
    },
  }
}

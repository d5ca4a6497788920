import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { SimulatedReader } from './simulated-reader.ts'

/** A line at whose other end the client finds the simulated reader. */
export type SimulatorLine = {
  /** What is typed as the port in 首选项—读卡器. */
  readonly path: string
  /** As if the plug were pulled, also in the middle of an answer. */
  readonly unplug: () => Promise<void>
  readonly plug: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Serves a reader on a TCP port of this machine; 0 takes a free one. One client at a time: a new one takes the line over. */
export async function serveTcp(reader: SimulatedReader, port = 0): Promise<SimulatorLine> {
  let client: Socket | undefined
  let server: Server | undefined
  let bound = port
  reader.onSend((chunk) => {
    if (client?.writable) client.write(chunk)
  })

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const opening = createServer((socket) => {
        client?.destroy()
        client = socket
        socket.setNoDelay(true)
        socket.on('data', (chunk: Buffer) => reader.receive(chunk))
        socket.on('error', () => undefined)
      })
      opening.once('error', reject)
      opening.listen(bound, '127.0.0.1', () => {
        const address = opening.address()
        if (typeof address === 'object' && address !== null) bound = address.port
        server = opening
        resolve()
      })
    })
  }

  function end(): Promise<void> {
    const ending = server
    server = undefined
    client?.destroy()
    client = undefined
    return new Promise((resolve) => {
      if (ending) ending.close(() => resolve())
      else resolve()
    })
  }

  await listen()
  return {
    path: `tcp://127.0.0.1:${bound}`,
    unplug: end,
    plug: async () => {
      if (!server) await listen()
    },
    close: end,
  }
}

/**
 * Makes a serial port that leads to a TCP line, by the program socat (Linux): a real port for the client, which can be
 * unplugged. @throws Error where there is no socat
 */
export async function openPty(tcpPath: string, link: string): Promise<SimulatorLine> {
  const address = tcpPath.replace('tcp://', '')
  let socat: ChildProcess | undefined

  async function plug(): Promise<void> {
    if (socat) return
    rmSync(link, { force: true })
    const started = spawn('socat', [`pty,raw,echo=0,link=${link}`, `tcp:${address},nodelay`], {
      stdio: 'ignore',
    })
    socat = started
    await new Promise<void>((resolve, reject) => {
      const failed = (): void =>
        reject(new Error('socat cannot be started; on Debian: apt-get install socat'))
      started.once('error', failed)
      const timer = setInterval(() => {
        if (!existsSync(link)) return
        clearInterval(timer)
        resolve()
      }, 5)
      started.once('exit', () => {
        clearInterval(timer)
        failed()
      })
    })
  }

  async function unplug(): Promise<void> {
    const ending = socat
    socat = undefined
    if (ending && ending.exitCode === null && ending.signalCode === null) {
      await new Promise((resolve) => {
        ending.once('exit', resolve)
        ending.kill('SIGKILL')
      })
    }
    rmSync(link, { force: true })
  }

  await plug()
  return { path: link, unplug, plug, close: unplug }
}

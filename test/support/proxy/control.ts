import { connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { HarmCounts, ProxyControl } from './harm.ts'

type Command = { readonly act: keyof ProxyControl; readonly argument?: unknown }
type Answer = { readonly result?: unknown; readonly error?: string }

/**
 * Lets other processes steer a proxy: each line on 127.0.0.1:`port` is a JSON {@link Command}, answered by one line of JSON.
 * `close` closes the proxy and then calls `closed`.
 */
export async function openControl(
  proxy: ProxyControl,
  port: number,
  closed: () => void,
): Promise<{ readonly port: number; readonly close: () => void }> {
  async function obey(text: string): Promise<Answer> {
    try {
      const { act, argument } = JSON.parse(text) as Command
      if (!Object.hasOwn(proxy, act) || typeof proxy[act] !== 'function') return { error: `no act ${act}` }
      const result: unknown = await (proxy[act] as (argument: unknown) => unknown)(argument)
      return { result }
    } catch (error) {
      return { error: String(error) }
    }
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    createInterface({ input: socket }).on('line', (text) => {
      void obey(text).then((answer) => {
        socket.write(`${JSON.stringify(answer)}\n`)
        if (text.includes('"act":"close"')) closed()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** The controls of a proxy in another process. @throws (each act) with what the proxy answers instead of a result */
export function controlProxy(controlPort: number): ProxyControl {
  function order(act: keyof ProxyControl, argument?: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: controlPort })
      socket.once('error', reject)
      createInterface({ input: socket }).once('line', (text) => {
        socket.destroy()
        const answer = JSON.parse(text) as Answer
        if (answer.error !== undefined) reject(new Error(answer.error))
        else resolve(answer.result)
      })
      socket.write(`${JSON.stringify({ act, argument } satisfies Command)}\n`)
    })
  }
  const tell =
    (act: keyof ProxyControl) =>
    async (argument?: unknown): Promise<void> => {
      await order(act, argument)
    }
  return {
    setPlan: tell('setPlan'),
    harmNext: tell('harmNext'),
    forgetHarms: tell('forgetHarms'),
    setLine: tell('setLine'),
    setTarget: tell('setTarget'),
    setRefusing: tell('setRefusing'),
    dropAll: tell('dropAll'),
    counts: async () => (await order('counts')) as HarmCounts,
    close: tell('close'),
  }
}

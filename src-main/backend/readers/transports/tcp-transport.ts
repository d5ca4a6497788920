import { connect, type Socket } from 'node:net'
import { isLoopback } from '../../../../src-shared/values/loopback.ts'
import { toTransportFailure, TransportFailure, type ByteTransport } from './byte-transport.ts'

/** The host and port of a `tcp://127.0.0.1:5460`, or undefined for another text. Only this machine itself: a card is read nowhere else. */
export function findTcpAddress(path: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^tcp:\/\/([\w.-]+|\[::1\]):(\d{1,5})$/i.exec(path)
  const host = match?.[1]?.replaceAll(/[[\]]/g, '') ?? ''
  const port = Number(match?.[2])
  return isLoopback(host) && port > 0 && port < 65_536 ? { host, port } : undefined
}

/** A line to a reader's stand-in on this machine (`npm run reader-simulator`), or to a program that hands a port on. */
export function createTcpTransport(path: string): ByteTransport {
  let socket: Socket | undefined
  let hear: (chunk: Uint8Array) => void = () => undefined
  let hearLost: () => void = () => undefined
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const address = findTcpAddress(path)
        if (!address) {
          reject(new TransportFailure('wrongPath', `端口「${path}」只能是本机地址,如 tcp://127.0.0.1:5460。`))
          return
        }
        const opening = connect(address)
        opening.setNoDelay(true)
        opening.once('connect', () => {
          socket = opening
          resolve()
        })
        opening.once('error', (error) => reject(toTransportFailure(error, path, process.platform)))
        // An error is always followed by the close; without a listener it would end the program.
        opening.on('error', () => undefined)
        opening.on('data', (chunk: Buffer) => hear(chunk))
        opening.once('close', () => {
          if (socket !== opening) return
          socket = undefined
          hearLost()
        })
      }),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (!socket) {
          reject(new TransportFailure('missing', `读卡器 ${path} 已断开,插好后自动恢复。`))
          return
        }
        socket.write(bytes, (error) => {
          if (error) reject(toTransportFailure(error, path, process.platform))
          else resolve()
        })
      }),
    onData: (listener) => {
      hear = listener
    },
    onLost: (listener) => {
      hearLost = listener
    },
    // What has arrived was heard already.
    flush: () => Promise.resolve(),
    close: () => {
      const closing = socket
      socket = undefined
      closing?.destroy()
      return Promise.resolve()
    },
  }
}

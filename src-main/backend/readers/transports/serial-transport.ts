import { toTransportFailure, TransportFailure, type ByteTransport } from './byte-transport.ts'
import type { OpenSerialPort, SerialModule } from './native-modules.ts'

/** Rates that readers come with, the usual one first. Eight data bits, no parity, one stop bit, no flow control. */
export const BAUD_RATES = [115_200, 57_600, 38_400, 19_200, 9_600] as const

/** A serial port or one that looks like it. The modem lines are left alone: setting them fails on some adapters. */
export function createSerialTransport(
  load: () => Promise<SerialModule>,
  path: string,
  baudRate: number,
): ByteTransport {
  let port: OpenSerialPort | undefined
  let hear: (chunk: Uint8Array) => void = () => undefined
  let hearLost: () => void = () => undefined

  return {
    open: async () => {
      const { SerialPort } = await load()
      const opening = new SerialPort({ path, baudRate, autoOpen: false })
      opening.on('data', (chunk) => hear(chunk))
      // Each is followed by the close, or answered to whoever wrote.
      opening.on('error', () => undefined)
      opening.on('close', () => {
        if (port !== opening) return
        port = undefined
        hearLost()
      })
      await new Promise<void>((resolve, reject) => {
        opening.open((error) => {
          if (error) reject(toTransportFailure(error, path, process.platform))
          else resolve()
        })
      })
      port = opening
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        const target = port
        if (!target?.isOpen) {
          reject(new TransportFailure('missing', `读卡器 ${path} 已断开,插好后自动恢复。`))
          return
        }
        target.write(bytes, (error) => {
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
    flush: () =>
      new Promise((resolve) => {
        if (port?.isOpen) port.flush(() => resolve())
        else resolve()
      }),
    close: () =>
      new Promise((resolve) => {
        const closing = port
        port = undefined
        if (closing?.isOpen) closing.close(() => resolve())
        else resolve()
      }),
  }
}

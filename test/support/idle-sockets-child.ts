import { connect, type Socket } from 'node:net'

/**
 * A program of its own that opens many sockets and says nothing: `node idle-sockets-child.ts PORT COUNT ADDRESS…`. It spreads them over
 * the addresses, prints how many stand, and again when its parent writes a line; ends with the parent.
 */
const [port, count, ...addresses] = process.argv.slice(2)
const sockets: Socket[] = []
let opened = 0
let closed = 0

function openOne(index: number): Promise<void> {
  return new Promise((resolve) => {
    const localAddress = addresses[index % addresses.length] ?? '127.0.0.1'
    const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress })
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.once('connect', () => {
      opened += 1
      resolve()
    })
    socket.once('close', () => {
      closed += 1
      resolve()
    })
  })
}

function report(): void {
  process.stdout.write(`${JSON.stringify({ opened, closed, standing: opened - closed })}\n`)
}

const BATCH = 200
for (let start = 0; start < Number(count); start += BATCH) {
  await Promise.all(Array.from({ length: BATCH }, (_, index) => openOne(start + index)))
}
// What the server refuses is closed a moment after it was opened.
setTimeout(report, 500)
process.stdin.on('data', report)
process.stdin.on('end', () => process.exit(0))

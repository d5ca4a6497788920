// The hostile proxy as a program of its own:
//   node test/support/proxy/proxy-child.ts --target PORT [--seed N] [--port N] [--control N] [--protocol http|bytes]
// prints {"port":…,"controlPort":…,"seed":…} and then obeys lines of JSON on the control port: {"act":"setPlan","argument":{"cut":0.1}}.
import { parseArgs } from 'node:util'
import { openControl } from './control.ts'
import { startProxy } from './start-proxy.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seed: { type: 'string' },
    port: { type: 'string' },
    control: { type: 'string' },
    protocol: { type: 'string' },
  },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000_000)
const proxy = await startProxy({
  target: Number(values.target),
  seed,
  port: Number(values.port ?? 0),
  protocol: values.protocol === 'bytes' ? 'bytes' : 'http',
})
const control = await openControl(proxy, Number(values.control ?? 0), () => process.exit(0))
console.log(JSON.stringify({ port: proxy.port, controlPort: control.port, seed }))

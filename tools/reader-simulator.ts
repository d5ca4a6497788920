import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createCommands, HELP } from './reader-simulator/simulator-commands.ts'
import { createSimulatedReader } from './reader-simulator/simulated-reader.ts'
import { openPty, serveTcp, type SimulatorLine } from './reader-simulator/simulator-lines.ts'

// `npm run reader-simulator [-- OPTIONS]`: a card reader that is not there. See docs/reader-simulator.md (for trainers).

const usage = `用法: npm run reader-simulator -- [选项]
  --port N         TCP 端口,默认 5460
  --pty 路径       另开一个串口(Linux,须有 socat);--pty auto 由程序取名
  --on 编号或姓名  启动时放上证件
  --habit quiet|repeating
  --noise 比例  --pieces 份数  --pause 毫秒
  --wire           按 115200 波特率的快慢发送
  --run 命令       执行命令,可重复;之后等待键入
${HELP}`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5460' },
    pty: { type: 'string' },
    on: { type: 'string' },
    habit: { type: 'string', default: 'quiet' },
    noise: { type: 'string', default: '0' },
    pieces: { type: 'string', default: '1' },
    pause: { type: 'string', default: '0' },
    wire: { type: 'boolean', default: false },
    run: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(usage)
else await simulate()

async function simulate(): Promise<void> {
  const reader = createSimulatedReader({
    habit: values.habit === 'repeating' ? 'repeating' : 'quiet',
    noiseShare: Number(values.noise),
    pieces: Math.max(1, Number(values.pieces)),
    pauseMs: Number(values.pause),
    bytesPerSecond: values.wire ? 11_520 : 0,
  })
  const tcp = await serveTcp(reader, Number(values.port))
  const lines: SimulatorLine[] = [tcp]
  console.log(`模拟读卡器已启动。在 首选项—读卡器 中选「串口」,端口填:${tcp.path}`)
  if (values.pty !== undefined) {
    const link = values.pty === 'auto' ? join(tmpdir(), `ttyCARD${process.pid}`) : values.pty
    const pty = await openPty(tcp.path, link)
    lines.push(pty)
    console.log(`或填串口:${pty.path}`)
  }
  const carryOut = createCommands({
    reader,
    lines,
    print: (line) => console.log(line),
    pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
  })
  if (values.on !== undefined) await carryOut(`on ${values.on}`)
  console.log('键入 help 查看命令。')

  const input = createInterface({ input: process.stdin, terminal: false })
  const end = async (): Promise<void> => {
    input.close()
    for (const line of lines.toReversed()) await line.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())
  let acts: Promise<void> = Promise.resolve()
  const take = (line: string): void => {
    acts = acts.then(async () => {
      if (!(await carryOut(line))) await end()
    })
  }
  for (const line of values.run) take(line)
  input.on('line', take)
  // Without a keyboard (started by another program) it goes on until it is ended by a signal.
}

import { buildFrame } from './frame.ts'

/** What is ever sent to a reader. 60 0n (baud rate, persists) and 61 FF (differs by maker) are not, and 30 10 has no purpose here. */
const commands = {
  status: { code: [0x11, 0xff], timeLimitMs: 1_500 },
  samId: { code: [0x12, 0xff], timeLimitMs: 2_000 },
  find: { code: [0x20, 0x01], timeLimitMs: 1_500 },
  select: { code: [0x20, 0x02], timeLimitMs: 1_500 },
  readCard: { code: [0x30, 0x01], timeLimitMs: 3_000 },
  readAddress: { code: [0x30, 0x03], timeLimitMs: 3_000 },
} as const

export type CommandName = keyof typeof commands

/** The request frame of a command. */
export function buildRequest(command: CommandName): Uint8Array {
  return buildFrame(Uint8Array.from(commands[command].code))
}

/** How long (ms) a reader may take to answer. */
export function timeLimitOf(command: CommandName): number {
  return commands[command].timeLimitMs
}

/** The command of a request's body, or undefined for one that is not ours. */
export function findCommand(body: Uint8Array): CommandName | undefined {
  return (Object.keys(commands) as CommandName[]).find((name) => {
    const [code, parameter] = commands[name].code
    return body.length === 2 && body[0] === code && body[1] === parameter
  })
}

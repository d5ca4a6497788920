import {
  aboutAnswer,
  PROTOCOL_VERSION,
  SERVER_PRODUCT,
} from '../../../src-shared/contract/server-messages.ts'
import { createServerClient, ServerFailure, type ServerAddress } from './server-client.ts'
import type { ServerTestResult } from './sync-types.ts'

/** Milliseconds the clerk waits in front of 测试连接. */
const TIMEOUT = 8_000
/** Milliseconds by which a clock may be wrong before it is said. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000

/** 测试连接: asks the address who it is. Every way it can go wrong has its own sentence; never throws. */
export async function testServer(
  address: ServerAddress,
  deviceNow: () => number,
  timeoutMs = TIMEOUT,
): Promise<ServerTestResult> {
  const startedAt = performance.now()
  const elapsed = (): number => Math.round(performance.now() - startedAt)
  try {
    const client = createServerClient(address)
    try {
      const about = await client.ask('/about', undefined, aboutAnswer, { timeoutMs })
      const elapsedMs = elapsed()
      if (about.product !== SERVER_PRODUCT) {
        return {
          ok: false,
          message: `那里运行的是「${about.product.slice(0, 40)}」,不是居服通服务器。请检查服务器IP和端口。`,
          elapsedMs,
        }
      }
      if (!about.protocols.includes(PROTOCOL_VERSION)) {
        const isServerNewer = Math.max(0, ...about.protocols) > PROTOCOL_VERSION
        return {
          ok: false,
          message: isServerNewer
            ? `服务器(版本${about.version})比本客户端新,两者不能对话。请升级客户端。`
            : `服务器(版本${about.version})比本客户端旧,两者不能对话。请管理员升级服务器。`,
          elapsedMs,
        }
      }
      const offset = about.serverTime - deviceNow()
      const clock = Math.abs(offset) > CLOCK_TOLERANCE_MS ? describeClock(offset) : ''
      return { ok: true, message: `连接成功,用时${elapsedMs}毫秒。${clock}`, elapsedMs }
    } finally {
      client.close()
    }
  } catch (error) {
    if (error instanceof ServerFailure) return { ok: false, message: error.message, elapsedMs: elapsed() }
    throw error
  }
}

/** What to say about a clock that differs from the server's by `offset` milliseconds (positive: this one is slow). */
export function describeClock(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60_000)
  const amount = minutes < 120 ? `${minutes}分钟` : `${Math.round(minutes / 60)}小时`
  return `本机时钟比服务器${offset > 0 ? '慢' : '快'}${amount},已按服务器的时间记录;请校准本机时钟。`
}

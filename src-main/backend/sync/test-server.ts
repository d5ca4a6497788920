import {
  aboutAnswer,
  PROTOCOL_VERSION,
  SERVER_PRODUCT,
} from '../../../src-shared/contract/server-messages.ts'
import type { ServerCertificate } from '../../../src-shared/contract/types.ts'
import { localDayOf } from '../services/clock.ts'
import type { LineServer } from './line-security.ts'
import { createServerClient, ServerFailure } from './server-client.ts'
import type { ServerTestResult } from './sync-types.ts'

/** Milliseconds the clerk waits in front of 测试连接. */
const TIMEOUT = 8_000
/** Milliseconds by which a clock may be wrong before it is said. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000
const EXPIRY_WARNING_MS = 30 * 86_400_000

/**
 * 测试连接: asks the address who it is. Every way it can go wrong has its own sentence; never throws. A TLS server that
 * nobody has confirmed yet only shows its certificate.
 */
export async function testServer(
  address: LineServer,
  deviceNow: () => number,
  timeoutMs = TIMEOUT,
): Promise<ServerTestResult> {
  const startedAt = performance.now()
  const elapsed = (): number => Math.round(performance.now() - startedAt)
  const result = (ok: boolean, message: string, certificate: ServerCertificate | null): ServerTestResult => ({
    ok,
    message,
    elapsedMs: elapsed(),
    certificate,
  })
  try {
    const client = createServerClient(address)
    try {
      const about = await client.ask('/about', undefined, aboutAnswer, { timeoutMs })
      const certificate = client.certificate()
      if (about.product !== SERVER_PRODUCT) {
        return result(
          false,
          `那里运行的是「${about.product.slice(0, 40)}」,不是居服通服务器。请检查服务器IP和端口。`,
          certificate,
        )
      }
      if (!about.protocols.includes(PROTOCOL_VERSION)) {
        const isServerNewer = Math.max(0, ...about.protocols) > PROTOCOL_VERSION
        return result(
          false,
          isServerNewer
            ? `服务器(版本${about.version})比本客户端新,两者不能对话。请升级客户端。`
            : `服务器(版本${about.version})比本客户端旧,两者不能对话。请管理员升级服务器。`,
          certificate,
        )
      }
      const offset = about.serverTime - deviceNow()
      const clock = Math.abs(offset) > CLOCK_TOLERANCE_MS ? describeClock(offset) : ''
      const expiry = certificate ? describeExpiry(certificate.validUntil, about.serverTime) : ''
      return result(true, `连接成功,用时${elapsed()}毫秒。${expiry}${clock}`, certificate)
    } finally {
      client.close()
    }
  } catch (error) {
    if (!(error instanceof ServerFailure)) throw error
    const certificate = error.line?.certificate ?? null
    const isFirst = certificate !== null && (address.authority ?? '') === ''
    return result(
      false,
      isFirst ? '服务器已回答。这是第一次连接这台服务器:请核对下面的指纹,一致才确认。' : error.message,
      certificate,
    )
  }
}

/** Warns a month before a certificate ends. */
function describeExpiry(validUntil: number, now: number): string {
  if (validUntil - now > EXPIRY_WARNING_MS) return ''
  return `服务器的证书将于 ${localDayOf(validUntil)} 到期,请提醒管理员更新。`
}

/** What to say about a clock that differs from the server's by `offset` milliseconds (positive: this one is slow). */
export function describeClock(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60_000)
  const amount = minutes < 120 ? `${minutes}分钟` : `${Math.round(minutes / 60)}小时`
  return `本机时钟比服务器${offset > 0 ? '慢' : '快'}${amount},已按服务器的时间记录;请校准本机时钟。`
}

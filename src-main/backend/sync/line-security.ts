import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { ServerCertificate, ServerSettings } from '../../../src-shared/contract/types.ts'
import { isLoopback } from '../../../src-shared/values/loopback.ts'
import { groupFingerprint } from '../../../src-shared/values/fingerprint.ts'
import { localDayOf } from '../services/clock.ts'

/** Milliseconds for a TLS handshake; a server that is there takes a small part of it, also on a slow line. */
const HANDSHAKE_TIMEOUT = 20_000

/** Where a server is and how it is recognised; what is absent is as in plain settings. */
export type LineServer = Pick<ServerSettings, 'host' | 'port'> &
  Partial<Pick<ServerSettings, 'usesTls' | 'allowsPlain' | 'authority'>>

/** A line that is not safe, with nothing sent on it; `message` is a Chinese sentence that says the fact and what to do. */
export class LineRefusal extends Error {
  /** What the server showed, where it showed anything. */
  readonly certificate: ServerCertificate | undefined
  /** Somebody had confirmed another certificate than this one. */
  readonly isChanged: boolean

  constructor(
    message: string,
    more: { readonly certificate?: ServerCertificate; readonly isChanged?: boolean } = {},
  ) {
    super(message)
    this.name = 'LineRefusal'
    this.certificate = more.certificate
    this.isChanged = more.isChanged ?? false
  }
}

/** @throws LineRefusal where the line would be plain, and nobody has chosen that */
export function requireSafeLine(server: LineServer): void {
  if (server.usesTls === true || server.allowsPlain === true || isLoopback(server.host)) return
  throw new LineRefusal(
    `没有连接:到 ${server.host} 的连接没有加密。请在「系统设置—系统初始化」中勾选「加密连接」;确实没有加密的,请勾选「允许不加密的连接」。`,
  )
}

/** The sockets of one TLS server. A socket is given out only once its certificate is trusted: before that no byte of a request is sent. */
export type TlsLine = {
  readonly agent: Agent
  /** What the server showed last. */
  readonly certificate: () => ServerCertificate | null
}

/** @param server with an empty `authority` shows its certificate and gets no connection */
export function createTlsLine(server: LineServer): TlsLine {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  const opening = new Set<TLSSocket>()
  let shown: ServerCertificate | null = null
  const { authority = '' } = server

  agent.createConnection = (_options, callback) => {
    const socket = connect({
      host: server.host,
      port: server.port,
      ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
      ...(authority === '' ? {} : { ca: authority }),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      // Judged below, before the socket is given out: the reasons are then known one by one.
      rejectUnauthorized: false,
    })
    opening.add(socket)
    let isOver = false
    const end = (error: Error | null): void => {
      if (isOver) return
      isOver = true
      opening.delete(socket)
      clearTimeout(timer)
      socket.removeListener('error', end)
      if (error === null) {
        callback?.(null, socket)
        return
      }
      socket.on('error', () => undefined)
      socket.destroy()
      callback?.(error, socket)
    }
    const timer = setTimeout(() => {
      end(Object.assign(new Error('TLS handshake timed out'), { code: 'ETIMEDOUT' }))
    }, HANDSHAKE_TIMEOUT)
    socket.once('error', end)
    socket.once('close', () => end(Object.assign(new Error('closed in handshake'), { code: 'ECONNRESET' })))
    socket.once('secureConnect', () => {
      try {
        shown = judge(socket, server)
        end(null)
      } catch (error) {
        if (error instanceof LineRefusal && error.certificate) shown = error.certificate
        end(error as Error)
      }
    })
    return undefined
  }
  const destroy = agent.destroy.bind(agent)
  agent.destroy = () => {
    for (const socket of opening) socket.destroy()
    destroy()
  }
  return { agent, certificate: () => shown }
}

/** @throws LineRefusal where the certificate is not the one that was confirmed, or not good (any more) */
function judge(socket: TLSSocket, server: LineServer): ServerCertificate {
  const own = socket.getPeerX509Certificate()
  if (own === undefined) throw new LineRefusal('服务器没有出示证书,没有连接。请与管理员联系。')
  const top = findTop(own)
  const { authority = '', host } = server
  const certificate: ServerCertificate = {
    fingerprint: groupFingerprint(top.fingerprint256),
    authority: top.toString(),
    validUntil: Date.parse(own.validTo),
    isTrusted: false,
  }
  if (authority === '') {
    throw new LineRefusal(
      '还没有核对过这台服务器的证书,没有发送任何内容。请在「系统设置—系统初始化」中按「测试连接」,核对指纹后确认;或导入入网文件。',
      { certificate },
    )
  }
  const isSame = isCertificate(authority, own)
  const reason = isSame || socket.authorized ? undefined : codeOf(socket.authorizationError)
  const now = Date.now()
  const [from, until] = [Date.parse(own.validFrom), certificate.validUntil]
  const isVouchedFor = isSame || socket.authorized || isNameReason(reason) || isDateReason(reason)
  if (!isVouchedFor) {
    throw new LineRefusal(
      `服务器 ${host} 出示的证书与本机信任的不同,没有发送任何内容。可能有人冒充服务器,也可能管理员换了证书:请与管理员核对指纹后再决定。`,
      { certificate, isChanged: true },
    )
  }
  if (now < from || reason === 'CERT_NOT_YET_VALID') {
    throw new LineRefusal(
      `没有连接:服务器的证书从 ${localDayOf(from)} 起才有效,而本机日期是 ${localDayOf(now)}。多半是本机时钟慢了,请先校准本机时钟。`,
      { certificate },
    )
  }
  if (now > until || reason === 'CERT_HAS_EXPIRED') {
    throw new LineRefusal(
      `没有连接:服务器的证书到 ${localDayOf(until)} 为止有效,而本机日期是 ${localDayOf(now)}。若本机日期不对,请先校准本机时钟;若日期对,请管理员更新证书(init-tls)。`,
      { certificate },
    )
  }
  // A certificate that was confirmed by itself is that server, whatever names stand in it.
  if (isNameReason(reason)) {
    throw new LineRefusal(
      `没有连接:服务器的证书不是发给地址 ${host} 的(证书上是 ${describeNames(own)})。请检查服务器IP,或请管理员为 ${host} 更新证书(init-tls --ip)。`,
      { certificate },
    )
  }
  return { ...certificate, isTrusted: true }
}

/** The certificate that vouches for all others the server showed; its own where it showed no other. */
function findTop(own: X509Certificate): X509Certificate {
  let top = own
  for (let step = 0; step < 8; step += 1) {
    const next = top.issuerCertificate
    if (next === undefined || next.fingerprint256 === top.fingerprint256) break
    // One that has not signed it vouches for nothing.
    if (!top.checkIssued(next) || !top.verify(next.publicKey)) break
    top = next
  }
  return top
}

function isCertificate(pem: string, certificate: X509Certificate): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 === certificate.fingerprint256
  } catch {
    return false
  }
}

function codeOf(reason: unknown): string {
  if (typeof reason === 'string') return reason
  return String((reason as { code?: unknown } | undefined)?.code ?? reason)
}

function isNameReason(reason: string | undefined): boolean {
  return reason === 'ERR_TLS_CERT_ALTNAME_INVALID'
}

function isDateReason(reason: string | undefined): boolean {
  return reason === 'CERT_NOT_YET_VALID' || reason === 'CERT_HAS_EXPIRED'
}

function describeNames(certificate: X509Certificate): string {
  const names = (certificate.subjectAltName ?? '').replaceAll(/(IP Address|DNS):/g, '')
  return names === '' ? '空的' : names.slice(0, 100)
}

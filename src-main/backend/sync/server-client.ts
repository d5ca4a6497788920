import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { constants, gunzip, zstdCompress, zstdDecompress } from 'node:zlib'
import axios, { isAxiosError, isCancel, type AxiosResponse } from 'axios'
import type { z } from 'zod'
import { PROOF_HEADER } from '../../../src-shared/contract/enrolment-messages.ts'
import {
  DIGEST_HEADER,
  errorAnswer,
  type ErrorAnswer,
  type ServerErrorCode,
} from '../../../src-shared/contract/server-messages.ts'
import type { ServerCertificate } from '../../../src-shared/contract/types.ts'
import { createTlsLine, LineRefusal, requireSafeLine, type LineServer } from './line-security.ts'

/** Below this many bytes compression costs more than it saves. */
const COMPRESS_FROM = 512
/** No answer is larger after inflation; more is no answer of ours. */
const MAX_ANSWER_BYTES = 64 * 1_048_576
/** Milliseconds for one request on a slow line. */
const REQUEST_TIMEOUT = 60_000

/** How a request ended without an answer of our server. */
export type FailureKind =
  | 'cancelled'
  | 'unreachable'
  | 'refused'
  | 'timeout'
  | 'cut'
  | 'nonsense'
  | 'serverFault'
  | 'refusal'
  /** No safe line: nothing was sent. */
  | 'untrusted'

/** A request that failed; `message` is a Chinese sentence that says the fact and what to do. */
export class ServerFailure extends Error {
  readonly kind: FailureKind
  /** With `refusal`: what our server said. */
  readonly answer: ErrorAnswer | undefined
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfterMs: number | undefined
  /** With `untrusted`: what the server showed, and whether another one had been confirmed. */
  readonly line: LineRefusal | undefined

  constructor(
    kind: FailureKind,
    message: string,
    more: {
      readonly answer?: ErrorAnswer
      readonly retryAfterMs?: number
      readonly line?: LineRefusal
    } = {},
  ) {
    super(message)
    this.name = 'ServerFailure'
    this.kind = kind
    this.answer = more.answer
    this.retryAfterMs = more.retryAfterMs
    this.line = more.line
  }

  get code(): ServerErrorCode | undefined {
    return this.answer?.code
  }
}

/** A body that is JSON already: it is sent as it is. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type AskOptions = {
  readonly token?: string | null
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** One server as the client talks to it. */
export type ServerClient = {
  /** Sends JSON (or nothing: GET) and answers what fits the schema. @throws ServerFailure */
  readonly ask: <Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
    options?: AskOptions,
  ) => Promise<z.output<Schema>>
  /**
   * Sends and gets bytes (photos). The answer's digest is checked; a `HEAD` answers whatever its status is.
   * @throws ServerFailure also for every status from 400 on
   */
  readonly exchange: (request: ByteRequest, options?: AskOptions) => Promise<ByteAnswer>
  /** What a TLS server showed last; null over plain HTTP. */
  readonly certificate: () => ServerCertificate | null
  /** What has gone over the line since this client was made, heads and encryption included. */
  readonly bytes: () => { readonly sent: number; readonly received: number }
  /** Lets go of idle sockets. */
  readonly close: () => void
}

/** What {@link createServerClient} asks for the proof that a request comes from this store. */
export type ProofMaker = (request: {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly bodyHash: string
}) => string | undefined

export type ByteRequest = {
  readonly method: 'HEAD' | 'GET' | 'PATCH' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly bytes?: Uint8Array
}

export type ByteAnswer = {
  readonly status: number
  /** A header's value, or undefined. */
  readonly header: (name: string) => string | undefined
  readonly bytes: Buffer
}

const compressAsync = promisify(zstdCompress)
/** Level 1: ops hold so much that is random (hashes, ids) that levels up to 5 cost more and save nothing. */
const compress = (text: string): Promise<Buffer> =>
  compressAsync(text, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
/** How each encoding is undone, off this thread; more than an answer of ours can be is not unpacked. */
const UNPACK: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  zstd: (bytes) =>
    promisify(zstdDecompress)(bytes, {
      maxOutputLength: MAX_ANSWER_BYTES,
      params: { [constants.ZSTD_d_windowLogMax]: 23 },
    }),
  gzip: (bytes) => promisify(gunzip)(bytes, { maxOutputLength: MAX_ANSWER_BYTES }),
}

/**
 * @param prove makes the proof of a request that needs one; none is sent where it answers undefined
 * @throws ServerFailure `unreachable` where host and port make no address, `untrusted` where the line would be plain and
 * nobody has chosen that
 */
export function createServerClient(address: LineServer, prove?: ProofMaker): ServerClient {
  const base = baseUrl(address)
  try {
    requireSafeLine(address)
  } catch (error) {
    throw error instanceof LineRefusal
      ? new ServerFailure('untrusted', error.message, { line: error })
      : error
  }
  const tls = address.usesTls === true ? createTlsLine(address) : undefined
  /** Every socket this client has used; closed ones still know what went over them. */
  const sockets = new Set<Socket>()
  const agent = tls?.agent ?? new Agent({ keepAlive: true, maxSockets: 2 })

  async function send(path: string, body: unknown, options: AskOptions): Promise<AxiosResponse<Buffer>> {
    const text = body === undefined ? undefined : body instanceof JsonText ? body.text : JSON.stringify(body)
    const isLarge = text !== undefined && text.length >= COMPRESS_FROM
    return transmit(
      {
        method: text === undefined ? 'GET' : 'POST',
        path,
        ...(text === undefined ? {} : { bytes: isLarge ? await compress(text) : Buffer.from(text) }),
        headers: {
          accept: 'application/json',
          'accept-encoding': 'zstd, gzip',
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', [DIGEST_HEADER]: digestOf(text) }),
          ...(isLarge ? { 'content-encoding': 'zstd' } : {}),
          ...(text === undefined ? {} : proofHeader(path, body, text)),
        },
      },
      options,
    )
  }

  function proofHeader(path: string, body: unknown, text: string): Readonly<Record<string, string>> {
    const proof = prove?.({ method: 'POST', path, body, bodyHash: digestOf(text) })
    return proof === undefined ? {} : { [PROOF_HEADER]: proof }
  }

  async function transmit(request: ByteRequest, options: AskOptions): Promise<AxiosResponse<Buffer>> {
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      const response = await axios.request<Buffer>({
        url: base + request.path,
        method: request.method,
        ...(request.bytes === undefined ? {} : { data: request.bytes }),
        headers: {
          ...request.headers,
          // The library's name says nothing to our server.
          'user-agent': false,
          ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        },
        responseType: 'arraybuffer',
        httpAgent: agent,
        httpsAgent: agent,
        // The server stands in the station's own network: a proxy of the user's environment is not asked.
        proxy: false,
        maxRedirects: 0,
        // Unpacked below, off this thread and with a bound of its own.
        decompress: false,
        maxContentLength: MAX_ANSWER_BYTES,
        maxBodyLength: MAX_ANSWER_BYTES,
        validateStatus: () => true,
        signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
      })
      noteSocket(response.request)
      return await unpack(response)
    } catch (error) {
      if (error instanceof ServerFailure) throw error
      if (isAxiosError(error)) noteSocket(error.request)
      throw readFailure(error, address, {
        isCancelled: options.signal?.aborted === true,
        isLate: deadline.aborted,
        timeoutMs,
      })
    }
  }

  function noteSocket(request: unknown): void {
    const { socket } = (request ?? {}) as { readonly socket?: Socket | null }
    if (socket) sockets.add(socket)
  }

  return {
    bytes: () => {
      const counts = { sent: 0, received: 0 }
      for (const socket of sockets) {
        counts.sent += socket.bytesWritten
        counts.received += socket.bytesRead
      }
      return counts
    },
    async ask(path, body, schema, options = {}) {
      let response: AxiosResponse<Buffer>
      try {
        response = await send(path, body, options)
      } catch (error) {
        // A kept socket may have died meanwhile; every request may be sent twice, so it is, once.
        if (!(error instanceof ServerFailure) || error.kind !== 'cut') throw error
        response = await send(path, body, options)
      }
      const answer = schema.safeParse(readAnswer(response))
      if (!answer.success) {
        throw new ServerFailure(
          'nonsense',
          '对方的回答不是居服通服务器应有的内容,没有采用。请检查服务器IP和端口,并确认服务器和客户端的版本一致。',
        )
      }
      return answer.data
    },
    async exchange(request, options = {}) {
      const whole = {
        ...request,
        headers: {
          ...request.headers,
          'accept-encoding': 'identity',
          ...(request.bytes === undefined
            ? {}
            : {
                'content-type': 'application/octet-stream',
                [DIGEST_HEADER]: createHash('sha256').update(request.bytes).digest('hex'),
              }),
        },
      }
      let response: AxiosResponse<Buffer>
      try {
        response = await transmit(whole, options)
      } catch (error) {
        if (!(error instanceof ServerFailure) || error.kind !== 'cut') throw error
        response = await transmit(whole, options)
      }
      const bytes = Buffer.from(response.data)
      const { status } = response
      const header = (name: string): string | undefined => {
        const value: unknown = response.headers[name]
        return typeof value === 'string' ? value : undefined
      }
      if (request.method === 'HEAD') return { status, header, bytes }
      // A refusal is read (and thrown) as one; what is then left over is no answer of ours.
      if (status !== 200 && status !== 206) readAnswer(response)
      if (header(DIGEST_HEADER) !== createHash('sha256').update(bytes).digest('hex')) throw cutFailure()
      return { status, header, bytes }
    },
    certificate: () => tls?.certificate() ?? null,
    close: () => agent.destroy(),
  }
}

/** The answer with its body unpacked. @throws ServerFailure `cut` where it does not unpack */
async function unpack(response: AxiosResponse<Buffer>): Promise<AxiosResponse<Buffer>> {
  const encoding = String(response.headers['content-encoding'] ?? 'identity')
  const undo = UNPACK[encoding]
  if (undo === undefined || response.data.length === 0) return response
  try {
    return { ...response, data: await undo(Buffer.from(response.data)) }
  } catch {
    throw cutFailure()
  }
}

function baseUrl({ host, port, usesTls = false }: LineServer): string {
  const isIpv6 = host.includes(':') && /^[0-9a-fA-F:.]+$/.test(host)
  if (!isIpv6 && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host)) {
    throw new ServerFailure(
      'unreachable',
      `服务器地址「${host}」写法不对:只填IP地址或主机名,如 192.168.1.10,不要带 http:// 和端口。`,
    )
  }
  return `${usesTls ? 'https' : 'http'}://${isIpv6 ? `[${host}]` : host}:${port}`
}

/** The JSON of an answer that is whole and ours, or the failure it stands for. */
function readAnswer(response: AxiosResponse<Buffer>): unknown {
  const text = Buffer.from(response.data).toString('utf8')
  const type = String(response.headers['content-type'] ?? '')
  const digest: unknown = response.headers[DIGEST_HEADER]
  const json = parseJson(text)
  const said = digest === undefined ? undefined : errorAnswer.safeParse(json)
  if (response.status >= 400 && said?.success) {
    const seconds = Number(response.headers['retry-after'])
    throw new ServerFailure(said.data.code === 'internal' ? 'serverFault' : 'refusal', said.data.message, {
      answer: said.data,
      ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
    })
  }
  if (response.status >= 500) {
    throw new ServerFailure(
      'serverFault',
      `服务器内部出错(${response.status})。本机录入的内容都在,稍后会自动再试;若一直如此,请与管理员联系。`,
    )
  }
  if (text.trim() === '') {
    throw new ServerFailure(
      'nonsense',
      '对方的回答是空的,不像是居服通服务器。请检查服务器IP和端口,或与管理员联系。',
    )
  }
  if (type.includes('html') || /^\s*</.test(text)) {
    throw new ServerFailure(
      'nonsense',
      '对方回答的是网页,不是居服通服务器(可能填成了网站或路由器的地址,或网络要求先登录)。请检查服务器IP和端口。',
    )
  }
  if (response.status !== 200) {
    throw new ServerFailure(
      'nonsense',
      `对方不认识居服通的请求(${response.status}),不像是居服通服务器。请检查服务器IP和端口。`,
    )
  }
  if (digest !== undefined && digest !== digestOf(text)) throw cutFailure()
  if (json === undefined) {
    throw type.includes('json')
      ? cutFailure()
      : new ServerFailure(
          'nonsense',
          '对方的回答看不懂,不像是居服通服务器。请检查服务器IP和端口,或与管理员联系。',
        )
  }
  return json
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function cutFailure(): ServerFailure {
  return new ServerFailure(
    'cut',
    '服务器的回答只收到一部分,没有采用。本机录入的内容都在,稍后会自动再试;若一直如此,请检查网络。',
  )
}

function readFailure(
  error: unknown,
  { host, port, usesTls = false }: LineServer,
  how: { readonly isCancelled: boolean; readonly isLate: boolean; readonly timeoutMs: number },
): ServerFailure {
  if (how.isCancelled) return new ServerFailure('cancelled', '已停止同步。')
  const refused = isAxiosError(error) ? error.cause : error
  if (refused instanceof LineRefusal)
    return new ServerFailure('untrusted', refused.message, { line: refused })
  const code = isAxiosError(error) ? causeCode(error) : ''
  if (how.isLate || isCancel(error) || code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
    return new ServerFailure(
      'timeout',
      `服务器 ${host}:${port} 在${Math.round(how.timeoutMs / 1_000)}秒内没有回答。请检查服务器IP、网线和网络;本机录入不受影响。`,
    )
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new ServerFailure(
        'refused',
        `${host}:${port} 拒绝了连接:那里没有服务在运行。请检查端口号,并请管理员确认服务器已启动。`,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ServerFailure(
        'unreachable',
        `找不到主机「${host}」。请检查服务器地址有没有写错,或改填IP地址。`,
      )
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EADDRNOTAVAIL':
      return new ServerFailure(
        'unreachable',
        `网络不通,到不了 ${host}:${port}。请检查网线和本机网络;本机录入不受影响。`,
      )
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return new ServerFailure(
        'untrusted',
        `${host}:${port} 不是加密的服务。请检查端口号;服务器确实没有加密的,请在「系统初始化」中去掉「加密连接」。`,
      )
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_TLSV1_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_HANDSHAKE_FAILURE_ON_CLIENT_HELLO':
      return new ServerFailure(
        'untrusted',
        `${host}:${port} 的加密方式太旧,没有连接(要求 TLS 1.2 或更新)。请管理员升级服务器。`,
      )
    case 'ERR_BAD_RESPONSE':
    case 'Z_BUF_ERROR':
    case 'Z_DATA_ERROR':
      return cutFailure()
    case 'ECONNRESET':
    case 'EPIPE':
      return new ServerFailure(
        'cut',
        `${host}:${port} 没有回答完就断开了连接。请检查那里运行的是不是居服通服务器;本机录入的内容都在,稍后会自动再试。`,
      )
    default:
      if (usesTls && (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))) {
        return new ServerFailure(
          'untrusted',
          `与 ${host}:${port} 不能建立加密连接(${code}),没有发送任何内容。请检查服务器IP和端口,或与管理员联系。`,
        )
      }
      return new ServerFailure(
        'nonsense',
        `${host}:${port} 的回答不合HTTP的规矩(${code}),不像是居服通服务器${usesTls ? '' : ',或者它要求加密连接'}。请检查服务器IP和端口。`,
      )
  }
}

/** The network's own code: axios wraps an error of zlib or of the socket. */
function causeCode(error: { readonly code?: string | undefined; readonly cause?: unknown }): string {
  const { cause } = error
  const inner =
    typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
      ? cause.code
      : ''
  return inner === '' ? (error.code ?? '') : inner
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import type { ServerSettings } from '../../src-shared/contract/types.ts'
import { isLoopback } from '../../src-shared/values/loopback.ts'
import { compactCode } from '../../src-shared/values/text.ts'

/** What the clerk typed about the server, valid or not. */
export type ServerInput = Omit<ServerSettings, 'port'> & { readonly port: string }

export type ServerProblem = { readonly host?: string; readonly port?: string; readonly line?: string }

/** The text a stored address is typed as. Where no server was ever named, the line is to be encrypted. */
export function serverInput(server: ServerSettings): ServerInput {
  return { ...server, usesTls: server.usesTls || server.host === '', port: String(server.port) }
}

/** A typed host as it is stored: full-width characters and blanks are normalised. */
export function readHost(host: string): string {
  return compactCode(host).replaceAll('。', '.')
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const addressPattern = new RegExp(`^${octet}(\\.${octet}){3}$`)
const namePattern =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/

/**
 * Reads a typed server address: full-width digits and blanks are normalised. An IPv4 address or a host name; port
 * 1–65535. While the server is off, an address may be left empty.
 */
export function parseServer(
  input: ServerInput,
):
  | { readonly ok: true; readonly server: ServerSettings }
  | { readonly ok: false; readonly problem: ServerProblem } {
  const host = readHost(input.host)
  const port = compactCode(input.port)
  const hostProblem = findHostProblem(host, input.isEnabled)
  const portProblem =
    /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535
      ? undefined
      : '服务器端口号应为 1 至 65535 之间的整数,请核对。'
  const isOpenLine = !input.usesTls && !input.allowsPlain && !isLoopback(host)
  const lineProblem =
    input.isEnabled && hostProblem === undefined && isOpenLine
      ? '到这台服务器的连接没有加密:请勾选「加密连接」,或勾选「允许不加密的连接」。'
      : undefined
  if (hostProblem !== undefined || portProblem !== undefined || lineProblem !== undefined) {
    return {
      ok: false,
      problem: {
        ...(hostProblem === undefined ? {} : { host: hostProblem }),
        ...(portProblem === undefined ? {} : { port: portProblem }),
        ...(lineProblem === undefined ? {} : { line: lineProblem }),
      },
    }
  }
  return { ok: true, server: { ...input, host, port: Number(port) } }
}

function findHostProblem(host: string, isEnabled: boolean): string | undefined {
  if (host === '') return isEnabled ? '请输入服务器IP。' : undefined
  // Four groups of digits are meant as an address: a wrong one is no host name.
  if (/^[\d.]+$/.test(host)) {
    return addressPattern.test(host) ? undefined : '服务器IP应为四组 0 至 255 的数字,如 10.1.2.3,请核对。'
  }
  return namePattern.test(host) ? undefined : '服务器IP只能是 IP 地址或主机名,请核对。'
}

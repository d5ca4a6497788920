import type { ServerSettings } from '../../src-shared/contract/types.ts'
import { compactCode } from '../../src-shared/values/text.ts'

/** What the clerk typed about the server, valid or not. */
export type ServerInput = { readonly isEnabled: boolean; readonly host: string; readonly port: string }

export type ServerProblem = { readonly host?: string; readonly port?: string }

/** The text a stored address is typed as. */
export function serverInput(server: ServerSettings): ServerInput {
  return { isEnabled: server.isEnabled, host: server.host, port: String(server.port) }
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
  const host = compactCode(input.host).replaceAll('。', '.')
  const port = compactCode(input.port)
  const hostProblem = findHostProblem(host, input.isEnabled)
  const portProblem =
    /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535
      ? undefined
      : '服务器端口号应为 1 至 65535 之间的整数,请核对。'
  if (hostProblem !== undefined || portProblem !== undefined) {
    return {
      ok: false,
      problem: {
        ...(hostProblem === undefined ? {} : { host: hostProblem }),
        ...(portProblem === undefined ? {} : { port: portProblem }),
      },
    }
  }
  return { ok: true, server: { isEnabled: input.isEnabled, host, port: Number(port) } }
}

function findHostProblem(host: string, isEnabled: boolean): string | undefined {
  if (host === '') return isEnabled ? '请输入服务器IP。' : undefined
  // Four groups of digits are meant as an address: a wrong one is no host name.
  if (/^[\d.]+$/.test(host)) {
    return addressPattern.test(host) ? undefined : '服务器IP应为四组 0 至 255 的数字,如 10.1.2.3,请核对。'
  }
  return namePattern.test(host) ? undefined : '服务器IP只能是 IP 地址或主机名,请核对。'
}

import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { groupFingerprint } from '../../src-shared/values/fingerprint.ts'
import { requireOwnerOnly, TLS_FILE_NAMES, writeOwnerFile, type TlsPlace } from '../security/tls-files.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { readOptions } from './options.ts'

/** Days; browsers and some libraries take no server certificate for longer. */
const SERVER_DAYS = 825
const AUTHORITY_DAYS = 20 * 365

/**
 * `init-tls`: makes (or renews, with the same authority) the server's certificate and answers the lines to print, with the
 * authority's fingerprint for the paper that stations compare with.
 * @throws ServerSetupError with a sentence that says what to do
 */
export async function initTls(
  place: TlsPlace,
  commandArguments: readonly string[],
  now: number,
): Promise<readonly string[]> {
  const options = readOptions(commandArguments, ['ip', 'host', 'days'])
  const names = [
    ...splitList(options['ip']).map(readAddress),
    ...splitList(options['host']).map(readHostName),
  ]
  if (names.length === 0)
    throw new ServerSetupError('请写各站用的服务器地址,如 init-tls --ip 10.1.2.3(几个地址用逗号分开)。')
  const days = readDays(options['days'])
  // Only this command needs the library.
  const { isKeyOf, makeAuthority, makeServerCertificate } = await import('../security/make-certificates.ts')
  const authorityFile = join(place.folder, TLS_FILE_NAMES.authority)
  const isRenewal = existsSync(authorityFile)
  if (!isRenewal && existsSync(place.authorityKeyFile)) {
    throw new ServerSetupError(
      `有签发私钥 ${place.authorityKeyFile},却没有签发证书 ${authorityFile}。请从备份放回签发证书;否则各站都要重新核对指纹。`,
    )
  }
  if (isRenewal && !existsSync(place.authorityKeyFile)) {
    throw new ServerSetupError(
      `没有签发私钥 ${place.authorityKeyFile}:请把另存的私钥放回这里再运行(用过后可再拿走)。没有它就只能换新的签发证书,各站都要重新核对指纹。`,
    )
  }
  if (isRenewal) requireOwnerOnly(place.authorityKeyFile)
  const authority = isRenewal
    ? {
        certificate: readFileSync(authorityFile, 'utf8'),
        privateKey: readFileSync(place.authorityKeyFile, 'utf8'),
      }
    : await makeAuthority(now, AUTHORITY_DAYS)
  if (isRenewal && !isKeyOf(authority)) {
    throw new ServerSetupError(
      `签发私钥 ${place.authorityKeyFile} 与签发证书 ${authorityFile} 不是一对,没有改动。`,
    )
  }
  const server = await makeServerCertificate(authority, names, now, days)
  if (!isRenewal) {
    // The key first: a certificate without it could never be renewed.
    writeOwnerFile(place.authorityKeyFile, authority.privateKey)
    writeOwnerFile(authorityFile, authority.certificate)
  }
  writeOwnerFile(join(place.folder, TLS_FILE_NAMES.privateKey), server.privateKey)
  writeOwnerFile(join(place.folder, TLS_FILE_NAMES.certificate), server.certificate + authority.certificate)
  const until = new Date(Date.parse(new X509Certificate(server.certificate).validTo))
  return [
    isRenewal
      ? `已更新服务器证书(${names.join('、')}),签发证书和指纹不变,各站不用做什么。`
      : `已建立内部签发证书和服务器证书(${names.join('、')})。`,
    `有效到 ${until.toISOString().slice(0, 10)},到期前再运行一次 init-tls。重新启动服务器后生效。`,
    ...describeFingerprint(authority.certificate),
    `签发私钥在 ${place.authorityKeyFile}:请另存到别处(例如封在信封里的优盘),服务器平时不用它。`,
  ]
}

/** The lines that are read aloud to a station. */
export function describeFingerprint(authority: string): readonly string[] {
  const groups = groupFingerprint(new X509Certificate(authority).fingerprint256).split(' ')
  return [
    '指纹(SHA-256),供各站第一次连接时逐组核对:',
    ...[0, 4, 8, 12].map((start) => `  ${groups.slice(start, start + 4).join(' ')}`),
  ]
}

/** Parts of a comma-separated option. */
export function splitList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(/[,,、]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function readAddress(text: string): string {
  if (isIP(text) !== 0) return text
  throw new ServerSetupError(`--ip「${text}」不是IP地址,应如 10.1.2.3。主机名请写在 --host 后。`)
}

function readHostName(text: string): string {
  if (/^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text))
    return text
  throw new ServerSetupError(`--host「${text}」不是主机名。`)
}

function readDays(text: string | undefined): number {
  const days = Number(text ?? SERVER_DAYS)
  if (Number.isInteger(days) && days >= 1 && days <= SERVER_DAYS) return days
  throw new ServerSetupError(`--days「${text ?? ''}」不对,应为1至${SERVER_DAYS}的整数。`)
}

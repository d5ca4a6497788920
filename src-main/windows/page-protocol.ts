import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { protocol } from 'electron'

const scheme = 'jufutong'
/** The origin of the program's own pages. */
export const ownOrigin = `${scheme}://app`

/**
 * What a page may load and do: its own files only. Styles may stand in the document because the component library
 * writes them there; scripts may not. Pictures may be data made by the page (photos).
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.woff2', 'font/woff2'],
])

/** Declares the pages' scheme. Must be called before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Serves the built page from `folder` under `ownOrigin`, with its security headers. */
export function servePages(folder: string): void {
  protocol.handle(scheme, async (request) => {
    const path = pagePath(folder, request.url)
    if (path === undefined || request.method !== 'GET') return new Response(null, { status: 404 })
    try {
      return new Response(new Uint8Array(await readFile(path)), {
        headers: {
          'content-type': types.get(extname(path)) ?? 'application/octet-stream',
          'content-security-policy': contentSecurityPolicy,
          'x-content-type-options': 'nosniff',
        },
      })
    } catch {
      return new Response(null, { status: 404 })
    }
  })
}

function pagePath(folder: string, address: string): string | undefined {
  const url = new URL(address)
  if (url.origin !== ownOrigin && `${url.protocol}//${url.host}` !== ownOrigin) return undefined
  const path = normalize(join(folder, decodeURIComponent(url.pathname)))
  return path.startsWith(folder + sep) ? path : undefined
}

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { cacheFolder } from '../../../tools/bootstrap/cache-folder.mjs'
import type { PlainOptions } from './plain-form.tsx'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
}

export type PlainFormServer = { readonly url: string; readonly stop: () => void }

/** Builds the plain form as a production page into the cache folder and serves it on 127.0.0.1 with these options. */
export async function servePlainForm(options: PlainOptions): Promise<PlainFormServer> {
  const folder = join(cacheFolder(), 'bench', 'plain-form')
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    base: './',
    plugins: [react()],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'chrome130',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4_000,
    },
  })
  const optionsJson = JSON.stringify(options)
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const name = path === '/' ? 'index.html' : path.slice(1)
    const type = contentTypes[extname(name)] ?? 'application/octet-stream'
    try {
      const body = name === 'options.json' ? optionsJson : readFileSync(join(folder, name))
      response.writeHead(200, { 'content-type': type }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

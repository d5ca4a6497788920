import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../bootstrap/cache-folder.mjs'

const probeLimitMs = 6_000
const downloadLimitMs = 15 * 60_000
const rememberFailureMs = 24 * 60 * 60_000
const releases = 'https://github.com/electron/electron/releases/download/'

/**
 * Path of the Electron that package.json names, downloaded on first use from the release host or `ELECTRON_MIRROR`.
 * Undefined where that host is out of reach: found out within seconds and remembered for a day, so that a closed
 * network is not waited for at every start.
 */
export async function findStockElectron(): Promise<string | undefined> {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const installed = installedExecutable(packageFolder)
  if (installed !== undefined) return installed

  const version = readVersion(packageFolder)
  const mirror = process.env['ELECTRON_MIRROR'] ?? releases
  const failurePath = join(cacheFolder(), `electron-${version}-unreachable.json`)
  if (isFailureRemembered(failurePath, mirror)) return undefined

  const isReachable = await answers(mirror, version)
  if (isReachable && (await download(packageFolder))) return installedExecutable(packageFolder)
  console.log(`Electron ${version} cannot be downloaded from ${mirror}.`)
  mkdirSync(dirname(failurePath), { recursive: true })
  writeFileSync(failurePath, JSON.stringify({ mirror, at: Date.now() }))
  return undefined
}

function installedExecutable(packageFolder: string): string | undefined {
  const pathFile = join(packageFolder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const executable = join(packageFolder, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(executable) ? executable : undefined
}

function readVersion(packageFolder: string): string {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string
  }
  return manifest.version
}

function isFailureRemembered(path: string, mirror: string): boolean {
  if (!existsSync(path)) return false
  try {
    const failure = JSON.parse(readFileSync(path, 'utf8')) as { mirror?: unknown; at?: unknown }
    return (
      failure.mirror === mirror &&
      typeof failure.at === 'number' &&
      Date.now() - failure.at < rememberFailureMs
    )
  } catch {
    // A half-written note is no note.
    return false
  }
}

async function answers(mirror: string, version: string): Promise<boolean> {
  const folder = process.env['ELECTRON_CUSTOM_DIR'] ?? `v${version}`
  try {
    const response = await fetch(new URL(`${folder}/SHASUMS256.txt`, mirror), {
      method: 'HEAD',
      signal: AbortSignal.timeout(probeLimitMs),
    })
    return response.ok
  } catch {
    return false
  }
}

function download(packageFolder: string): Promise<boolean> {
  console.log('Downloading Electron …')
  const child = spawn(process.execPath, [join(packageFolder, 'install.js')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: downloadLimitMs,
  })
  return new Promise((resolve) => {
    child.once('error', () => {
      resolve(false)
    })
    child.once('exit', (code) => {
      resolve(code === 0)
    })
  })
}

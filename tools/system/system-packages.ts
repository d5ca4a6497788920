import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Something of the operating system that the client or its tests need on Linux. */
type Need = {
  readonly what: string
  /** Debian packages that bring it: the first that this release knows is taken (newer ones renamed some). */
  readonly packages: readonly string[]
  readonly isPresent: () => boolean
}

const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/lib64',
]

const libraries: readonly Need[] = [
  library('libgtk-3.so.0', ['libgtk-3-0t64', 'libgtk-3-0']),
  library('libnss3.so', ['libnss3']),
  library('libasound.so.2', ['libasound2t64', 'libasound2']),
  library('libgbm.so.1', ['libgbm1']),
  library('libXss.so.1', ['libxss1']),
  library('libXtst.so.6', ['libxtst6']),
  // Without a font that has them, every Chinese character is an empty box.
  { what: 'a Chinese font', packages: ['fonts-noto-cjk'], isPresent: hasChineseFont },
]
/** Serial ports for tests: a pseudo-terminal with a name, and what serialport lists ports by; and node-hid's library. */
const readerTests: readonly Need[] = [
  library('libusb-1.0.so.0', ['libusb-1.0-0']),
  { what: 'socat', packages: ['socat'], isPresent: () => hasCommand('socat') },
  { what: 'udevadm', packages: ['udev'], isPresent: () => hasCommand('udevadm') },
]
const virtualDisplay: Need = { what: 'Xvfb', packages: ['xvfb'], isPresent: () => hasCommand('Xvfb') }

/**
 * Makes sure that the libraries, the font and (where asked) the virtual display are there. Installs what is missing
 * when run as root on Debian or its like; elsewhere it names the command that does.
 *
 * @throws {Error} whose message is the command to run, when something is missing and was not ours to install
 */
export function ensureSystemPackages(options: { readonly needsVirtualDisplay: boolean }): void {
  ensure(options.needsVirtualDisplay ? [...libraries, virtualDisplay] : libraries)
}

/** The same for what the tests of card readers need. */
export function ensureReaderTests(): void {
  ensure(readerTests)
}

function ensure(needs: readonly Need[]): void {
  if (process.platform !== 'linux') return
  const missing = needs.filter((need) => !need.isPresent())
  if (missing.length === 0) return

  const names = missing.map((need) => need.what).join(', ')
  const install = ['apt-get', 'install', '-y', '--no-install-recommends']
  if (!hasCommand('apt-get')) {
    throw new Error(
      `Missing on this system: ${names}. Install them with its package manager and start again.`,
    )
  }
  if (process.getuid?.() !== 0) {
    const packages = missing.map(choosePackage).join(' ')
    throw new Error(
      `Missing on this system: ${names}. Run this and start again:\n` +
        `  sudo apt-get update && sudo ${install.join(' ')} ${packages}`,
    )
  }
  console.log(`Installing system packages for: ${names} …`)
  runApt(['apt-get', 'update', '-qq'])
  runApt([...install, '-qq', ...missing.map(choosePackage)])
}

function library(fileName: string, packages: readonly string[]): Need {
  return {
    what: fileName,
    packages,
    isPresent: () => libraryFolders.some((folder) => existsSync(join(folder, fileName))),
  }
}

function hasCommand(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
}

function hasChineseFont(): boolean {
  const listed = spawnSync('fc-list', [':lang=zh-cn', 'family'], { encoding: 'utf8' })
  if (listed.error === undefined) return listed.stdout.trim() !== ''
  return (
    existsSync('/usr/share/fonts') && readdirSync('/usr/share/fonts', { recursive: true }).some(looksChinese)
  )
}

function looksChinese(entry: string | Buffer): boolean {
  return /cjk|wqy|SourceHan/i.test(String(entry))
}

function choosePackage(need: Need): string {
  const known = need.packages.find((name) => {
    const policy = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' })
    return /Candidate: (?!\(none\))/.test(policy.stdout)
  })
  return known ?? need.packages.at(-1) ?? need.what
}

function runApt(command: readonly string[]): void {
  const [program = 'apt-get', ...programArguments] = command
  const done = spawnSync(program, programArguments, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (done.status !== 0) throw new Error(`${command.join(' ')} failed`)
}

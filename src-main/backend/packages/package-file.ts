import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { MAX_PACKAGE_BYTES, PACKAGE_EXTENSION } from '../../../src-shared/contract/package-messages.ts'
import { RequestRefusal } from '../services/request-failure.ts'

/** Writes a package so that the file is whole or not there; a stick may be pulled out as soon as this is done. */
export async function writePackageFile(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.part`
  try {
    const handle = await open(unfinished, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new RequestRefusal('notPossible', `文件没有写成:${describeFileFault(error)}本机的内容都在。`)
  }
}

/** Reads a file that may be a package. */
export async function readPackageFile(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path)
    if (size > MAX_PACKAGE_BYTES)
      throw new RequestRefusal('notPossible', '这个文件太大,不是居服通的同步包,没有导入。')
    return await readFile(path)
  } catch (error) {
    if (error instanceof RequestRefusal) throw error
    throw new RequestRefusal('notPossible', `文件读不了:${describeFileFault(error)}`)
  }
}

/** A free name for the answer beside the package it answers. */
export async function findAnswerPath(path: string): Promise<string> {
  const name = basename(path, extname(path))
  for (let number = 1; ; number += 1) {
    const candidate = join(dirname(path), `${name}-回执${number === 1 ? '' : number}.${PACKAGE_EXTENSION}`)
    const isTaken = await stat(candidate).then(
      () => true,
      () => false,
    )
    if (!isTaken) return candidate
  }
}

function describeFileFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return '磁盘(或U盘)已满,请换一个位置。'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return '这个位置不能写入(可能是写保护或没有权限),请换一个位置。'
    case 'ENOENT':
    case 'ENOTDIR':
      return '找不到这个位置,请检查U盘是否已插好。'
    case 'EISDIR':
      return '这是一个文件夹,请选择文件。'
    default:
      return `系统报告了错误(${code}),请重试或换一个位置。`
  }
}

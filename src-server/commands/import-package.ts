import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_PACKAGE_BYTES } from '../../src-shared/contract/package-messages.ts'
import { PackageFault } from '../../src-shared/packages/sealed-package.ts'
import { importPackage } from '../packages/import-package.ts'
import type { ServerDatabase } from '../storage/database.ts'
import { ServerSetupError } from '../storage/setup-error.ts'
import { createCodeReader, readDictionaryFiles } from '../sync/dictionaries.ts'
import { getOption, readOptions } from './options.ts'

const dictionariesFolder = join(import.meta.dirname, '..', '..', 'dictionaries')

/**
 * `import-package --file … --answer …`: takes in what a station without a line has exported, and writes the file that
 * goes back to it. The server may be running. Done again it changes nothing and writes the same receipts.
 * @throws ServerSetupError with a sentence; nothing was stored then
 */
export async function importPackageFile(
  database: ServerDatabase,
  commandArguments: readonly string[],
  now: () => number,
): Promise<readonly string[]> {
  const options = readOptions(commandArguments, ['file', 'answer'])
  const file = getOption(options, 'file')
  const answerFile = getOption(options, 'answer')
  if (existsSync(answerFile))
    throw new ServerSetupError(`文件 ${answerFile} 已经有了,没有覆盖,也没有导入。请换一个文件名。`)
  const bytes = readPackageFile(file)
  const knownCodes = createCodeReader(database, readDictionaryFiles(dictionariesFolder))
  try {
    const result = await importPackage({ database, now, knownCodes }, bytes)
    writeWhole(answerFile, result.answer)
    return [
      `已导入站点 ${result.stationCode} 的同步包:修改${result.ops}项,接收${result.accepted}项(其中与别站不一致${result.conflicts}项),未接收${result.setAside}项,照片${result.photos}张。`,
      `回执包已写到 ${answerFile}:请拿回原来的电脑,在「数据同步」中导入。`,
    ]
  } catch (error) {
    if (error instanceof PackageFault) throw new ServerSetupError(error.message)
    throw error
  }
}

function readPackageFile(file: string): Buffer {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new ServerSetupError(`文件读不了:${file}。请检查路径。`)
  if (size > MAX_PACKAGE_BYTES) throw new ServerSetupError(`文件 ${file} 太大,不是居服通的同步包,没有导入。`)
  return readFileSync(file)
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'wx', 0o600)
  try {
    let written = 0
    while (written < bytes.length) written += writeSync(handle, bytes, written)
    // A stick may be pulled out at once.
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

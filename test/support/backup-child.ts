// A process of its own for tests of full disks: makes a backup of a store file nobody has open, and prints one line of JSON.
import { readBackupHeader } from '../../src-main/backend/backups/backup-file.ts'
import { BackupFault } from '../../src-main/backend/backups/backup-fault.ts'
import { makeBackup } from '../../src-main/backend/backups/make-backup.ts'

const [, , storeFile = '', key = '', folder = '', model = ''] = process.argv

try {
  const { app, madeAt, station, replica, series, keyWrap } = readBackupHeader(model).header
  const { path } = makeBackup(
    {
      kind: 'make',
      storeFile,
      storeKey: Buffer.from(key, 'base64'),
      folder,
      name: '居服通备份-本机-满',
      header: { app, madeAt, station, replica, series, keyWrap },
    },
    { onProgress: () => undefined, assertGoesOn: () => undefined },
  )
  console.log(JSON.stringify({ kind: 'none', path }))
} catch (error) {
  console.log(JSON.stringify({ kind: error instanceof BackupFault ? error.kind : String(error) }))
}

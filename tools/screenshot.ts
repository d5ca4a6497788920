import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findRememberedScreen } from './system/remembered-display.ts'
import { pngOfScreen } from './system/screen-picture.ts'

// `npm run screenshot -- FILE.png`: the virtual display that `npm start` opened on a machine without a display.
const screen = findRememberedScreen(join(import.meta.dirname, '..'))
if (screen === undefined) {
  console.error('No virtual display is running: npm start opens one on a machine without a display.')
  process.exitCode = 1
} else {
  const file = resolve(process.argv[2] ?? 'screen.png')
  writeFileSync(file, pngOfScreen(readFileSync(screen)))
  console.log(file)
}

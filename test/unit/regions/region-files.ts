import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { holidayFile, holidayTableOf } from '../../../src-shared/regions/holiday-file.ts'
import { regionFile, type RegionProfile } from '../../../src-shared/regions/region-profile.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'dictionaries', 'regions')

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

/** A profile as it is delivered. */
export function regionOf(id: 'national' | 'liaoning' | 'wuhan'): RegionProfile {
  return { id, ...regionFile.parse(read(`${id}.json`)) }
}

/** The holidays as they are delivered. */
export const holidays = holidayTableOf(holidayFile.parse(read('holidays.json')))

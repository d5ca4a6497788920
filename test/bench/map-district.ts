import type { DemoSize } from '../../src-shared/demo/district.ts'

/** The district of the benchmark of 房屋示意图: beside a million residents what a city of that size has open at one time. */
export const MAP_DISTRICT: Partial<DemoSize> = {
  dwellings: 400_000,
  // As many as its dwellings stand in: every third street, 96 rooms a door number.
  estates: 1_600,
  minors: 120_000,
  leases: 60_000,
  inspections: 40_000,
  serviceRequests: 20_000,
}

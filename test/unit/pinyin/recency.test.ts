import { describe, expect, test } from 'vitest'
import {
  RECENCY_HALF_LIFE_DAYS,
  RECENCY_LIMIT,
  addPick,
  recencyOfPick,
  recencyWeight,
  touchRecent,
} from '../../../src-shared/pinyin/recency.ts'

const day = 24 * 60 * 60 * 1000
const now = Date.UTC(2026, 10, 21)

describe('recency', () => {
  test('a pick is worth half as much after fourteen days', () => {
    const score = recencyOfPick(now)
    expect(recencyWeight(score, now)).toBeCloseTo(1)
    expect(recencyWeight(score, now + RECENCY_HALF_LIFE_DAYS * day)).toBeCloseTo(0.5)
    expect(recencyWeight(score, now + 2 * RECENCY_HALF_LIFE_DAYS * day)).toBeCloseTo(0.25)
  })

  test('picks add up', () => {
    const twice = addPick(addPick(undefined, now), now)
    expect(recencyWeight(twice, now)).toBeCloseTo(2)
    const mixed = addPick(addPick(undefined, now - 14 * day), now)
    expect(recencyWeight(mixed, now)).toBeCloseTo(1.5)
  })

  test('the order of two rows does not change as time passes', () => {
    const often = addPick(addPick(addPick(undefined, now - 20 * day), now - 19 * day), now - 18 * day)
    const once = addPick(undefined, now)
    expect(once > often).toBe(recencyWeight(once, now + 300 * day) > recencyWeight(often, now + 300 * day))
    expect(recencyWeight(often, now)).toBeCloseTo(2 ** (-20 / 14) + 2 ** (-19 / 14) + 2 ** (-18 / 14))
  })

  test('a clock set back neither fails nor loses picks', () => {
    const score = addPick(addPick(undefined, now), now - 400 * day)
    expect(recencyWeight(score, now)).toBeGreaterThanOrEqual(1)
    expect(Number.isFinite(addPick(addPick(undefined, now), 0))).toBe(true)
  })

  test('keeps 200 rows and drops the weakest, never the one just picked', () => {
    let scores: ReadonlyMap<string, number> = new Map()
    for (let row = 0; row < RECENCY_LIMIT; row++) scores = touchRecent(scores, `r${row}`, now + row * 1000)
    scores = touchRecent(scores, 'r0', now + day)
    const before = new Map(scores)
    scores = touchRecent(scores, 'old', now - 1000 * day)
    expect(scores.size).toBe(RECENCY_LIMIT)
    expect(scores.has('old')).toBe(true)
    expect(scores.has('r1')).toBe(false)
    expect(scores.has('r0')).toBe(true)
    expect(before.has('r1')).toBe(true)
  })
})

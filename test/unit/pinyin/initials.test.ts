import { describe, expect, test } from 'vitest'
import { NAME_KEY_LIMIT, initialsOf, nameInitialKeys } from '../../../src-shared/pinyin/initials.ts'

describe('initials of names', () => {
  test.each([
    ['张三', ['zs']],
    ['单雪', ['sx', 'dx', 'cx']],
    ['尉迟恭', ['ycg', 'wcg']],
    ['万俟卨', ['mqx', 'msx', 'wqx']],
    ['欧阳锋', ['oyf']],
    ['查良', ['zl', 'cl']],
    ['曾国', ['zg', 'cg']],
    ['A座3栋', ['az3d']],
    ['𠮷田', ['jt']],
    [' 李 四 ', ['ls']],
    ['😀', []],
    ['', []],
  ])('%s: %j first', (name, keys) => {
    expect(initialsOf(name).slice(0, keys.length)).toEqual(keys)
    if (keys.length === 0) expect(initialsOf(name)).toEqual([])
  })

  test('are few and distinct, also for long names full of many readings', () => {
    const keys = nameInitialKeys('乐重长行会单解查盖'.repeat(10))
    expect(keys.length).toBeLessThanOrEqual(NAME_KEY_LIMIT)
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(33)
  })

  test('a single character is not read as a surname only', () => {
    expect(initialsOf('单')).toContain('d')
    expect(initialsOf('单')).toContain('s')
  })
})

import { REGISTER_NAMES } from '../../../../../src-shared/registers/register.ts'
import { describe, expect, test } from 'vitest'
import type { DuplicatePair, DuplicateSide } from '../../../../../src-shared/contract/sync-types.ts'
import {
  distinctLabel,
  mergeInput,
  pairKey,
  proposeChoice,
  proposedWinner,
} from '../../../../../src-renderer/pages/conflicts/duplicate-choice.ts'

function side(id: string, change: Partial<DuplicateSide> = {}): DuplicateSide {
  return {
    id,
    title: id,
    station: '示例站',
    status: 'active',
    createdAt: 10,
    updatedAt: 10,
    linkedCount: 0,
    ...change,
  }
}
function pair(left: Partial<DuplicateSide>, right: Partial<DuplicateSide>): DuplicatePair {
  const field = (name: string, a: string, b: string) => ({
    field: name,
    label: name,
    left: a,
    right: b,
    isDifferent: a !== b,
  })
  return {
    register: 'resident',
    left: side('l', left),
    right: side('r', right),
    fields: [
      field('documentNumber', '1', '1'),
      field('name', '王小明', '王晓明'),
      field('formerName', '', '王二'),
      field('remarks', '甲', ''),
    ],
  }
}

describe('the record that is proposed to stay', () => {
  test('a valid one before a cancelled one, whatever points to it', () => {
    expect(proposedWinner(pair({ status: 'cancelled', linkedCount: 9 }, {}))).toBe('right')
  })
  test('the one others point to before the elder one', () => {
    expect(proposedWinner(pair({ createdAt: 1 }, { createdAt: 20, linkedCount: 1 }))).toBe('right')
  })
  test('else the elder', () => {
    expect(proposedWinner(pair({ createdAt: 20 }, { createdAt: 1 }))).toBe('right')
    expect(proposedWinner(pair({}, {}))).toBe('left')
  })
})

test('the winner’s values are proposed, and the other’s where it has none: nothing typed is lost by a hasty key', () => {
  expect(proposeChoice(pair({}, {}))).toEqual({
    winner: 'left',
    picks: { name: 'left', formerName: 'right', remarks: 'left' },
  })
  expect(proposeChoice(pair({}, {}), 'right')).toEqual({
    winner: 'right',
    picks: { name: 'right', formerName: 'right', remarks: 'left' },
  })
})

test('what is asked for names winner and loser by id, and each pick by whose it is', () => {
  const both = pair({}, {})
  expect(mergeInput(both, { winner: 'right', picks: { name: 'left', formerName: 'right' } })).toEqual({
    register: 'resident',
    winnerId: 'r',
    loserId: 'l',
    picks: { name: 'loser', formerName: 'winner' },
  })
  expect(pairKey(both)).toBe('resident/l/r')
})

test('each register has a word for what only looks alike', () => {
  const persons = REGISTER_NAMES.filter((name) => distinctLabel(name) === '不是同一人')
  expect(persons).toEqual(['resident', 'minor', 'coordinator'])
  expect(distinctLabel('estate')).toBe('不是同一个')
})

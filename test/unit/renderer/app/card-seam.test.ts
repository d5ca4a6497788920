import { expect, test } from 'vitest'
import { offerCard, onCard } from '../../../../src-renderer/app/card-seam.ts'
import type { CardReading } from '../../../../src-shared/readers/card-reading.ts'
import { getPerson } from '../../../../tools/reader-simulator/simulated-people.ts'

const reading: CardReading = {
  ...getPerson(0),
  id: 'reading-1',
  readAt: 0,
  readerLabel: 'COM3',
  warnings: [],
  photo: { state: 'missing', message: '' },
}

test('a card goes to the first tab in order that takes it, and to no other', () => {
  const asked: string[] = []
  const listen = (key: string, takes: boolean) =>
    onCard(key, ({ id }) => {
      asked.push(`${key} ${id}`)
      return takes
    })
  const ends = [listen('entry:a', true), listen('query', false), listen('entry:b', true)]
  expect(offerCard(reading, ['home', 'query', 'entry:b', 'entry:a'])).toBe('entry:b')
  expect(asked).toEqual(['query reading-1', 'entry:b reading-1'])
  ends[2]?.()
  expect(offerCard(reading, ['query', 'entry:b', 'entry:a'])).toBe('entry:a')
  for (const end of ends) end()
  expect(offerCard(reading, ['query', 'entry:b', 'entry:a'])).toBeUndefined()
})

test('a page that was mounted anew is not ended by its predecessor', () => {
  const endFirst = onCard('entry:a', () => false)
  const endSecond = onCard('entry:a', () => true)
  endFirst()
  expect(offerCard(reading, ['entry:a'])).toBe('entry:a')
  endSecond()
})

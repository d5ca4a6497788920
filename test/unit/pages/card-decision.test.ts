import { describe, expect, it } from 'vitest'
import {
  decideCard,
  decideField,
  decideRegistered,
  type FieldOnForm,
  type FormPerson,
} from '../../../src-renderer/pages/entry/card-decision.ts'
import { PROVENANCES, mayReplace, type Provenance } from '../../../src-shared/values/provenance.ts'

const own = '110101199003070038'
const other = '110101199104080041'
const card = { number: own, name: '李四' }
const empty: FormPerson = {
  goesOn: true,
  number: '',
  isNumberFromCard: false,
  isNumberWhole: false,
  name: '',
  cardInForm: '',
  queued: [],
  isBusy: false,
}

/** Every form there can be, as far as the decision looks at it. */
const forms: readonly FormPerson[] = [true, false].flatMap((goesOn) =>
  ['', own, other, '1101', '110101900307003'].flatMap((number) =>
    [true, false].flatMap((isNumberFromCard) =>
      [true, false].flatMap((isNumberWhole) =>
        ['', '李四', '王五'].flatMap((name) =>
          ['', own, other].flatMap((cardInForm) =>
            [[], [own], [other]].flatMap((queued) =>
              [true, false].map((isBusy) => ({
                goesOn,
                number,
                isNumberFromCard,
                isNumberWhole,
                name,
                cardInForm,
                queued,
                isBusy,
              })),
            ),
          ),
        ),
      ),
    ),
  ),
)

describe('a card on an open form', () => {
  it('fills an empty one, and one that is about the same person', () => {
    expect(decideCard(empty, card)).toBe('take')
    expect(decideCard({ ...empty, number: own, isNumberFromCard: true }, card)).toBe('take')
    expect(decideCard({ ...empty, name: '王五' }, card)).toBe('take')
  })
  it('of another person waits for the next form', () => {
    expect(decideCard({ ...empty, number: other, isNumberFromCard: true, name: '李四' }, card)).toBe('queue')
    expect(decideCard({ ...empty, number: other, isNumberWhole: true, name: '王五' }, card)).toBe('queue')
  })
  it('stands beside a number that is a slip of the pen, an old one, or not typed to its end', () => {
    expect(decideCard({ ...empty, number: other, isNumberWhole: true, name: '李四' }, card)).toBe('take')
    expect(decideCard({ ...empty, number: other, isNumberWhole: true }, card)).toBe('take')
    expect(decideCard({ ...empty, number: '110101900307003', isNumberWhole: true, name: '李四' }, card)).toBe(
      'take',
    )
    expect(decideCard({ ...empty, number: '1101', name: '王五' }, card)).toBe('take')
  })
  it('is refused where there is no next form', () => {
    expect(
      decideCard({ ...empty, goesOn: false, number: other, isNumberFromCard: true, name: '王五' }, card),
    ).toBe('refuse')
  })
  it('is decided the same way for all forms there can be', () => {
    const counts = { take: 0, queue: 0, again: 0, later: 0, refuse: 0 }
    for (const form of forms) {
      const decision = decideCard(form, card)
      counts[decision] += 1
      const about = JSON.stringify(form)
      // What waits already is never doubled; what comes while a form is saved is never lost.
      expect(decision === 'again', about).toBe(form.queued.includes(own))
      if (decision === 'again') continue
      expect(decision === 'later', about).toBe(form.isBusy)
      if (decision === 'later') continue
      const isSame = form.number === '' || form.number === own || form.cardInForm === own
      const isOther =
        form.isNumberFromCard || (form.isNumberWhole && form.name !== '' && form.name !== '李四')
      expect(decision, about).toBe(isSame || !isOther ? 'take' : form.goesOn ? 'queue' : 'refuse')
    }
    for (const [decision, count] of Object.entries(counts)) expect(count, decision).toBeGreaterThan(0)
  })
})

describe('a field', () => {
  const blank: FieldOnForm = {
    text: '',
    value: null,
    provenance: null,
    applies: true,
    isBeingTyped: false,
  }
  const ways: readonly (Provenance | null)[] = [...PROVENANCES, null]

  it('that is empty is filled, also where it was emptied by the clerk', () => {
    for (const provenance of ways) expect(decideField({ ...blank, provenance }, '李四')).toBe('fill')
  })
  it.each(ways)(
    'that holds something else (%s) is filled only over what the program brought',
    (provenance) => {
      const decision = decideField({ ...blank, text: '王五', value: '王五', provenance }, '李四')
      expect(decision).toBe(mayReplace(provenance, 'card') ? 'fill' : 'differ')
    },
  )
  it.each(ways)('that holds the same (%s) stays as it is', (provenance) => {
    const decision = decideField({ ...blank, text: '李四', value: '李四', provenance }, '李四')
    expect(decision).toBe(mayReplace(provenance, 'card') ? 'confirm' : 'same')
  })
  it('with characters that are no value yet stands beside the card', () => {
    expect(decideField({ ...blank, text: '1101', provenance: 'typed' }, own)).toBe('differ')
  })
  it('that is being typed in is left alone', () => {
    for (const text of ['', '王'])
      expect(decideField({ ...blank, text, isBeingTyped: true }, '李四')).toBe('later')
  })
  it('without a meaning, or of which the card says nothing, is left alone', () => {
    expect(decideField({ ...blank, applies: false }, '李四')).toBe('none')
    expect(decideField(blank, '')).toBe('none')
  })
})

it('a number that is registered opens its record unless work stands in the form', () => {
  for (const isNew of [true, false])
    for (const holdsTypedWork of [true, false])
      for (const cameFromQueue of [true, false])
        expect(decideRegistered({ isNew, holdsTypedWork, cameFromQueue })).toBe(
          isNew && !holdsTypedWork && !cameFromQueue ? 'openExisting' : 'say',
        )
})

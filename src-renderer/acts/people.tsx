import type { Occupant } from '../../src-shared/contract/types.ts'
import type { ChoiceEntry } from '../components/choice-list.tsx'

/** A person's key in lists: residents and minors stand side by side. */
export function personKey({ register, id }: Pick<Occupant, 'register' | 'id'>): string {
  return `${register} ${id}`
}

/** A person as a list names one: name; sex, age, and whose child. */
export function toPersonEntry(person: Occupant): ChoiceEntry {
  const age = person.age === null ? '' : `${person.age} 岁`
  const child =
    person.register === 'minor'
      ? `未成年人${person.guardian === '' ? '' : `(监护人 ${person.guardian})`}`
      : ''
  return {
    key: personKey(person),
    text: person.name,
    detail: [person.sex, age, child].filter((text) => text !== '').join(' · '),
  }
}

/** What a request needs to know of a person. */
export function toPersonIds(people: readonly Occupant[]): { register: 'resident' | 'minor'; id: string }[] {
  return people.map(({ register, id }) => ({ register, id }))
}

import type { DuplicatePair, DuplicateSide } from '../../../src-shared/contract/sync-types.ts'
import type { RequestInput } from '../../../src-shared/contract/requests.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'

export type Side = 'left' | 'right'

/** Which record stays, and from which side each differing field is taken. */
export type DuplicateChoice = { readonly winner: Side; readonly picks: Readonly<Record<string, Side>> }

/** The pair's name, the same after every reading. */
export function pairKey(pair: DuplicatePair): string {
  return `${pair.register}/${pair.left.id}/${pair.right.id}`
}

/** The record that would stay if nobody chose: the valid one, then the one others point to, then the elder. */
export function proposedWinner({ left, right }: DuplicatePair): Side {
  const score = (side: DuplicateSide, other: DuplicateSide): boolean => {
    if (side.status !== other.status) return side.status === 'active'
    if (side.linkedCount !== other.linkedCount) return side.linkedCount > other.linkedCount
    return side.createdAt <= other.createdAt
  }
  return score(left, right) ? 'left' : 'right'
}

/** What is chosen before the clerk chooses: the winner's values, and the other's where the winner has none. */
export function proposeChoice(pair: DuplicatePair, winner: Side = proposedWinner(pair)): DuplicateChoice {
  const other = winner === 'left' ? 'right' : 'left'
  return {
    winner,
    picks: Object.fromEntries(
      pair.fields
        .filter(({ isDifferent }) => isDifferent)
        .map((field) => [field.field, field[winner] === '' ? other : winner]),
    ),
  }
}

/** What is asked of the backend: the winner, the loser, and what is taken from which. */
export function mergeInput(pair: DuplicatePair, choice: DuplicateChoice): RequestInput<'record.merge'> {
  const loser = choice.winner === 'left' ? 'right' : 'left'
  return {
    register: pair.register,
    winnerId: pair[choice.winner].id,
    loserId: pair[loser].id,
    picks: Object.fromEntries(
      Object.entries(choice.picks).map(([field, side]) => [
        field,
        side === choice.winner ? ('winner' as const) : ('loser' as const),
      ]),
    ),
  }
}

/** What a pair that only looks alike is called. */
export function distinctLabel(register: RegisterName): string {
  switch (register) {
    case 'resident':
    case 'minor':
    case 'coordinator':
      return '不是同一人'
    case 'dwelling':
    case 'employer':
    case 'school':
    case 'estate':
    case 'residencePermit':
    case 'lease':
    case 'inspection':
    case 'serviceRequest':
      return '不是同一个'
  }
}

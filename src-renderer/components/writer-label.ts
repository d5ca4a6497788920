import type { Account } from '../../src-shared/contract/types.ts'

/** A station as the clerk knows it: the own one by name, others by code; empty where none is known. */
export function stationLabel(account: Account | null, stationCode: string): string {
  return stationCode === account?.stationCode ? account.stationName : stationCode
}

/** Who did something: the clerk at the keyboard by name, others by account name. */
export function writerLabel(account: Account | null, accountName: string): string {
  return accountName === account?.accountName ? account.displayName : accountName
}

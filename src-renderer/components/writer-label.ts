import type { Account } from '../../src-shared/contract/types.ts'

/** A station as the clerk knows it. Others come with the name the server has told, by code where it has not; empty where none is known. */
export function stationLabel(account: Account | null, stationCode: string): string {
  return stationCode === account?.stationCode ? account.stationName : stationCode
}

/** Who did something. Others come with the name the server has told, by account name where it has not. */
export function writerLabel(account: Account | null, accountName: string): string {
  return accountName === account?.accountName ? account.displayName : accountName
}

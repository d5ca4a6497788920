import { refreshAnswer } from '../../../src-shared/contract/enrolment-messages.ts'
import { signInAnswer } from '../../../src-shared/contract/server-messages.ts'
import type { ServerCertificate, SyncStatus } from '../../../src-shared/contract/types.ts'
import { readSettings } from '../services/settings.ts'
import { writeSetting } from '../queries/settings.ts'
import type { LineServer } from './line-security.ts'
import { ensureReplica, findLineSession, findReplicaKey, makeProof, writeLineSession } from './replica-key.ts'
import { createServerClient, ServerFailure, type ServerClient } from './server-client.ts'
import { readSyncState, writeSyncState } from './sync-state.ts'
import type { SyncOptions } from './sync-types.ts'

const SIGN_IN = '/account/1/sign-in'
const REFRESH = '/account/1/refresh'
const SIGN_OUT = '/account/1/sign-out'
const ENROL = '/account/1/enrol'
const HELLO = '/sync/1/hello'
/** Requests that a server asks the store's key for. */
const PROVEN_PATHS: ReadonlySet<string> = new Set([SIGN_IN, REFRESH, ENROL, HELLO])

type LineOptions = Pick<SyncOptions, 'store' | 'clock' | 'settings'>

/** The line of a store to the server of its settings. */
export type Line = {
  /**
   * A client that shows the store's key where the server wants it, and opens a new session by itself where the old one has
   * ended: the clerk is asked to sign in again only where that is refused.
   */
  readonly open: () => ServerClient
  /** What a person has to decide before anything is sent again; null for nothing. */
  readonly question: () => SyncStatus['question']
  /** Trusts the certificate of the question, or not. */
  readonly answer: (isAccepted: boolean) => Promise<void>
}

export function createLine(options: LineOptions): Line {
  /** What the server showed in place of the certificate that was confirmed. */
  let changed: ServerCertificate | undefined

  return {
    open() {
      const client = openLine(options, options.settings().server)
      const watch = async <Result>(act: () => Promise<Result>): Promise<Result> => {
        try {
          const result = await act()
          changed = undefined
          return result
        } catch (error) {
          if (error instanceof ServerFailure && error.line?.isChanged === true)
            changed = error.line.certificate
          throw error
        }
      }
      return {
        ...client,
        ask: (...question) => watch(() => client.ask(...question)),
        exchange: (...question) => watch(() => client.exchange(...question)),
      }
    },
    question() {
      if (changed === undefined) return null
      return {
        title: '服务器的证书变了',
        text: `服务器出示的证书与本机信任的不同,没有发送任何内容。可能有人冒充服务器,也可能管理员换了证书。请向管理员问清,并逐组核对指纹:${changed.fingerprint}。有一组不一致,就不要信任。`,
        accept: '指纹一致,信任新证书',
      }
    },
    async answer(isAccepted) {
      const certificate = changed
      changed = undefined
      if (!isAccepted || certificate === undefined) return
      await options.store.write((database) => {
        const settings = readSettings(database)
        writeSetting(database, 'settings', {
          ...settings,
          server: { ...settings.server, authority: certificate.authority },
        })
      })
    },
  }
}

/** The client of {@link Line.open} for a server that the settings need not name. */
export function openLine(
  { store, clock }: Pick<LineOptions, 'store' | 'clock'>,
  server: LineServer,
): ServerClient {
  const key = findReplicaKey(store.read)
  /** Milliseconds to add to the device's clock: a proof has to be of the server's time. */
  let offset = readSyncState(store.read).clockOffset
  const client = createServerClient(server, ({ method, path, body, bodyHash }) => {
    const replica = (body as { readonly replica?: unknown } | null)?.replica
    if (key === undefined || !PROVEN_PATHS.has(path) || typeof replica !== 'string') return undefined
    const at = Math.max(0, Math.round(clock.deviceNow() + offset))
    return makeProof(key, { method, path, replica, bodyHash, at })
  })

  /** Signs anew where the server's clock is another than was thought. */
  const ask: ServerClient['ask'] = async (path, body, schema, how) => {
    try {
      return await client.ask(path, body, schema, how)
    } catch (error) {
      const serverTime = error instanceof ServerFailure ? error.answer?.serverTime : undefined
      if (!(error instanceof ServerFailure) || error.code !== 'proofStale' || serverTime === undefined)
        throw error
      offset = serverTime - clock.deviceNow()
      return client.ask(path, body, schema, how)
    }
  }

  /** A new token by what was kept at the sign-in, or undefined where the server no longer takes it. */
  async function openSession(signal: AbortSignal | undefined): Promise<string | undefined> {
    const kept = findLineSession(store.read)
    if (kept === undefined || kept.refresh === null) return undefined
    const { replica } = readSyncState(store.read)
    // The server may know the store's new id already, though its answer was lost.
    const ids = [...new Set([kept.replica, ...(replica === null ? [] : [replica])])]
    for (const id of ids) {
      try {
        const answer = await ask(
          REFRESH,
          { replica: id, refresh: kept.refresh },
          refreshAnswer,
          // A round that is cancelled (the program ends) waits for no session.
          signal === undefined ? {} : { signal },
        )
        await store.write((database) => {
          writeLineSession(database, { ...kept, replica: id })
          // Signed out meanwhile: stays so.
          if (readSyncState(database).account === null) return
          writeSyncState(database, { account: answer.account, token: answer.token })
        })
        return answer.token
      } catch (error) {
        if (!(error instanceof ServerFailure) || error.code !== 'notSignedIn') throw error
      }
    }
    return undefined
  }

  /** Runs a request that carries a token; once more with a new one where the server no longer takes it. */
  async function withSession<Result>(
    { token, signal }: { readonly token?: string | null; readonly signal?: AbortSignal },
    act: (token: string | null | undefined) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await act(token)
    } catch (error) {
      if (!token || !(error instanceof ServerFailure) || error.code !== 'notSignedIn') throw error
      const renewed = await openSession(signal)
      if (renewed === undefined) throw error
      return act(renewed)
    }
  }

  return {
    ...client,
    async ask(path, body, schema, how = {}) {
      if (path === SIGN_IN) {
        // The id by which the server knows the store's key: a new one is told at the next hello.
        const replica = findLineSession(store.read)?.replica ?? (await store.write(ensureReplica))
        const answer = await ask(path, { ...(body as object), replica }, schema, how)
        const { refresh = null } = signInAnswer.parse(answer)
        await store.write((database) => writeLineSession(database, { replica, refresh }))
        return answer
      }
      if (path === SIGN_OUT) {
        const kept = findLineSession(store.read)
        const refresh = kept?.refresh ?? null
        if (kept === undefined || refresh === null) return ask(path, body, schema, how)
        await store.write((database) => writeLineSession(database, { ...kept, refresh: null }))
        return ask(path, { ...(body as object), refresh }, schema, how)
      }
      if (path !== HELLO)
        return withSession(how, (token) => ask(path, body, schema, { ...how, token: token ?? null }))
      const { replica } = body as { readonly replica: string }
      const answer = await withSession(how, (token) => {
        const known = findLineSession(store.read)?.replica ?? replica
        const hello = known === replica ? body : { ...(body as object), formerly: known }
        return ask(path, hello, schema, { ...how, token: token ?? null })
      })
      const kept = findLineSession(store.read)
      if (kept?.replica !== replica)
        await store.write((database) =>
          writeLineSession(database, { replica, refresh: kept?.refresh ?? null }),
        )
      return answer
    },
    exchange: (request, how = {}) =>
      withSession(how, (token) => client.exchange(request, { ...how, token: token ?? null })),
  }
}

import type { RequestError, RequestErrorCode } from '../../../src-shared/contract/errors.ts'
import type { RuleBreach } from '../../../src-shared/registers/register.ts'
import { StoreFailure, storeFailureKindOf, toStoreFailure } from '../database/store-failure.ts'

/** A request that is refused; `message` is a Chinese sentence for the clerk. */
export class RequestRefusal extends Error {
  readonly error: RequestError
  constructor(code: RequestErrorCode, message: string, breaches?: readonly RuleBreach[]) {
    super(message)
    this.name = 'RequestRefusal'
    this.error = breaches === undefined ? { code, message } : { code, message, breaches }
  }
}

/** A refusal because of broken rules; the message is the first of them. */
export function refuseByRules(breaches: readonly RuleBreach[]): RequestRefusal {
  const first = breaches[0]?.message ?? '有不符合要求的内容,请核对!'
  const message = breaches.length > 1 ? `${first}(共 ${breaches.length} 处)` : first
  return new RequestRefusal('ruleBroken', message, breaches)
}

/** What a page is told of anything thrown while a request was answered. */
export function toRequestError(error: unknown): RequestError {
  if (error instanceof RequestRefusal) return error.error
  const isStorage =
    error instanceof StoreFailure ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_'))
  if (isStorage) {
    const failure = error instanceof StoreFailure ? error : toStoreFailure(error, '本机数据库')
    const kind = storeFailureKindOf(error)
    const advice = kind === 'other' ? '请重试;若仍不行,请把日志交给管理员。' : failure.advice
    return { code: 'storage', message: `${failure.title}。已录入的内容仍在屏幕上,没有丢失。${advice}` }
  }
  if (isCarrier(error)) return error.requestError
  return { code: 'internal', message: '程序出现意外错误,已记入日志。已录入的内容仍在,请重试。' }
}

/** Failures of other parts (sync) may carry what the page is to be told. */
function isCarrier(error: unknown): error is { readonly requestError: RequestError } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'requestError' in error &&
    typeof error.requestError === 'object'
  )
}

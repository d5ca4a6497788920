import type { RequestName, RequestInput } from '../../../src-shared/contract/requests.ts'
import type { Context } from './context.ts'
import { RequestRefusal } from './request-failure.ts'

/** Requests that register, change or decide something, that show values whole so that a form can be filled with them, or that take the whole store away. */
const REFUSED_TO_VIEWERS =
  /\.(save|cancel|restore|restoreLetting|advance|judge|vacate|markVacant|move|assignCoordinator|undoSave|merge|unmerge|delete|resolve|dismiss|previous|put|hold|withdraw|confirm|export|import|rebuild|load|remove)$|^batch\.(open|continue|close|setExpected|setSheet|resumeSheet)$|^backup\.(make|list|inspect|reinstate|drop|setAutomatic)$|^dictionary\.(add|correct|retire|reinstate)Entry$/
/** … but for these, which concern the client and not the records. */
const ALLOWED_ALL_THE_SAME: ReadonlySet<string> = new Set(['settings.save', 'sync.cancel', 'demo.remove'])

/**
 * A viewer looks and changes nothing: what he saved would wait for ever, since the server takes no op of his.
 * @throws RequestRefusal for an act of a role that the signed-in account does not have
 */
export function refuseViewer<Name extends RequestName>(
  context: Context,
  name: Name,
  input: RequestInput<Name>,
): void {
  if (context.account()?.role !== 'viewer' || !isWriting(name, input)) return
  throw new RequestRefusal(
    'notAllowed',
    '当前账号是查询员,只能查看,不能登记和修改。要登记,请在「系统设置—账号」换操作员账号登录;已录入的内容仍在草稿中。',
  )
}

/** Whether only those may ask it who may change records. */
export function isWriting<Name extends RequestName>(name: Name, input?: RequestInput<Name>): boolean {
  if (name === 'record.get') return input !== undefined && 'purpose' in input && input.purpose === 'modify'
  return REFUSED_TO_VIEWERS.test(name) && !ALLOWED_ALL_THE_SAME.has(name)
}

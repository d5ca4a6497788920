import { useSyncExternalStore, type ReactNode } from 'react'
import { formKeys } from '../../keys/bindings.ts'
import { ariaKeys, keysText } from '../../keys/press.ts'
import type { FormCommand } from '../../forms/form-keys.ts'
import type { EntrySession } from './entry-session.ts'

/**
 * What cards have left to say above the save bar: values that differ from the typed ones, side by side; what contradicts itself on
 * the card; and the cards that wait. It takes no focus and no room where there is nothing to say.
 */
export function CardStrip(props: {
  readonly session: EntrySession
  readonly onCommand: (command: FormCommand, field: string | undefined) => boolean
}): ReactNode {
  const { cards } = props.session
  const { differences, warnings, queued, unregistered } = useSyncExternalStore(cards.subscribe, cards.read)
  const isEmpty =
    differences.length === 0 && warnings.length === 0 && queued.length === 0 && unregistered === null
  if (isEmpty) return null
  const act = (command: 'takeCard' | 'keepTyped' | 'takeAllCard' | 'keepAllTyped', label: string) => (
    <button
      type="button"
      tabIndex={-1}
      className="card-act"
      aria-keyshortcuts={ariaKeys(formKeys[command])}
      // The focus stays where the clerk types.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => props.onCommand(command, undefined)}
    >
      {label} <kbd aria-hidden="true">{keysText(formKeys[command])}</kbd>
    </button>
  )
  return (
    <section className="card-strip" aria-label="证件">
      {differences.length > 0 ? (
        <div className="card-differences">
          <table>
            <thead>
              <tr>
                <th scope="col">与证件不同</th>
                <th scope="col">录入</th>
                <th scope="col">读卡</th>
              </tr>
            </thead>
            <tbody>
              {differences.map((each) => (
                <tr
                  key={each.field}
                  className={each.isCurrent ? 'card-current' : ''}
                  aria-current={each.isCurrent}
                >
                  <th scope="row">{each.label}</th>
                  <td>{each.typed}</td>
                  <td>{each.card}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="card-acts">
            {act('takeCard', '采用读卡')}
            {act('keepTyped', '保留录入')}
            {differences.length > 1 ? act('takeAllCard', '全部采用读卡') : null}
            {differences.length > 1 ? act('keepAllTyped', '全部保留录入') : null}
          </div>
        </div>
      ) : null}
      {warnings.map((warning) => (
        <p key={warning} className="card-warning">
          {`证件内容请核对:${warning}`}
        </p>
      ))}
      {unregistered === null ? null : (
        <p>
          {`「${unregistered}」尚未登记为流动人员,可由证件新增,保存后选入申请人。`}
          {act('takeCard', '新增流动人员')}
        </p>
      )}
      {queued.length > 0 ? (
        <p className="card-queue">
          {`待录证件:${queued.join('、')}`}
          <span className="hint">{`保存并新增后依次填入,${keysText(formKeys.dropCard)} 移去最后一张`}</span>
        </p>
      ) : null}
    </section>
  )
}

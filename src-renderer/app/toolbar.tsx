import DownOutlined from '@ant-design/icons/es/icons/DownOutlined'
import IdcardOutlined from '@ant-design/icons/es/icons/IdcardOutlined'
import PlusOutlined from '@ant-design/icons/es/icons/PlusOutlined'
import SearchOutlined from '@ant-design/icons/es/icons/SearchOutlined'
import SettingOutlined from '@ant-design/icons/es/icons/SettingOutlined'
import SyncOutlined from '@ant-design/icons/es/icons/SyncOutlined'
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { PopupMenu } from '../components/popup-menu.tsx'
import {
  enterCommands,
  openSettings,
  queryCommands,
  readCard,
  synchronise,
  type Command,
} from './commands.ts'
import { toolbarKeys, windowKeys } from '../keys/bindings.ts'
import { ariaKey, ariaKeys, findPressed, keysText, stepOf } from '../keys/press.ts'

/** The strip of icons below the menu bar: one tab stop, ← → move in it. */
export function Toolbar(props: {
  readonly onCommand: (command: Command) => void
  readonly onPalette: () => void
}): ReactNode {
  const [openLabel, setOpenLabel] = useState<string>()
  const [focusIndex, setFocusIndex] = useState(0)
  const strip = useRef<HTMLDivElement>(null)

  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...(strip.current?.querySelectorAll<HTMLElement>('.toolbar-button') ?? [])]
    const index = buttons.findIndex((button) => button === document.activeElement)
    if (index < 0) return
    const pressed = findPressed(event.nativeEvent, toolbarKeys)
    if (pressed === 'open' && buttons[index]?.ariaHasPopup !== null) buttons[index]?.click()
    else if (pressed === 'sideways')
      buttons[(index + stepOf(event) + buttons.length) % buttons.length]?.focus()
    else return
    event.preventDefault()
  }

  const dropDown = (
    index: number,
    label: string,
    icon: ReactNode,
    commands: readonly Command[],
  ): ReactNode => (
    <div className="toolbar-place" role="none">
      <button
        type="button"
        className="toolbar-button"
        aria-haspopup="menu"
        aria-expanded={openLabel === label}
        aria-label={label}
        tabIndex={index === focusIndex ? 0 : -1}
        onFocus={() => setFocusIndex(index)}
        onClick={() => setOpenLabel(openLabel === label ? undefined : label)}
      >
        {icon}
        <span>{label}</span>
        <DownOutlined className="toolbar-arrow" />
      </button>
      {openLabel === label ? (
        <PopupMenu
          label={label}
          items={commands.map((command) => ({
            label: command.label,
            shortcut: command.shortcut,
            onSelect: () => props.onCommand(command),
          }))}
          onClose={() => {
            setOpenLabel(undefined)
            strip.current?.querySelectorAll<HTMLElement>('.toolbar-button')[index]?.focus()
          }}
        />
      ) : null}
    </div>
  )

  const button = (index: number, command: Command, icon: ReactNode): ReactNode => (
    <button
      type="button"
      className="toolbar-button"
      aria-keyshortcuts={ariaKey(command.shortcut)}
      tabIndex={focusIndex === index ? 0 : -1}
      onFocus={() => setFocusIndex(index)}
      onClick={() => props.onCommand(command)}
    >
      {icon}
      <span>{command.label}</span>
      <kbd aria-hidden="true">{command.shortcut}</kbd>
    </button>
  )

  return (
    <div ref={strip} role="toolbar" aria-label="工具栏" className="toolbar" onKeyDown={onKeyDown}>
      {dropDown(0, '新增', <PlusOutlined />, enterCommands)}
      {dropDown(1, '查询', <SearchOutlined />, queryCommands)}
      <span className="toolbar-rule" />
      {button(2, readCard, <IdcardOutlined />)}
      {button(3, synchronise, <SyncOutlined />)}
      <span className="toolbar-rule" />
      <button
        type="button"
        className="toolbar-button"
        aria-label="设置"
        aria-keyshortcuts={ariaKey(openSettings.shortcut)}
        tabIndex={focusIndex === 4 ? 0 : -1}
        onFocus={() => setFocusIndex(4)}
        onClick={() => props.onCommand(openSettings)}
      >
        <SettingOutlined />
        <span>设置</span>
      </button>
      <button
        type="button"
        className="toolbar-button toolbar-find"
        aria-keyshortcuts={ariaKeys(windowKeys.palette)}
        tabIndex={focusIndex === 5 ? 0 : -1}
        onFocus={() => setFocusIndex(5)}
        // A press leaves the focus, and what is being typed, where it is.
        onMouseDown={(event) => event.preventDefault()}
        onClick={props.onPalette}
      >
        <kbd aria-hidden="true">{keysText(windowKeys.palette)}</kbd>
        <span>{windowKeys.palette.does}</span>
      </button>
    </div>
  )
}

import type { ThemeConfig } from 'antd'

/**
 * The one place for colours and sizes (design/screens.md). The same values reach our own style sheet as the custom
 * properties of {@link themeVariables}. Sizes are CSS pixels at 100 %; 显示—字号 scales the whole window.
 */
const accent = '#1659b8'
const line = '#d9d9d9'
const text = '#1f1f1f'
const textMuted = '#5f6368'
const danger = '#c0271a'
const attention = '#a35b00'
const stored = '#1e7a34'
const fontFamily =
  "'Microsoft YaHei UI', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', system-ui, sans-serif"

export const theme: ThemeConfig = {
  token: {
    colorPrimary: accent,
    // Darker, not lighter: what is written on it stays legible.
    colorPrimaryHover: '#124a99',
    colorLink: accent,
    colorError: danger,
    colorWarning: attention,
    colorSuccess: stored,
    colorText: text,
    colorTextSecondary: textMuted,
    colorTextPlaceholder: textMuted,
    colorBorder: line,
    borderRadius: 2,
    borderRadiusLG: 2,
    borderRadiusSM: 2,
    fontFamily,
    fontSize: 14,
    controlHeight: 28,
    controlHeightSM: 28,
    controlHeightLG: 28,
    controlOutlineWidth: 2,
    lineHeight: 1.4,
    motion: false,
    wireframe: false,
  },
  components: {
    Button: {
      fontWeight: 400,
      defaultShadow: 'none',
      primaryShadow: 'none',
      dangerShadow: 'none',
      paddingInlineSM: 12,
    },
    Input: { paddingInlineSM: 7, activeShadow: 'none' },
  },
}

/** Custom properties for the style sheet. */
export const themeVariables: Readonly<Record<`--${string}`, string>> = {
  '--accent': accent,
  '--accent-soft': '#e3edfb',
  '--accent-faint': '#f2f6fc',
  '--line': line,
  '--line-strong': '#b5b5b5',
  '--text': text,
  '--text-muted': textMuted,
  '--danger': danger,
  '--danger-soft': '#fdeceb',
  '--attention': attention,
  '--attention-soft': '#fff4e0',
  '--stored': stored,
  '--surface': '#ffffff',
  '--surface-sunken': '#f4f5f7',
  '--font-family': fontFamily,
  '--font-size': '14px',
  '--font-size-table': '13px',
  '--control-height': '28px',
  '--row-height': '28px',
  '--radius': '2px',
}

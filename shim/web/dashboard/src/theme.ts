import { createTheme, type MantineColorsTuple } from '@mantine/core'

const ink: MantineColorsTuple = [
  '#eef0ff',
  '#dde0fb',
  '#b9bff2',
  '#929cea',
  '#7380e4',
  '#5866d8',
  '#4e5ddb',
  '#3f4fd0',
  '#3443ad',
  '#28358a',
]

const dark: MantineColorsTuple = [
  '#e9ebf1',
  '#c3c8d4',
  '#a0a7b7',
  '#767f93',
  '#363c4a',
  '#2b303c',
  '#1c2029',
  '#171a22',
  '#12151b',
  '#0f1117',
]

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 5 },
  colors: { ink, dark },
  autoContrast: true,
  fontFamily: "'Inter Variable', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace:
    "ui-monospace, 'SF Mono', 'Cascadia Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: {
        title: { fontWeight: 620, fontSize: '1.0625rem', overflowWrap: 'anywhere' },
        header: { padding: '18px 20px 12px' },
        body: { padding: '4px 20px 20px' },
      },
    },
    Menu: {
      defaultProps: {
        shadow: 'md',
        radius: 'md',
        withinPortal: true,
        withInitialFocusPlaceholder: false,
        position: 'bottom-end',
      },
    },
    Popover: { defaultProps: { shadow: 'md', radius: 'md' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Select: { defaultProps: { checkIconPosition: 'right', allowDeselect: false } },
  },
})

import { ActionIcon, Button, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'

export function Copy({ text, label, asButton = false }: { text: string; label: string; asButton?: boolean }) {
  return (
    <CopyButton value={text} timeout={1600}>
      {({ copied, copy }) => {
        const icon = copied ? <IconCheck size={16} /> : <IconCopy size={16} stroke={1.7} />
        return asButton ? (
          <Button variant="default" leftSection={icon} onClick={copy}>
            {copied ? 'Copied' : label}
          </Button>
        ) : (
          <Tooltip label={copied ? 'Copied' : label}>
            <ActionIcon
              aria-label={copied ? 'Copied' : label}
              onClick={copy}
              size="md"
              color={copied ? 'teal' : 'gray'}
            >
              {icon}
            </ActionIcon>
          </Tooltip>
        )
      }}
    </CopyButton>
  )
}

/** The frame of every page: where one can go, and the page itself. */
import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import {
  IconChartAreaLine,
  IconLogout,
  IconMoon,
  IconReceipt,
  IconSettings,
  IconSpeakerphone,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link, useLocation, useRoute } from 'wouter'

import icon from '../icon.svg'
import { useKeptRange } from '../lib/range'
import { signOut, useIsAdmin } from '../session'
import { Boundary } from './Boundary'

const PAGES = [
  { path: '/', pattern: '/', name: 'Overview', Icon: IconChartAreaLine },
  { path: '/campaigns', pattern: '/campaigns/*?', name: 'Campaigns', Icon: IconSpeakerphone },
  { path: '/orders', pattern: '/orders', name: 'Orders', Icon: IconReceipt },
  { path: '/settings', pattern: '/settings', name: 'Settings', Icon: IconSettings },
]

export function Shell({ children }: { children: ReactNode }) {
  const kept = useKeptRange()
  const [place] = useLocation()
  const role = useIsAdmin() ? 'administrator' : 'analyst'
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <div className="top-inner">
          <Link href={`/${kept}`} className="brand">
            <img src={icon} alt="" />
            pg_campaign
          </Link>
          <nav className="tabs" aria-label="Pages">
            {PAGES.map(({ path, pattern, name, Icon }) => (
              <Tab key={path} href={path + kept} pattern={pattern}>
                <Icon size={21} stroke={1.7} aria-hidden />
                {name}
              </Tab>
            ))}
          </nav>
          <ActionIcon aria-label={`Use ${other} colours`} onClick={() => setColorScheme(other)}>
            {scheme === 'dark' ? <IconSun size={19} stroke={1.7} /> : <IconMoon size={19} stroke={1.7} />}
          </ActionIcon>
          <Menu>
            <Menu.Target>
              <ActionIcon aria-label={`Your key (${role})`}>
                <IconUserCircle size={20} stroke={1.7} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
                Sign out <span className="small muted">{role}</span>
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </header>
      <main className="page" id="content" tabIndex={-1}>
        <Boundary place={place}>{children}</Boundary>
      </main>
    </>
  )
}

function Tab({ href, pattern, children }: { href: string; pattern: string; children: ReactNode }) {
  const [here] = useRoute(pattern)
  return (
    <Link href={href} {...(here ? { 'aria-current': 'page' as const } : {})}>
      {children}
    </Link>
  )
}

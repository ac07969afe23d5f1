import {
  IconBrandFacebook,
  IconBrandInstagram,
  IconBrandTiktok,
  IconBrandX,
  IconBrandYoutube,
  IconStack2,
  IconWorld,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

import type { Platform } from '../api/queries'
import { useKeptRange } from '../lib/range'

const PLATFORMS = {
  instagram: { name: 'Instagram', Icon: IconBrandInstagram },
  facebook: { name: 'Facebook', Icon: IconBrandFacebook },
  tiktok: { name: 'TikTok', Icon: IconBrandTiktok },
  youtube: { name: 'YouTube', Icon: IconBrandYoutube },
  twitter: { name: 'Twitter', Icon: IconBrandX },
  other: { name: 'Other platform', Icon: IconWorld },
  multi: { name: 'Several platforms', Icon: IconStack2 },
} satisfies Record<Platform, unknown>

export function platformName(platform: Platform): string {
  return PLATFORMS[platform].name
}

export function PlatformIcon({ platform, size = 17 }: { platform: Platform; size?: number }) {
  const { name, Icon } = PLATFORMS[platform]
  return (
    <span className="platform" role="img" aria-label={name} title={name}>
      <Icon size={size} stroke={1.7} aria-hidden />
    </span>
  )
}

/** A campaign as every list shows it: where it runs, its name, and a word below. */
export function CampaignName({
  id,
  name,
  platform,
  children,
}: {
  id: string
  name: string
  platform: Platform
  children?: ReactNode
}) {
  const kept = useKeptRange()
  return (
    <span className="campaign">
      <PlatformIcon platform={platform} />
      <span>
        <Link href={`/campaigns/${id}${kept}`} className="name strong">
          {name}
        </Link>
        {children}
      </span>
    </span>
  )
}

import { IconMapOff } from '@tabler/icons-react'
import { Link } from 'wouter'

import { PageHead } from '../components/Page'
import { Empty } from '../components/States'

export function NotFound() {
  return (
    <>
      <PageHead title="No such page" />
      <div className="card">
        <Empty icon={<IconMapOff size={22} />} title="There is nothing at this address">
          The link may be old, or was cut short.{' '}
          <Link href="/" className="link">
            Go to the overview
          </Link>
          .
        </Empty>
      </div>
    </>
  )
}

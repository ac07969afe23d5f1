/** How many visitors are in the shop now, and who brought them. */
import { Popover } from '@mantine/core'
import { useState } from 'react'

import { useLive } from '../api/queries'
import * as format from '../lib/format'
import { CampaignName } from './Platform'

export function Live() {
  const live = useLive()
  const [open, setOpen] = useState(false)
  const visitors = live.data?.reduce((sum, campaign) => sum + campaign.visitors, 0)
  if (visitors === undefined) return null
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className="live" onClick={() => setOpen(!open)} aria-expanded={open}>
          <span className={visitors > 0 ? 'dot on' : 'dot'} aria-hidden />
          <span>
            <span className="number">{format.count(visitors)}</span>{' '}
            <span className="muted">{visitors === 1 ? 'visitor now' : 'visitors now'}</span>
          </span>
        </button>
      </Popover.Target>
      <Popover.Dropdown w={320} p={0} aria-label="Visitors now">
        {visitors === 0 ? (
          <p className="muted pad">Nobody who came by a campaign has been active in the last 5 minutes.</p>
        ) : (
          <div className="scroll">
            <table>
              <caption className="unseen">Visitors active in the last 5 minutes, by campaign</caption>
              <tbody>
                {live.data?.slice(0, 10).map((campaign) => (
                  <tr key={campaign.campaign_id}>
                    <th scope="row">
                      <CampaignName id={campaign.campaign_id} name={campaign.name} platform={campaign.platform} />
                    </th>
                    <td className="n strong">{format.count(campaign.visitors)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

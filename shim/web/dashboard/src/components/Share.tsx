/** Everything one needs to post a campaign: its link, its short link, its QR code, a text. */
import { Button, Modal, Skeleton, Textarea, TextInput } from '@mantine/core'
import { IconDownload, IconShare } from '@tabler/icons-react'
import { useState } from 'react'

import { fetched } from '../api/client'
import { useQrCode, type Campaign } from '../api/queries'
import { fileName, save } from '../lib/files'
import { Copy } from './Copy'
import { tellError } from './Notes'

export type Shared = Pick<Campaign, 'id' | 'name' | 'tracking_code' | 'tracking_url'>

export function Share({ campaign, close }: { campaign: Shared | null; close: () => void }) {
  return (
    <Modal opened={campaign !== null} onClose={close} title={`Share ${campaign?.name ?? ''}`} size="lg">
      {campaign !== null && <Content key={campaign.id} campaign={campaign} />}
    </Modal>
  )
}

function Content({ campaign }: { campaign: Shared }) {
  const link = campaign.tracking_url
  const shortLink = `${window.location.origin}/r/${encodeURIComponent(campaign.tracking_code)}`
  const [text, setText] = useState(`${campaign.name}\n${link ?? shortLink}`)
  if (link === null) {
    return (
      <p>
        Nobody has said where this campaign’s link leads. Give the campaign a landing page, or set{' '}
        <span className="mono">campaign.store_url</span> in the database.
      </p>
    )
  }
  return (
    <div className="stack">
      <TextInput
        label="Link to post"
        value={link}
        readOnly
        rightSection={<Copy text={link} label="Copy link" />}
        onFocus={(event) => event.target.select()}
      />
      <TextInput
        label="Short link"
        description="Records the click by itself, then leads to the page: for places where the snippet does not run."
        value={shortLink}
        readOnly
        rightSection={<Copy text={shortLink} label="Copy short link" />}
        onFocus={(event) => event.target.select()}
      />
      <Textarea
        label="Text to share"
        autosize
        minRows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row">
        <Copy text={text} label="Copy text" asButton />
        {'share' in navigator && (
          <Button
            variant="default"
            leftSection={<IconShare size={16} stroke={1.7} />}
            onClick={() => {
              // Turned down by the reader: nothing to tell.
              navigator.share({ title: campaign.name, text }).catch(() => undefined)
            }}
          >
            Share…
          </Button>
        )}
      </div>
      <QrCode campaign={campaign} />
    </div>
  )
}

function QrCode({ campaign }: { campaign: Shared }) {
  const code = useQrCode(campaign.id)
  const download = (kind: 'png' | 'svg') => {
    fetched(`/campaigns/${campaign.id}/qr.${kind}${kind === 'png' ? '?size=1024' : ''}`)
      .then((response) => response.blob())
      .then((picture) => {
        save(fileName(campaign.tracking_code, `.${kind}`), picture)
      })
      .catch(tellError)
  }
  return (
    <div className="row" style={{ gap: 20 }}>
      <div className="qr">
        {code.data === undefined ? (
          <Skeleton height={174} />
        ) : (
          // The service's own picture, of rectangles only.
          <div
            role="img"
            aria-label={`QR code of the link of ${campaign.name}`}
            dangerouslySetInnerHTML={{ __html: code.data.slice(code.data.indexOf('<svg')) }}
          />
        )}
      </div>
      <div className="stack tight" style={{ flex: 1, minWidth: 180 }}>
        <h3>QR code</h3>
        <p className="small muted">For flyers, parcels and shop windows. It opens the same link.</p>
        <div className="row">
          <Button variant="default" size="sm" leftSection={<IconDownload size={16} />} onClick={() => download('png')}>
            PNG
          </Button>
          <Button variant="default" size="sm" leftSection={<IconDownload size={16} />} onClick={() => download('svg')}>
            SVG
          </Button>
        </div>
      </div>
    </div>
  )
}

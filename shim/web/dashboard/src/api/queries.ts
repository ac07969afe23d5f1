/** Every question the pages ask the service, one hook each. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import type { Days } from '../lib/range'
import { recognised } from '../session'
import { api, body, data, fetched, Refused, type Schemas } from './client'

export type Overview = Schemas['Overview']
export type Metrics = Schemas['Metrics']
export type Placing = Schemas['Placing']
export type Branch = Schemas['Branch']
export type Campaign = Schemas['Campaign']
export type NewCampaign = Schemas['NewCampaign']
export type Analytics = Schemas['TreeAnalytics']
export type Child = Analytics['children'][number]
export type CommonVisitors = Schemas['CommonVisitors']
export type OrderSource = Schemas['OrderSource']
export type Platform = Campaign['platform']
export type CampaignType = Campaign['campaign_type']

export const PLATFORMS = [
  'instagram',
  'tiktok',
  'youtube',
  'facebook',
  'twitter',
  'other',
  'multi',
] as const satisfies readonly Platform[]
export const TYPES = ['post', 'reel', 'story', 'video', 'ad', 'campaign'] as const satisfies readonly CampaignType[]

export const METRICS = {
  revenue: 'Revenue',
  profit: 'Profit',
  roi: 'ROI',
  conversions: 'Conversions',
  conversion_rate: 'Conversion rate',
  visits: 'Visits',
  visitors: 'Visitors',
  average_order_value: 'Order value',
  cost_per_conversion: 'Cost per conversion',
} as const
export type Metric = keyof typeof METRICS

export const GRANULARITIES = ['hour', 'day', 'week', 'month'] as const
export type Granularity = (typeof GRANULARITIES)[number]

const period = ({ start, end }: Days) => ({
  ...(start === undefined ? {} : { start_date: start }),
  ...(end === undefined ? {} : { end_date: end }),
})

export function useWhoAmI(enabled: boolean) {
  return useQuery({
    queryKey: ['me'],
    enabled,
    queryFn: async ({ signal }) => {
      const me = await data(api.GET('/me', { signal }))
      recognised(me)
      return me
    },
  })
}

export function useOverview(days: Days, compare: boolean) {
  return useQuery({
    queryKey: ['reports', 'overview', days.start, days.end, compare],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      data(api.GET('/campaigns/analytics/overview', { params: { query: { ...period(days), compare } }, signal })),
  })
}

export function useLeaderboard(metric: Metric, days: Days, limit: number, enabled: boolean) {
  return useQuery({
    queryKey: ['reports', 'leaderboard', metric, days.start, days.end, limit],
    placeholderData: keepPreviousData,
    enabled,
    queryFn: ({ signal }) =>
      data(api.GET('/campaigns/leaderboard', { params: { query: { metric, limit, ...period(days) } }, signal })),
  })
}

export function useBranches(parent: string | undefined, days: Days, limit: number, enabled = true) {
  return useQuery({
    queryKey: ['reports', 'branches', parent, days.start, days.end, limit],
    placeholderData: keepPreviousData,
    enabled,
    queryFn: ({ signal }) =>
      data(
        api.GET('/campaigns/tree', {
          params: {
            query: { ...(parent === undefined ? {} : { parent_campaign_id: parent }), ...period(days), limit },
          },
          signal,
        }),
      ),
  })
}

export function useLive() {
  return useQuery({
    queryKey: ['live'],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => data(api.GET('/campaigns/live', { signal })),
  })
}

export function useCampaign(id: string | undefined) {
  return useQuery({
    queryKey: ['campaigns', 'one', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) => data(api.GET('/campaigns/{id}', { params: { path: { id: id ?? '' } }, signal })),
  })
}

/** Of a campaign with all under it; one without children is a tree, too. */
export function useAnalytics(id: string, days: Days, compare: boolean) {
  return useQuery({
    queryKey: ['reports', 'analytics', id, days.start, days.end, compare],
    placeholderData: (last: Analytics | undefined, query) => (query?.queryKey[2] === id ? last : undefined),
    queryFn: async ({ signal }): Promise<Analytics> => {
      const query = { ...period(days), include_children: true, compare }
      const document = await data(api.GET('/campaigns/{id}/analytics', { params: { path: { id }, query }, signal }))
      if (!('children' in document)) throw new Error('asked for a tree, and got a single campaign')
      return document
    },
  })
}

export function useTimeline(id: string, days: Days, granularity: Granularity, enabled: boolean) {
  return useQuery({
    queryKey: ['reports', 'timeline', id, days.start, days.end, granularity],
    enabled,
    queryFn: ({ signal }) =>
      data(
        api.GET('/campaigns/{id}/timeline', {
          params: { path: { id }, query: { ...period(days), granularity, include_children: true } },
          signal,
        }),
      ),
  })
}

export function useOverlap(id: string, days: Days) {
  return useQuery({
    queryKey: ['reports', 'overlap', id, days.start, days.end],
    queryFn: ({ signal }) =>
      data(
        api.GET('/campaigns/{id}/overlap', { params: { path: { id }, query: { ...period(days), limit: 8 } }, signal }),
      ),
  })
}

const PAGE = 50

export function useConversions(id: string, days: Days) {
  return useInfiniteQuery({
    queryKey: ['reports', 'conversions', id, days.start, days.end],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...period(days),
        include_children: true,
        page_size: PAGE,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      }
      return body(api.GET('/campaigns/{id}/conversions', { params: { path: { id }, query }, signal }))
    },
    getNextPageParam: (last) => last.paging.next_cursor,
  })
}

export function useVisits(id: string, onlyActive: boolean) {
  return useInfiniteQuery({
    queryKey: ['reports', 'visits', id, onlyActive],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const params = {
        path: { id },
        query: { include_children: true, page_size: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
      }
      return body(
        onlyActive
          ? api.GET('/campaigns/{id}/visits/active', { params, signal })
          : api.GET('/campaigns/{id}/visits', { params, signal }),
      )
    },
    getNextPageParam: (last) => last.paging.next_cursor,
  })
}

/** The visits made last, for a test that waits for one; never kept. */
export function latestVisits(id: string) {
  return data(api.GET('/campaigns/{id}/visits/active', { params: { path: { id }, query: { page_size: 20 } } }))
}

export interface Filter {
  search: string
  platform: Platform | null
  type: CampaignType | null
  active: boolean | null
  page: number
}

export function useCampaigns(filter: Filter, pageSize: number, enabled = true) {
  return useQuery({
    queryKey: ['campaigns', 'list', filter, pageSize],
    placeholderData: keepPreviousData,
    enabled,
    queryFn: ({ signal }) =>
      body(
        api.GET('/campaigns', {
          params: { query: { ...filterQuery(filter), page: filter.page, page_size: pageSize } },
          signal,
        }),
      ),
  })
}

export function filterQuery({ search, platform, type, active }: Filter) {
  return {
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(platform === null ? {} : { platform }),
    ...(type === null ? {} : { campaign_type: type }),
    ...(active === null ? {} : { is_active: active }),
  }
}

export interface Draft {
  name: string
  platform: Platform
  campaign_type: CampaignType
  landing_url: string
  tracking_code: string
}

export function usePreview(draft: Draft, enabled: boolean) {
  return useQuery({
    queryKey: ['campaigns', 'preview', draft],
    placeholderData: keepPreviousData,
    enabled,
    retry: false,
    queryFn: ({ signal }) => {
      const { landing_url, tracking_code, ...rest } = draft
      const query = {
        ...rest,
        ...(landing_url === '' ? {} : { landing_url }),
        ...(tracking_code === '' ? {} : { tracking_code }),
      }
      return data(api.GET('/campaigns/preview', { params: { query }, signal }))
    },
  })
}

export function useDeletion(ids: string[], enabled: boolean) {
  return useQuery({
    queryKey: ['deletion', ids],
    enabled,
    gcTime: 0,
    staleTime: 0,
    queryFn: ({ signal }) =>
      data(api.GET('/campaigns/deletion', { params: { query: { ids: ids.join(',') } }, signal })),
  })
}

export function useQrCode(id: string) {
  return useQuery({
    queryKey: ['campaigns', 'qr', id],
    queryFn: async () => (await fetched(`/campaigns/${id}/qr.svg`)).text(),
  })
}

export function useOrderSource(order: string) {
  return useQuery({
    queryKey: ['orders', order],
    enabled: order !== '',
    retry: false,
    queryFn: ({ signal }) => data(api.GET('/orders/{id}/campaign-source', { params: { path: { id: order } }, signal })),
  })
}

export function useStatus() {
  return useQuery({ queryKey: ['status'], queryFn: ({ signal }) => data(api.GET('/status', { signal })) })
}

export function useFailures() {
  return useQuery({
    queryKey: ['failures'],
    queryFn: ({ signal }) => data(api.GET('/attribution-failures', { signal })),
  })
}

export function useKeys(enabled: boolean) {
  return useQuery({ queryKey: ['keys'], enabled, queryFn: ({ signal }) => data(api.GET('/keys', { signal })) })
}

/** Changes something; whatever names a campaign is asked for anew afterwards. */
function useChange<Input, Output>(
  change: (input: Input) => Promise<Output>,
  stale: string[] = ['campaigns', 'reports'],
) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all(stale.map((name) => client.invalidateQueries({ queryKey: [name] }))),
  })
}

export function useCreateCampaign() {
  return useChange((campaign: NewCampaign) => data(api.POST('/campaigns', { body: campaign })))
}

export function useUpdateCampaign(id: string) {
  return useChange((changes: Schemas['CampaignChanges']) =>
    data(api.PUT('/campaigns/{id}', { params: { path: { id } }, body: changes })),
  )
}

/** One after the other, so that a big selection does not flood the service. */
export function useSetActive() {
  return useChange(async ({ ids, active }: { ids: string[]; active: boolean }) => {
    for (const id of ids) {
      const params = { path: { id } }
      await data(
        active ? api.PUT('/campaigns/{id}/activate', { params }) : api.PUT('/campaigns/{id}/deactivate', { params }),
      )
    }
  })
}

/** With everything under them. One that went together with its parent is gone already. */
export function useDeleteCampaigns() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (ids: string[]) => {
      for (const id of ids) {
        try {
          await data(api.DELETE('/campaigns/{id}', { params: { path: { id }, query: { force: true } } }))
        } catch (error) {
          if (!(ids.length > 1 && error instanceof Refused && error.status === 404)) throw error
        }
      }
    },
    onSettled: async () => {
      // What a page shows of a campaign that is gone must not be asked for again before that page is left.
      await client.invalidateQueries({ queryKey: ['campaigns'], refetchType: 'none' })
      await client.invalidateQueries({ queryKey: ['reports'], refetchType: 'none' })
      await client.refetchQueries({ queryKey: ['campaigns', 'list'], type: 'active' })
    },
  })
}

export function useCreateKey() {
  return useChange((key: Schemas['NewKey']) => data(api.POST('/keys', { body: key })), ['keys'])
}

export function useRevokeKey() {
  return useChange((id: string) => data(api.DELETE('/keys/{id}', { params: { path: { id } } })), ['keys'])
}

export function useRetryFailures() {
  return useChange(() => data(api.POST('/attribution-failures/retry')), ['failures', 'status', 'reports'])
}

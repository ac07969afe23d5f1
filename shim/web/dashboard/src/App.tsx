import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'

import { Refused } from './api/client'
import { useWhoAmI } from './api/queries'
import { Failed, Loading } from './components/States'
import { Shell } from './components/Shell'
import { NotFound } from './pages/NotFound'
import { Overview } from './pages/Overview'
import { SignIn } from './pages/SignIn'
import { useSession } from './session'

const Campaign = lazy(() => import('./pages/Campaign'))
const Campaigns = lazy(() => import('./pages/Campaigns'))
const CampaignForm = lazy(() => import('./pages/CampaignForm'))
const Orders = lazy(() => import('./pages/Orders'))
const Settings = lazy(() => import('./pages/Settings'))

export function App() {
  const session = useSession()
  if (session === null) return <SignIn />
  // Anew for every key: nobody sees what another key was shown.
  return <SignedIn key={session.key} recognised={session.me !== null} />
}

function SignedIn({ recognised }: { recognised: boolean }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: 30_000,
            // What the service refuses it refuses again; what it could not do just now it may do later.
            retry: (failures, error) =>
              failures < 2 && !(error instanceof Refused && error.status >= 400 && error.status < 500),
          },
        },
      }),
  )
  return <QueryClientProvider client={queries}>{recognised ? <Pages /> : <Recognising />}</QueryClientProvider>
}

function Pages() {
  return (
    <Router base="/app">
      <Shell>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/campaigns" component={Campaigns} />
            <Route path="/campaigns/new">
              <CampaignForm key="new" />
            </Route>
            <Route path="/campaigns/:id/edit">{({ id }) => <CampaignForm key={id} id={id} />}</Route>
            <Route path="/campaigns/:id">{({ id }) => <Campaign key={id} id={id} />}</Route>
            <Route path="/orders" component={Orders} />
            <Route path="/settings" component={Settings} />
            <Route path="/overview">
              <Redirect to="/" replace />
            </Route>
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </Shell>
    </Router>
  )
}

/** Until the service has told what the key may do. */
function Recognising() {
  const me = useWhoAmI(true)
  return (
    <main className="page">
      {me.isError ? <Failed error={me.error} retry={() => void me.refetch()} /> : <Loading />}
    </main>
  )
}

import { Button, PasswordInput } from '@mantine/core'
import { useEffect, useState } from 'react'

import icon from '../icon.svg'
import { signIn, signInProblem } from '../session'

export function SignIn() {
  const [key, setKey] = useState('')
  const problem = signInProblem()
  useEffect(() => {
    document.title = 'Sign in · pg_campaign'
  }, [])
  return (
    <main className="signin">
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (key.trim() !== '') signIn(key)
        }}
      >
        <div className="stack tight">
          <img src={icon} alt="" width={44} height={44} />
          <h1>Which post sold what?</h1>
          <p className="muted">
            Sign in with the key you were given. It stays in this tab and is forgotten when you close it.
          </p>
        </div>
        {problem !== null && (
          <p className="callout wrong" role="alert">
            {problem}
          </p>
        )}
        <PasswordInput
          label="Key"
          placeholder="pgc_…"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          autoComplete="current-password"
          spellCheck={false}
          size="md"
          autoFocus
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
        />
        <Button type="submit" size="md" fullWidth>
          Sign in
        </Button>
        <p className="small muted">
          No key? An administrator makes one under Settings, or with <span className="mono">campaign_create_key()</span>
          . The link that <span className="mono">make up</span> prints signs in by itself.
        </p>
      </form>
    </main>
  )
}

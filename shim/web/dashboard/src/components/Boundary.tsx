import { Component, type ReactNode } from 'react'

import { Failed } from './States'

interface Props {
  /** Where we are: another place is another try. */
  place: string
  children: ReactNode
}

/** Keeps a page that fails from taking the whole window with it. */
export class Boundary extends Component<Props, { error: Error | null; place: string }> {
  override state: { error: Error | null; place: string } = { error: null, place: this.props.place }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  static getDerivedStateFromProps({ place }: Props, state: { place: string }) {
    return place === state.place ? null : { error: null, place }
  }

  override render() {
    const { error } = this.state
    // A page's code may be gone from a server that was updated meanwhile; anew it is found.
    return error === null ? this.props.children : <Failed error={error} retry={() => window.location.reload()} />
  }
}

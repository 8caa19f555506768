/** Whether answers are made up, without cost: what was chosen last when an item was tried is chosen again. */
import { useState } from 'preact/hooks'
import { keep, kept } from '../state/session.ts'

export function useOffline(): [isOffline: boolean, toggle: () => void] {
  const [isOffline, setOffline] = useState(kept<boolean>('offline') ?? false)
  const toggle = () => {
    keep('offline', !isOffline)
    setOffline(!isOffline)
  }
  return [isOffline, toggle]
}

export function OfflineBox({ isOffline, toggle, text }: { isOffline: boolean; toggle: () => void; text: string }) {
  return (
    <label>
      <input type="checkbox" checked={isOffline} onChange={toggle} />
      {text}
    </label>
  )
}

import { useSyncExternalStore } from 'react';
import { session, type SessionState } from './session.js';

export function useSession(): SessionState {
  return useSyncExternalStore((listener) => session.subscribe(listener), () => session.state);
}

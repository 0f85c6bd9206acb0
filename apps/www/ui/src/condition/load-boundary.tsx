import { Component } from 'react';
import type { ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** Shown instead once a child has thrown, as a chunk that does not come does. */
  readonly fallback: ReactNode;
  readonly onFailure: (problem: unknown) => void;
}

/** React has no hook for this. */
export class LoadBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(problem: unknown): void {
    this.props.onFailure(problem);
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}

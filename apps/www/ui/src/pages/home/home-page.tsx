import { Page } from '../../parts/page.js';

export default function HomePage(): React.ReactNode {
  return <Page title="Home">{null}</Page>;
}

import { AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import { Link, Outlet, useLocation } from 'react-router-dom';
import { LoadingState } from '../parts/loading-state.js';
import { useSession } from '../session/use-session.js';
import { ColorSchemeButton } from './color-scheme-button.js';
import { Navigation } from './navigation.js';
import { UserMenu } from './user-menu.js';
import classes from './shell.module.css';

/** The frame around every page: header, navigation and the page itself. */
export function Shell(): React.ReactNode {
  const [opened, { toggle, close }] = useDisclosure();
  const signedIn = ['in', 'ended'].includes(useSession());
  const { pathname } = useLocation();
  useEffect(close, [close, pathname]);
  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 230, breakpoint: 'sm', collapsed: { mobile: !opened, desktop: !signedIn } }} padding="md">
      <a href="#page" className={classes.skip}>Skip to the page</a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            {signedIn && <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={opened ? 'Close the navigation' : 'Open the navigation'} />}
            <Link to="/" className={classes.brand}>
              <img src="/favicon.svg" alt="" width={24} height={24} />
              <Text fw={700} span>CAVE</Text>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorSchemeButton />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {signedIn ? <Navigation /> : <NavLink component={Link} to="/login" label="Log in" />}
      </AppShell.Navbar>
      <AppShell.Main id="page">
        <Suspense fallback={<LoadingState label="Loading the page" />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

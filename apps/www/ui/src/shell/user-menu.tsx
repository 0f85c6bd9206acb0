import { Button, Menu } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { Link } from 'react-router-dom';
import { useSession } from '../session/use-session.js';
import { useLogout, useUser } from '../session/user.js';

export function UserMenu(): React.ReactNode {
  const state = useSession();
  const user = useUser();
  const logout = useLogout();
  if (state === 'unknown') return null;
  if (state === 'out') return <Button component={Link} to="/login" variant="default" size="sm">Log in</Button>;
  const name = user.data === undefined || user.data === null ? 'You' : `${user.data.first_name} ${user.data.last_name}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="sm" maw={180} leftSection={<IconUser size={16} aria-hidden />} aria-label={`Menu of ${name}`}>{name}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} aria-hidden />}>Profile and password</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => logout.mutate()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

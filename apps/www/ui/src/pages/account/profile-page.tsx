import { LoadingState } from '../../parts/loading-state.js';
import { Page } from '../../parts/page.js';
import { useUser } from '../../session/user.js';
import { ChangePassword } from './change-password.js';
import { ChangeNames } from './change-names.js';

export default function ProfilePage(): React.ReactNode {
  const { data: user } = useUser();
  return (
    <Page title="Profile" subtitle="Your name is what others see among the members of an organization or team.">
      {user === undefined || user === null ? <LoadingState label="Loading your profile" /> : (
        <>
          <ChangeNames user={user} />
          <ChangePassword email={user.email} />
        </>
      )}
    </Page>
  );
}

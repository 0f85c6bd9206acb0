import { Type } from '@sinclair/typebox';
import { DateTime, OneOf } from '../http/schemas.js';

export const Email = Type.String({ format: 'email', maxLength: 254 });
export const Password = Type.String({ minLength: 8, maxLength: 1024 });
/** Of a login: whatever was once accepted. */
export const GivenPassword = Type.String({ maxLength: 1024 });
export const PersonName = Type.String({ minLength: 1, maxLength: 100 });
export const ConfirmationToken = Type.String({ minLength: 1, maxLength: 200 });
export const RoleName = OneOf(['admin', 'member', 'viewer'], { description: '`admin` includes `member`, which includes `viewer`.', $id: 'Role' });
export const Url = Type.String({ minLength: 1, maxLength: 2048, description: 'Absolute http or https URL.' });

export const User = Type.Object({ first_name: Type.String(), last_name: Type.String(), email: Type.String() }, { $id: 'User' });

export const Member = Type.Object({ user: User, role: RoleName }, { $id: 'Member' });

export const Token = Type.Object(
  {
    id: Type.String(),
    description: Type.String(),
    hint: Type.String({ description: 'The last characters of the value.' }),
    created: DateTime('When it was created.'),
  },
  { $id: 'Token' },
);

export const NewToken = Type.Object(
  {
    id: Type.String(),
    description: Type.String(),
    value: Type.String({ description: 'The secret. Shown this once; CAVE keeps only a hash of it.' }),
    hint: Type.String({ description: 'The last characters of the value.' }),
    created: DateTime('When it was created.'),
  },
  { $id: 'NewToken' },
);

const organizationFields = {
  name: Type.String(),
  email: Type.String(),
  notification_url: Type.String(),
};

export const Organization = Type.Object({ ...organizationFields, tokens: Type.Array(Token), cluster: Type.Optional(Type.Union([Type.String(), Type.Null()])) }, { $id: 'Organization' });

export const NewOrganization = Type.Object(
  {
    ...organizationFields,
    tokens: Type.Array(NewToken, { description: 'The token `default`, with its value.' }),
    signing_secret: Type.String({ description: 'Notifications are signed with it. Shown this once.' }),
  },
  { $id: 'NewOrganization' },
);

export const Team = Type.Object({ name: Type.String(), tokens: Type.Array(Token), cluster: Type.Optional(Type.Union([Type.String(), Type.Null()])) }, { $id: 'Team' });

export const NewTeam = Type.Object({ name: Type.String(), tokens: Type.Array(NewToken, { description: 'The token `default`, with its value.' }) }, { $id: 'NewTeam' });

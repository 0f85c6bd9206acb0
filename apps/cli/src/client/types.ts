/** The JSON of the HTTP API, as far as the command line reads it; /openapi.json has all of it. */

export type Role = 'admin' | 'member' | 'viewer' | 'team';

export interface TokenJson {
  readonly id: string;
  readonly description: string;
  readonly hint: string;
  readonly created: string;
}

export interface NewTokenJson extends TokenJson {
  /** Shown at creation only. */
  readonly value: string;
}

export interface TeamJson {
  readonly name: string;
  readonly tokens: readonly TokenJson[];
}

export interface NewTeamJson extends TeamJson {
  readonly tokens: readonly NewTokenJson[];
}

export interface OrganizationJson {
  readonly name: string;
  readonly email: string;
  readonly notification_url: string;
  readonly tokens: readonly TokenJson[];
}

export interface NewOrganizationJson extends OrganizationJson {
  readonly tokens: readonly NewTokenJson[];
  /** Shown at creation only. */
  readonly signing_secret: string;
}

export interface SessionJson {
  readonly token: string;
  /** ISO 8601. */
  readonly expires: string;
}

export interface PointJson {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MetricValuesJson {
  /** Newest first. */
  readonly metrics: readonly { readonly time: string; readonly value: number }[];
}

export interface AlertSettings {
  readonly description?: string;
  readonly enabled?: boolean;
  readonly period?: string;
  readonly condition?: string;
  readonly handbook_url?: string | null;
  readonly routing?: Readonly<Record<string, string>> | null;
  readonly repeat_interval?: string | null;
  readonly notify?: 'changes' | 'every_check';
  readonly notify_no_data?: boolean;
  readonly notify_error?: boolean;
  readonly lookback?: string | null;
}

export interface AlertStatusJson {
  readonly state: 'ok' | 'firing';
  /** ISO 8601; null: the state never changed. */
  readonly since: string | null;
  readonly health: 'fine' | 'no_data' | 'error';
  /** ISO 8601; null: never checked. */
  readonly last_check: string | null;
}

export interface AlertJson extends AlertSettings {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly period: string;
  readonly condition: string;
  readonly status: AlertStatusJson;
  readonly warnings?: readonly { readonly message: string }[];
}

export interface AlertHistoryJson {
  readonly state: AlertStatusJson;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly time: string;
    readonly state: string;
    readonly health: string;
    readonly reason: string;
    readonly deliveries: readonly { readonly receiver: string; readonly status: string }[];
  }[];
}

// Made by `npm run contract` from the api's OpenAPI document; a test fails when it is stale.
export interface paths {
    "/{tenant}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Points or windows of a metric, newest first. */
        get: {
            parameters: {
                query: {
                    /** @description Name of the metric. */
                    metric: string;
                    /** @description Filter such as `host:a,env:b`; each part percent-escaped. */
                    tags?: string;
                    /** @description Together with `period`; without both the answer is raw points. */
                    aggregator?: "count" | "min" | "max" | "mean" | "mode" | "median" | "sum" | "stddev" | "p90" | "p95" | "p99" | "p999";
                    /** @description Length of a window in minutes. */
                    period?: number;
                    /** @description Inclusive; without it as far back as the limit reaches. */
                    start?: string;
                    /** @description Exclusive; now if left out. */
                    end?: string;
                    /** @description Most values in the answer, at most 1440, which is the default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Windows without points are left out. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetricValues"];
                    };
                };
            };
        };
        put?: never;
        /** Publish points. 202 once all of them are durable; 429 only when nothing was stored; 503 when the outcome is unknown or the stream is down. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PublishBody"];
                };
            };
            responses: {
                /** @description Every point is durable. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/metric-names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All metrics with the names of their tags. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sorted by name. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetricNames"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/metric-names/{metric}/tag-values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The values that a tag of a metric has had. */
        get: {
            parameters: {
                query: {
                    /** @description Name of the tag. */
                    tag: string;
                };
                header?: never;
                path: {
                    /** @description Name of the metric, percent-escaped. */
                    metric: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Sorted. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TagValues"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/metric-names/{metric}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a metric: its series and all their points. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the metric, percent-escaped. */
                    metric: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Deleted. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/check-metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Try a condition on past data, in at most 60 steps. */
        get: {
            parameters: {
                query: {
                    /** @description In the language of alert conditions. */
                    condition: string;
                    /** @description Beginning of the first step. */
                    start: string;
                    /** @description Now if left out. */
                    end?: string;
                    /** @description Length of a step in minutes; 1 if left out. */
                    interval?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description For each step, by its beginning: 1 where the condition holds at its end, else 0. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MetricValues"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts with their state: all of them, or those that match. */
        get: {
            parameters: {
                query?: {
                    /** @description Part of the description or of the condition, in capitals or small letters. Every character means itself. */
                    q?: string;
                    state?: "ok" | "firing";
                    health?: "fine" | "no_data" | "error";
                    enabled?: boolean;
                    /** @description `created`, the default: the oldest first. `urgency`: what is firing, then what is in bad health, then the rest, within each the newest change of state first. */
                    sort?: "created" | "urgency";
                    /** @description 20 if left out. */
                    limit?: number;
                    /** @description 0 if left out. */
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page. */
                200: {
                    headers: {
                        /** @description The next and the previous page, where there are any (RFC 8288). */
                        Link?: string;
                        /** @description How many alerts match, on all pages together. */
                        "X-Total-Count"?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Alerts"];
                    };
                };
            };
        };
        put?: never;
        /** Create an alert. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewAlert"];
                };
            };
            responses: {
                /** @description Created. */
                201: {
                    headers: {
                        /** @description Where the alert is. */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Alert"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the alert. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The alert. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Alert"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete an alert; if it is firing, its receivers are told that it is resolved. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the alert. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Deleted. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change an alert; what is left out stays as it is. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the alert. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AlertChange"];
                };
            };
            responses: {
                /** @description The alert as it is now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Alert"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/{tenant}/alerts/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** State, transitions and deliveries of an alert, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description 20 if left out. */
                    limit?: number;
                    /** @description 0 if left out. */
                    offset?: number;
                };
                header?: never;
                path: {
                    /** @description Id of the alert. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description One page. */
                200: {
                    headers: {
                        /** @description The next and the previous page, where there are any (RFC 8288). */
                        Link?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertHistory"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register an email address; a confirmation link is mailed to it */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email: string;
                    };
                };
            };
            responses: {
                /** @description Accepted, whether or not the address is registered already. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Complete a registration with the token from the mail */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        first_name: string;
                        last_name: string;
                        password: string;
                        confirmation_token: string;
                    };
                };
            };
            responses: {
                /** @description The user. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description A session token. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Session"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/forgot-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have a link for choosing a new password mailed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email: string;
                    };
                };
            };
            responses: {
                /** @description Accepted, whether or not there is such a user. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Choose a new password with the token from the mail; ends all sessions */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        password: string;
                        confirmation_token?: string;
                        token?: string;
                    };
                };
            };
            responses: {
                /** @description The password is changed. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user who asks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The user. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change name or password; a new password ends all other sessions */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        first_name?: string;
                        last_name?: string;
                        password?: string;
                    };
                };
            };
            responses: {
                /** @description The user. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/users/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token is worth nothing from here on. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user's organizations */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Names and roles. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserOrganization"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/organizations/{organization}/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user's teams in an organization */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Names and roles. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserTeam"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users who share an organization with the caller */
        get: {
            parameters: {
                query: {
                    /** @description Part of a name or an email address. */
                    q: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description At most 50 users. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create an organization; the caller becomes its admin */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** Format: email */
                        email: string;
                        /** @description Absolute http or https URL. */
                        notification_url: string;
                    };
                };
            };
            responses: {
                /** @description The organization, with its token `default` and its signing secret, both shown this once. */
                201: {
                    headers: {
                        /** @description URL of the organization. */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewOrganization"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/organizations/{organization}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One organization */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The organization. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Organization"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete an organization that has no teams, and all of its data */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Deleted. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change email or notification URL */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email?: string;
                        /** @description Absolute http or https URL. */
                        notification_url?: string;
                    };
                };
            };
            responses: {
                /** @description The organization. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Organization"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/organizations/{organization}/signing-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace the secret that notifications are signed with */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The new secret, shown this once. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            signing_secret: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users and their roles */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The members. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Member"][];
                    };
                };
            };
        };
        put?: never;
        /** Add a user, or invite an address that is not registered yet */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** Format: email */
                        email: string;
                        role: components["schemas"]["Role"];
                    };
                };
            };
            responses: {
                /** @description Added or invited. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/users/{email}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a user, or take an invitation back */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Email address of the user. */
                    email: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Not a member any more. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /** Change the role of a user */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Email address of the user. */
                    email: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        role: components["schemas"]["Role"];
                    };
                };
            };
            responses: {
                /** @description Changed, if there is such a member. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        trace?: never;
    };
    "/organizations/{organization}/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Teams of an organization */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The teams. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Team"][];
                    };
                };
            };
        };
        put?: never;
        /** Create a team */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                    };
                };
            };
            responses: {
                /** @description The team, with its token `default`, whose value is shown this once. */
                201: {
                    headers: {
                        /** @description URL of the team. */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewTeam"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/organizations/{organization}/teams/{team}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One team */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                    /** @description Name of the team. */
                    team: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The team. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Team"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a team and all of its data */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                    /** @description Name of the team. */
                    team: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Deleted. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens, without their values */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The tokens. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Token"][];
                    };
                };
            };
        };
        put?: never;
        /** Create a token; at most 3 exist at once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        description: string;
                    };
                };
            };
            responses: {
                /** @description The token, whose value is shown this once. */
                201: {
                    headers: {
                        /** @description URL of the token. */
                        Location?: string;
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewToken"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/{tenant}/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token, without its value */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the token. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Token"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a token; the last one stays */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Id of the token. */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The token is worth nothing from here on. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Current and recent issues of CAVE itself */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The issues. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_internal_/outbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Mails that the embedded profile wrote instead of sending, newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The mails. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OutboxMail"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_internal_/organizations/{organization}/cluster": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The named metrics store of a tenant; null: the default one */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Its name. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cluster: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Choose the metrics store of a tenant; what is stored already stays where it is */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Left out or null: the default one. */
                        cluster?: string | null;
                    };
                };
            };
            responses: {
                /** @description The tenant. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Organization"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_internal_/organizations/{organization}/teams/{team}/cluster": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The named metrics store of a tenant; null: the default one */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                    /** @description Name of the team. */
                    team: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Its name. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            cluster: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Choose the metrics store of a tenant; what is stored already stays where it is */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of the organization. */
                    organization: string;
                    /** @description Name of the team. */
                    team: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Left out or null: the default one. */
                        cluster?: string | null;
                    };
                };
            };
            responses: {
                /** @description The tenant. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Team"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Problem
         * @description RFC 9457 problem details.
         */
        Problem: {
            /** @description Always `about:blank`; `code` tells problems apart. */
            type: string;
            /** @description The phrase of the HTTP status. */
            title: string;
            status: number;
            /** @description Stable word for programs, such as `session_expired`. */
            code: string;
            /** @description A sentence that a person can act on. */
            detail: string;
            errors?: {
                in: "body" | "query" | "path";
                /** @description JSON Pointer to the wrong field. */
                path: string;
                message: string;
            }[];
            /** @description Further facts for programs, such as the column of a parse error. */
            details?: {
                [key: string]: unknown;
            };
        };
        Point: {
            /** @description Shorter than 128 characters. */
            name: string;
            /** @description Seconds since the epoch; above 95617584000 milli-, micro- or nanoseconds. */
            timestamp: number;
            value: number;
            /** @description At most 10. */
            tags?: {
                [key: string]: string;
            };
        };
        PublishBody: {
            metrics: components["schemas"]["Point"][];
        };
        MetricValues: {
            metrics: {
                /**
                 * Format: date-time
                 * @description Of a point, or the start of a window; UTC.
                 */
                time: string;
                value: number;
            }[];
        };
        MetricNames: {
            name: string;
            /** @description Tag names over all its series. */
            tags: string[];
        }[];
        TagValues: string[];
        AlertStatus: {
            /** @enum {string} */
            state: "ok" | "firing";
            since: string | null;
            /** @enum {string} */
            health: "fine" | "no_data" | "error";
            last_check: string | null;
        };
        Alert: {
            id: string;
            description: string;
            enabled: boolean;
            period: string;
            condition: string;
            handbook_url?: string;
            /** @description Where to send it, such as `pagerduty_service_api_key`. */
            routing?: {
                [key: string]: string;
            };
            repeat_interval?: string;
            /** @enum {string} */
            notify: "changes" | "every_check";
            notify_no_data: boolean;
            notify_error: boolean;
            lookback?: string;
            status: components["schemas"]["AlertStatus"];
            /** @description The metrics that the condition reads. */
            related_metrics: {
                name: string;
                tags: {
                    [key: string]: string;
                };
                /** @enum {string} */
                aggregator?: "count" | "min" | "max" | "mean" | "mode" | "median" | "sum" | "stddev" | "p90" | "p95" | "p99" | "p999";
                period_seconds?: number;
            }[];
            /** @description The condition is legal, but probably not what was meant. */
            warnings?: {
                code: string;
                message: string;
                source: string;
                suggestion: string;
            }[];
        };
        NewAlert: {
            description: string;
            enabled: boolean;
            /** @description How often it is checked: `5m`, or `@08:30` for daily, UTC. */
            period: string;
            /** @description See the language of alert conditions. */
            condition: string;
            handbook_url?: string | null;
            routing?: {
                [key: string]: string;
            } | null;
            /** @description Reminder while firing, such as `4h`; null: none. */
            repeat_interval?: string | null;
            /**
             * @description `every_check`: a notification at each true check.
             * @enum {string}
             */
            notify?: "changes" | "every_check";
            /** @description Tell when there has been no data for 3 checks. */
            notify_no_data?: boolean;
            /** @description Tell when 3 checks have failed. */
            notify_error?: boolean;
            /** @description How far back points are looked for; null: 10 periods, at least 1 hour. */
            lookback?: string | null;
            id?: string;
            status?: unknown;
            related_metrics?: unknown;
            warnings?: unknown;
        };
        Alerts: components["schemas"]["Alert"][];
        AlertChange: {
            description?: string;
            enabled?: boolean;
            /** @description How often it is checked: `5m`, or `@08:30` for daily, UTC. */
            period?: string;
            /** @description See the language of alert conditions. */
            condition?: string;
            handbook_url?: string | null;
            routing?: {
                [key: string]: string;
            } | null;
            /** @description Reminder while firing, such as `4h`; null: none. */
            repeat_interval?: string | null;
            /**
             * @description `every_check`: a notification at each true check.
             * @enum {string}
             */
            notify?: "changes" | "every_check";
            /** @description Tell when there has been no data for 3 checks. */
            notify_no_data?: boolean;
            /** @description Tell when 3 checks have failed. */
            notify_error?: boolean;
            /** @description How far back points are looked for; null: 10 periods, at least 1 hour. */
            lookback?: string | null;
            id?: string;
            status?: unknown;
            related_metrics?: unknown;
            warnings?: unknown;
        };
        AlertHistory: {
            state: components["schemas"]["AlertStatus"];
            /** @description Newest first. */
            events: {
                id: string;
                /** @enum {string} */
                type: "triggered" | "resolved" | "reminder" | "no_data" | "error";
                /**
                 * Format: date-time
                 * @description Of the check that caused it.
                 */
                time: string;
                /**
                 * @description After the event.
                 * @enum {string}
                 */
                state: "ok" | "firing";
                since: string | null;
                /** @enum {string} */
                health: "fine" | "no_data" | "error";
                reason: string;
                /** @description Found when catching up and overtaken by a later one: recorded, not told. */
                superseded: boolean;
                /** @description What was compared, newest first. */
                values: {
                    time: string | null;
                    left: number | null;
                    right: number | null;
                }[];
                deliveries: {
                    /** @description Of a URL only the host: paths often hold secrets. */
                    receiver: string;
                    /** @enum {string} */
                    status: "pending" | "delivered" | "given_up";
                    /** Format: date-time */
                    created: string;
                    attempts: {
                        /** Format: date-time */
                        at: string;
                        /** @enum {string} */
                        outcome: "delivered" | "retry" | "refused";
                        http_status: number | null;
                        answer: string;
                    }[];
                }[];
            }[];
        };
        User: {
            first_name: string;
            last_name: string;
            email: string;
        };
        Session: {
            token: string;
            /**
             * Format: date-time
             * @description When the session ends.
             */
            expires: string;
        };
        UserOrganization: {
            name: string;
            /**
             * @description `team`: a member of some of its teams only.
             * @enum {string}
             */
            role: "admin" | "member" | "viewer" | "team";
        };
        /**
         * @description `admin` includes `member`, which includes `viewer`.
         * @enum {string}
         */
        Role: "admin" | "member" | "viewer";
        UserTeam: {
            name: string;
            role: components["schemas"]["Role"];
        };
        NewToken: {
            id: string;
            description: string;
            /** @description The secret. Shown this once; CAVE keeps only a hash of it. */
            value: string;
            /** @description The last characters of the value. */
            hint: string;
            /**
             * Format: date-time
             * @description When it was created.
             */
            created: string;
        };
        NewOrganization: {
            name: string;
            email: string;
            notification_url: string;
            /** @description The token `default`, with its value. */
            tokens: components["schemas"]["NewToken"][];
            /** @description Notifications are signed with it. Shown this once. */
            signing_secret: string;
        };
        Token: {
            id: string;
            description: string;
            /** @description The last characters of the value. */
            hint: string;
            /**
             * Format: date-time
             * @description When it was created.
             */
            created: string;
        };
        Organization: {
            name: string;
            email: string;
            notification_url: string;
            tokens: components["schemas"]["Token"][];
            cluster?: string | null;
        };
        Member: {
            user: components["schemas"]["User"];
            role: components["schemas"]["Role"];
        };
        Team: {
            name: string;
            tokens: components["schemas"]["Token"][];
            cluster?: string | null;
        };
        NewTeam: {
            name: string;
            /** @description The token `default`, with its value. */
            tokens: components["schemas"]["NewToken"][];
        };
        Issue: {
            description: string;
            /**
             * Format: date-time
             * @description When it began.
             */
            since: string;
            /**
             * Format: date-time
             * @description When it was resolved.
             */
            until?: string;
        };
        Status: {
            current: components["schemas"]["Issue"][];
            recent: components["schemas"]["Issue"][];
        };
        OutboxMail: {
            id: string;
            to: string[];
            subject: string;
            text: string;
            /**
             * Format: date-time
             * @description When it was written.
             */
            at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

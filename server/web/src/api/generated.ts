// Made by `npm run api`; what is changed here is lost.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What an invitation is accepted with. */
        Accept: {
            /** @description The address, where the invitation names none. */
            email?: string;
            /** @description The secret of the link. */
            link: string;
            /** @description What people call them; not needed from somebody whom Pulse knows. */
            name?: string;
            /** @description A new password, or the present one of somebody whom Pulse knows. */
            password: string;
        };
        /** @description Something that people should know of, or knew of. Times are in microseconds since 1970; `null` is what has not been. */
        Alert: {
            /**
             * Format: int64
             * @description When somebody said that they look after it.
             */
            acknowledged_at?: number | null;
            /** @description Who. */
            acknowledged_by?: string | null;
            /**
             * Format: int64
             * @description Since when it is theirs.
             */
            assigned_at?: number | null;
            /** @description Who said so. */
            assigned_by?: string | null;
            /** @description Whose it is, a user's key; `null`: nobody's in particular. */
            assigned_to?: string | null;
            /**
             * Format: int64
             * @description When it last changed.
             */
            changed_at: number;
            /**
             * Format: int64
             * @description When it was over.
             */
            cleared_at?: number | null;
            /**
             * Format: int64
             * @description Since when it does not hold any more, while that is not long enough.
             */
            clearing_since?: number | null;
            /**
             * Format: int64
             * @description When it came to be known of.
             */
            created_at: number;
            /**
             * Format: int64
             * @description When others were told, since nobody had acknowledged it.
             */
            escalated_at?: number | null;
            /** @description Where the rows behind it are. */
            evidence?: string | null;
            /**
             * Format: int64
             * @description When it had held for long enough; `null`: it has not.
             */
            fired_at?: number | null;
            /** @description Its id. */
            id: string;
            /** @description What of the rule it is about; empty: all of it. */
            key: string;
            /** @description What it is about. */
            members: components["schemas"]["AlertMember"][];
            /** @description What is so, or what became of it. */
            reason: string;
            /** @description The rule. */
            rule: string;
            /** @description How bad it is. */
            severity: components["schemas"]["Severity"];
            /**
             * Format: int64
             * @description Since when the condition holds.
             */
            since: number;
            /** @description Where it stands. */
            state: components["schemas"]["AlertState"];
            /** @description What the rule is called. */
            title: string;
            /**
             * Format: int64
             * @description When people were told.
             */
            told_at?: number | null;
            /**
             * Format: double
             * @description The value, where there is one.
             */
            value?: number | null;
        };
        /** @description One of the things that an alert is about. */
        AlertMember: {
            /** @description What tells it from the others. */
            key: string;
            /** @description What people call it. */
            name: string;
            /** @description What is so, in a sentence. */
            sentence: string;
            /**
             * Format: int64
             * @description Since when, in microseconds since 1970; 0 where an earlier version noted it.
             */
            since?: number;
            /**
             * Format: double
             * @description Its value, where it has one.
             */
            value?: number | null;
        };
        /** @description A rule of a tenant. */
        AlertRule: components["schemas"]["Rule"] & {
            /** @description Why it looks at nothing; `null`: it does. */
            fault?: string | null;
            /**
             * Format: int64
             * @description When it was last looked at; `null`: never.
             */
            looked_at?: number | null;
            /**
             * Format: int64
             * @description Before when nobody is told, in microseconds since 1970; `null`: it is not muted.
             */
            muted_until?: number | null;
            /** @description What it is called. */
            name: string;
            /** @description The user as whom it looks: what they may not see, it does not see. */
            owner: string;
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who set it, a user's key. */
            set_by: string;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /**
         * @description Where an alert stands. Before it is there, all is well.
         * @enum {string}
         */
        AlertState: "pending" | "firing" | "acknowledged" | "cleared";
        /** @description A change of an alert's state, or something that happened to it. */
        AlertStep: {
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            at: number;
            /** @description Why. */
            reason: string;
            /** @description The state that it was in then. */
            state: components["schemas"]["AlertState"];
            /**
             * Format: double
             * @description The value, where there was one.
             */
            value?: number | null;
        };
        /** @description A permission, and who has it. */
        Allowed: {
            /** @description What it lets people do. */
            description: string;
            /** @description Its name. */
            permission: components["schemas"]["Permission"];
            /** @description The roles that give it. */
            roles: string[];
        };
        /**
         * @description Whether the answer is waited for.
         * @enum {string}
         */
        AnswerMode: "sync" | "async";
        /** @description A token, without its secret: that was told once, to whoever made it. */
        ApiToken: {
            /**
             * Format: int64
             * @description When it was made, in microseconds since 1970.
             */
            created_at: number;
            /** @description Who made it, a user's key. */
            created_by: string;
            /**
             * Format: int64
             * @description When it ends by itself.
             */
            expires_at: number;
            /** @description Its key. */
            id: string;
            /** @description What it is for. */
            name: string;
            /** @description What it may do. */
            permissions: components["schemas"]["BTreeSet"];
            /**
             * Format: int64
             * @description When it was revoked.
             */
            revoked_at?: number | null;
            /** @description Whose rows it sees. */
            sees: components["schemas"]["Sees"];
            /**
             * Format: int64
             * @description When it was last used, to the minute.
             */
            used_at?: number | null;
            /** @description Whose it is, and who may do less or nothing later; `null` for a service's. */
            user_id?: string | null;
        };
        /** @description A report that is asked for. */
        AskedReport: {
            /** @description Of when it is to be, an instant such as `2026-03-31T22:00:00Z`; left out: of now. */
            as_of?: string | null;
            /** @description What is to be otherwise than in the definition. */
            changes?: components["schemas"]["ReportChanges"];
            /** @description The definition, by its name. */
            definition: string;
            /** @description What it is to be written as. */
            format: components["schemas"]["FileFormat"];
            /** @description Of CSV and Parquet, the one table that is wanted; left out: all of them, in one archive. */
            table?: string | null;
        };
        /** @description Whose an alert is to be. */
        Assignee: {
            /** @description A member who may look after it, by the user's key. */
            user: string;
        };
        /** @description A try to hand something over. */
        Attempt: {
            /**
             * Format: int64
             * @description When it began, in microseconds since 1970.
             */
            began_at: number;
            /**
             * Format: int64
             * @description How long it took; `null` while it is under way, and where it was broken off.
             */
            milliseconds?: number | null;
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            number: number;
            /** @description What it came to: `delivered`, `again`, `unknown`, `never`, `interrupted`; empty while it is under way. */
            outcome: string;
            /** @description What was answered, or what went wrong; while it is under way, as what it went out. */
            said: string;
        };
        /** @description What a tenant decides about its look. What it leaves out is Pulse's. */
        Branding: {
            /**
             * @description Its colours.
             * @default {
             *       "dark": {
             *         "accent": null,
             *         "bad": null,
             *         "good": null,
             *         "second": null,
             *         "warn": null
             *       },
             *       "light": {
             *         "accent": null,
             *         "bad": null,
             *         "good": null,
             *         "second": null,
             *         "warn": null
             *       }
             *     }
             */
            colours: components["schemas"]["Themes"];
            /** @default null */
            logo: components["schemas"]["Logo"] | null;
            /**
             * @description What stands in the place of the product's name, of up to 60 characters.
             * @default null
             */
            name: string | null;
        };
        BTreeSet: ("metrics:read" | "sql:run" | "people:read" | "users:read" | "users:manage" | "roles:manage" | "tokens:manage" | "tokens:introspect" | "tenant:manage" | "jobs:read" | "jobs:manage" | "reports:manage" | "connections:manage" | "alerts:manage" | "audit:read" | "tenant:own")[];
        /** @description What is left of one of a vendor's budgets. Times are in microseconds since 1970, by the vendor's clock. */
        BudgetLeft: {
            /**
             * Format: int64
             * @description When the vendor told this.
             */
            at: number;
            /**
             * Format: int64
             * @description How much there is of it each time.
             */
            limit: number;
            /** @description What the vendor calls it, such as `graphql`. */
            name: string;
            /**
             * Format: int64
             * @description How much was left.
             */
            remaining: number;
            /**
             * Format: int64
             * @description When it is full again.
             */
            resets_at: number;
        };
        /** @description What a hook was called for. */
        Called: {
            /** @description The job that does it; none where the call is known. */
            job?: string | null;
            /** @description Whether the same call was answered before: it is landed and its job was asked for, then. */
            known: boolean;
        };
        /** @description What there is to ask of. */
        Catalog: {
            schemas: components["schemas"]["CatalogSchema"][];
        };
        /** @description A column. */
        CatalogColumn: {
            /** @description What it holds, and in which unit. */
            about: string;
            name: string;
            nullable: boolean;
            /** @description Some of its values as text, where one table is asked for. */
            samples?: string[] | null;
            /** @description The type, as `arrow_typeof` tells it. */
            type: string;
        };
        /** @description A schema. */
        CatalogSchema: {
            /** @description What it is about. */
            about: string;
            name: string;
            tables: components["schemas"]["CatalogTable"][];
        };
        /** @description A table or view. */
        CatalogTable: {
            /** @description What its rows are. */
            about: string;
            columns: components["schemas"]["CatalogColumn"][];
            /** @description `table` or `view`. */
            kind: string;
            name: string;
            /**
             * Format: int64
             * @description How many rows it holds; `null` of views, where that is not known, and for whoever sees some teams and projects only.
             */
            rows?: number | null;
        };
        /** @description What the catalogue answers. */
        Catalogue: {
            metrics: Record<string, unknown>[];
        };
        /**
         * @description What stands in a pivot's cells.
         * @enum {string}
         */
        Cells: "values" | "changes";
        /** @description What a role is to be. */
        ChangedRole: {
            /** @description Whom it is for. */
            description: string;
            /** @description What it lets them do. */
            permissions: components["schemas"]["BTreeSet"];
        };
        /** @description How something is handed over, and to whom. */
        Channel: {
            /** @description Kept in the notifications of a member, by the user's key. */
            notification: string;
        } | {
            /** @description By e-mail to an address. */
            mail: string;
        } | {
            /** @description To a destination that the tenant set, by its name: a webhook, or a chat. */
            destination: string;
        } | {
            /**
             * @description As files in the tenant's own storage, at a path such as `reports/{date}/{name}`: `{date}` is the day in UTC on which it was asked
             *     for, `{id}` the delivery, `{name}` the file.
             */
            store: string;
        };
        /**
         * @description How a chart is drawn.
         * @enum {string}
         */
        ChartShape: "line" | "bar" | "stacked" | "spread";
        /** @description When a condition holds no more. */
        Clears: {
            /**
             * Format: double
             * @description The value up to which it has to come back: between the two nothing changes. Of a metric's `above` and `below`, and a
             *     forecast's `below`, alone.
             * @default null
             */
            at: number | null;
            /**
             * Format: int32
             * @description For how many seconds it must not hold.
             * @default 0
             */
            for_seconds: number;
        };
        /** @description A colour that screens show, written `#rrggbb`. */
        Colour: string;
        /** @description The five colours that a tenant may have in place of the page's own. One that is left out stays as it is. */
        Colours: {
            /** @default null */
            accent: components["schemas"]["Colour"] | null;
            /** @default null */
            bad: components["schemas"]["Colour"] | null;
            /** @default null */
            good: components["schemas"]["Colour"] | null;
            /** @default null */
            second: components["schemas"]["Colour"] | null;
            /** @default null */
            warn: components["schemas"]["Colour"] | null;
        };
        /** @description How a connection does. Times are in microseconds since 1970; `null` is what is not known. */
        Condition: {
            /**
             * Format: int64
             * @description When this was looked at.
             */
            at: number;
            /** @description What was left of the vendor's budgets when it was last read; nothing of a vendor that tells nothing of them. */
            budgets: components["schemas"]["BudgetLeft"][];
            /** @description Its name. */
            connection: string;
            /** @description What reads it. */
            connector: string;
            /** @description How much of what there is is in the lake; `null` for whoever does not see everything, and before anything was landed. */
            coverage?: components["schemas"]["Covered"][] | null;
            /**
             * Format: int64
             * @description How long ago that is, in seconds.
             */
            lag_seconds?: number | null;
            last_failure?: components["schemas"]["Ended"] | null;
            last_success?: components["schemas"]["Ended"] | null;
            /**
             * Format: int64
             * @description When the latest thing happened at the vendor that is in the lake.
             */
            newest_at?: number | null;
            /**
             * Format: int64
             * @description When its schedule asks for it next.
             */
            next_at?: number | null;
            open?: components["schemas"]["Open"] | null;
            rejects?: components["schemas"]["Rejects"] | null;
            /**
             * Format: int64
             * @description Until when the vendor makes the job wait.
             */
            waiting_until?: number | null;
        };
        /** @description Where a tenant's data come from. */
        Connection: {
            /** @description What reads it, such as `git`. */
            connector: string;
            /**
             * Format: int64
             * @description When it was made, in microseconds since 1970.
             */
            created_at: number;
            /** @description Who made it, a user's or token's key. */
            created_by: string;
            /** @description Whether it has a credential, which is never told. */
            has_credential: boolean;
            /** @description What it is called: the second part of every key that comes from it. */
            name: string;
            /** @description Where it is read: for `git` a folder below the one that the operator opened for the tenant. */
            place: string;
            /** @description How it is read, as the connector takes it. */
            settings: Record<string, unknown>;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /** @description A field that things of a connection's vendor may have. */
        ConnectionField: {
            /** @description Whether somebody added it to the vendor's own. */
            custom: boolean;
            /** @description Its id, by which the settings name it. */
            id: string;
            /** @description Which of the settings below `fields` name it, by a person or as it was found, such as `points` or `other.service`. */
            mapped_as: string[];
            /** @description What people call it. */
            name: string;
            /** @description The type of its values in the vendor's words, such as `number` or `array of option`; of some the vendor tells none. */
            type?: string | null;
        };
        /** @description The fields of a connection's vendor. */
        ConnectionFields: {
            /** @description By their names; none before it was read, and of a vendor whose things have no fields of their own. */
            fields: components["schemas"]["ConnectionField"][];
        };
        /** @description What a connection is to be. */
        ConnectionSetUp: {
            /** @description What reads it: `git` or `github`. */
            connector: string;
            /** @description What it shows the vendor: for `github` a token. It is kept sealed and never told. Left out, one that is there stays. */
            credential?: string | null;
            /**
             * @description Where it is read: for `git` a folder below the one that the operator opened for the tenant, for `github`
             *     `https://api.github.com` or the address of an Enterprise Server.
             */
            place: string;
            /**
             * @description How it is read: for `git` what counts as a deployment, such as `{"deployments": {"tags": ["release-*"]}}`; for `github` what to
             *     read, too, such as `{"owners": ["acme"]}`.
             */
            settings?: Record<string, unknown>;
        };
        /**
         * @description How much contrast there is.
         * @enum {string}
         */
        Contrast: "regular" | "aa" | "aaa";
        /** @description How much of an entity stands in the lake. */
        Covered: {
            /** @description The entity, as `core` has it. */
            entity: string;
            /**
             * Format: int64
             * @description How many there are in the lake that were not deleted.
             */
            held: number;
            /** @description Why they differ, as far as that is known. */
            reasons: string[];
            /**
             * Format: double
             * @description The one by the other; `null` where the vendor says nothing, or that there is none.
             */
            share?: number | null;
            /**
             * Format: int64
             * @description How many the vendor said there are when it was last read; `null` where it says nothing.
             */
            vendor?: number | null;
        };
        /** @description What people decide about one thing. */
        Decision: {
            /**
             * @description About what: `identity_overrides`, `incident_overrides`, `lineage_overrides`, `people`, `projects`, `project_scopes`, `teams` or
             *     `team_members`.
             */
            entity: string;
            /** @description A row of it, by its columns; `{"id": …, "deleted": true}` takes one back. */
            row: Record<string, unknown>;
        };
        /** @description What people decide. */
        Decisions: {
            /** @description All of them, or none. */
            decisions: components["schemas"]["Decision"][];
        };
        /** @description A parameter that a saved query declares. */
        Declared: {
            /** @description The value that it has where none is given; left out: one has to be given. */
            default?: unknown;
            /** @description Its name, which the text has as `$name`. */
            name: string;
            /** @description The type of its values: boolean, integer, double, text, date, timestamp, or one of these with `[]`. */
            type: string;
        };
        /** @description Something that is handed over to one recipient. */
        Delivery: {
            /**
             * Format: int64
             * @description When its state last changed.
             */
            changed_at: number;
            /** @description How, and to whom. */
            channel: components["schemas"]["Channel"];
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            created_at: number;
            /** @description Who asked for it. */
            created_by: string;
            /** @description Its id: its job's subject, and what receivers fold repeats by. */
            id: string;
            /** @description The parcel's key. */
            key: string;
            /**
             * Format: int64
             * @description Before when it is not tried again, in microseconds since 1970; `null`: at once, or never.
             */
            next_at?: number | null;
            /** @description Why. */
            reason: string;
            /** @description Where it stands. */
            state: components["schemas"]["DeliveryState"];
            /** @description What it is about. */
            subject: string;
            /**
             * Format: int64
             * @description How often it was tried since it was asked for.
             */
            tries: number;
            /**
             * Format: int64
             * @description How many tries are left.
             */
            tries_left: number;
        };
        /**
         * @description Where a delivery stands.
         * @enum {string}
         */
        DeliveryState: "queued" | "sending" | "failed" | "delivered" | "dead" | "cancelled";
        /** @description Where a tenant has things delivered. Its address and secret are never told. */
        Destination: {
            /** @description Whether calls are signed. */
            has_secret: boolean;
            /** @description The host that its address leads to. */
            host: string;
            /** @description What it is. */
            kind: components["schemas"]["DestinationKind"];
            /** @description What it is called. */
            name: string;
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who set it, a user's or token's key. */
            set_by: string;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /**
         * @description What a destination is.
         * @enum {string}
         */
        DestinationKind: "webhook" | "slack" | "teams";
        /**
         * @description Which way a query came.
         * @enum {string}
         */
        Door: "sql" | "evidence" | "flight" | "page";
        /** @description How a try to read a connection ended. */
        Ended: {
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            at: number;
            /** @description The job. */
            job: string;
            /** @description Why; empty where it went well. */
            reason: string;
            /** @description Which worker was at it. */
            worker?: string | null;
        };
        /** @description A time that a rule would have told of. */
        Episode: {
            /**
             * Format: int64
             * @description When it would have been over; `null`: it holds still.
             */
            cleared_at?: number | null;
            /**
             * Format: int64
             * @description When it would have fired; `null`: it did not hold for long enough.
             */
            fired_at?: number | null;
            /** @description What it is about; empty where there is but one thing. */
            key: string;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int64
             * @description Since when the condition held, in microseconds since 1970.
             */
            since: number;
            /**
             * Format: double
             * @description The value with which it began.
             */
            value?: number | null;
        };
        /** @description Who else is told when nobody acknowledges an alert. */
        Escalation: {
            /**
             * Format: int32
             * @description So many seconds after the others were told.
             */
            after_seconds: number;
            /** @description Who. */
            to: components["schemas"]["Channel"][];
        };
        /** @description Something that happened. */
        Event: {
            /**
             * Format: int64
             * @description When it was told, in microseconds since 1970.
             */
            at: number;
            /** @description More of it. */
            detail: Record<string, unknown>;
            /**
             * Format: int64
             * @description Its number among its tenant's: they count up by one.
             */
            id: number;
            /** @description What happened, such as `job.dead`. */
            kind: string;
            /** @description Whether it is kept as a notification. */
            notifies: boolean;
            /** @description To what: the id of a job or session. */
            subject: string;
        };
        /** @description A page of the trail. */
        Events: {
            /** @description The events, newest first. */
            items: Record<string, unknown>[];
            /**
             * Format: int64
             * @description What the next page is asked with; `null` on the last.
             */
            next?: number | null;
        };
        /**
         * @description What a report is written as.
         * @enum {string}
         */
        FileFormat: "pdf" | "xlsx" | "html" | "text" | "csv" | "png" | "json" | "parquet";
        /** @description A query that is followed. */
        Followed: components["schemas"]["Query"] & {
            problem?: components["schemas"]["Problem"] | null;
            result?: components["schemas"]["KeptResult"] | null;
        };
        /**
         * @description How heavy letters are.
         * @enum {string}
         */
        FontWeight: "regular" | "medium" | "semibold" | "bold";
        /** @description The items that a forecast is of. */
        ForecastItems: {
            /** @description How many there are. */
            count: number;
            /** @description Them, by the names that people call them by; at most 1,000. */
            items: Record<string, unknown>[];
        };
        /** @description Forecasts, and how far they are to be trusted. */
        Forecasts: {
            /**
             * @description How the frozen forecasts of each kind of subject have done, and parts of them: by how far away their days were, and by how many
             *     items were open.
             */
            calibration: Record<string, unknown>;
            /** @description The newest of each subject, as in `facts.forecasts`, each with the address of the items that it is of (`evidence`). */
            forecasts: Record<string, unknown>[];
        };
        /** @description What somebody goes on with. */
        Granted: {
            /** @description The access token; not told when it comes as a cookie. */
            access_token?: string | null;
            /**
             * Format: int64
             * @description For how many seconds the access token is good.
             */
            expires_in: number;
            /** @description What renews it; not told when it comes as a cookie. */
            refresh_token?: string | null;
            /** @description The tenant; `null` for a platform operator. */
            tenant?: string | null;
            /** @description Always `Bearer`. */
            token_type: string;
        };
        /** @description Which jobs are put on hold. */
        Held: {
            /** @description The kind; left out: all. */
            kind?: string | null;
        };
        /** @description Which jobs are put on hold: a tenant's, a kind of every tenant, or a kind of one. */
        HeldAnywhere: {
            /** @description The kind; left out: all. */
            kind?: string | null;
            /** @description The tenant; left out: every one. */
            tenant?: string | null;
        };
        /** @description What was said of a project. */
        History: {
            days: Record<string, unknown>[];
        };
        /** @description Jobs that are not begun, as a person wished. */
        Hold: {
            /** @description Whether the platform holds them: then only it releases them. */
            by_platform: boolean;
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            held_at: number;
            /** @description Who wished so; `null` when that was the platform and a tenant asks. */
            held_by?: string | null;
            /** @description Of what kind; `null`: of every kind. */
            kind?: string | null;
            /** @description Whose; `null`: every tenant's. */
            tenant?: string | null;
        };
        /** @description An address at which other programs ask for a job. */
        Hook: {
            /**
             * Format: int64
             * @description When it was last called with its secret.
             */
            called_at?: number | null;
            /**
             * Format: int64
             * @description When it was made, in microseconds since 1970.
             */
            created_at: number;
            /** @description Who made it, a user's or token's key. */
            created_by: string;
            /** @description Its key. */
            id: string;
            /** @description What the job is given. */
            input: Record<string, unknown>;
            /** @description The kind of job that it asks for. */
            kind: string;
            /** @description What it is called. */
            name: string;
            /** @description About what; empty where there is but one. */
            subject: string;
        };
        /** @description The working hours of a working day. */
        Hours: {
            /**
             * Format: int32
             * @description When a working day begins, in minutes after midnight.
             * @default 540
             */
            begins: number;
            /**
             * Format: int32
             * @description When it ends, in minutes after midnight.
             * @default 1020
             */
            ends: number;
            /**
             * @description Days on which nobody works.
             * @default []
             */
            holidays: string[];
        };
        /** @description A token, as RFC 7662 sends it: a form. */
        Inspected: {
            /** @description The token. */
            token: string;
        };
        /** @description What is told of a token. */
        Introspection: {
            /** @description Whether it is good now, and of the tenant that asks. */
            active: boolean;
            /**
             * Format: int64
             * @description Until when an access token is good, in seconds since 1970.
             */
            exp?: number | null;
            /**
             * Format: int64
             * @description When an access token was made.
             */
            iat?: number | null;
            /** @description Who made an access token. */
            iss?: string | null;
            /** @description What it may do, apart by blanks. */
            scope?: string | null;
            /** @description The user. */
            sub?: string | null;
            /** @description The tenant. */
            tenant?: string | null;
            /** @description `access_token` or `api_token`. */
            token_type?: string | null;
        };
        /** @description An invitation. */
        Invitation: {
            /** @description What to send them. It is told this once, works once, and for seven days. */
            url: string;
        };
        /** @description Somebody who is invited. */
        Invite: {
            /** @description Their address. */
            email: string;
            /** @description Their roles. */
            roles: string[];
            sees?: components["schemas"]["Sees"] | null;
        };
        /** @description A job. */
        Job: {
            /** @description Whether it was asked for once more while it ran. */
            again: boolean;
            /**
             * Format: int64
             * @description How often it was begun.
             */
            attempt: number;
            /**
             * Format: int64
             * @description When its state last changed.
             */
            changed_at: number;
            /**
             * Format: int64
             * @description When it was asked for.
             */
            created_at: number;
            /** @description Who asked for it first: a user's key, `schedule`, `upkeep`, or the job before it. */
            created_by: string;
            /**
             * Format: int64
             * @description Before when it is not begun, in microseconds since 1970; 0: at once.
             */
            due_at: number;
            /** @description Its key. */
            id: string;
            /** @description What it was given. */
            input: Record<string, unknown>;
            /** @description What is done, such as `map`. */
            kind: string;
            /**
             * Format: int64
             * @description How often it is begun at most.
             */
            most_attempts: number;
            /**
             * Format: int64
             * @description The higher goes first.
             */
            priority: number;
            progress?: components["schemas"]["Progress"] | null;
            /** @description Why. */
            reason: string;
            /** @description The chain of jobs that it belongs to, by the id of the first. */
            run: string;
            /** @description Where it stands. */
            state: components["schemas"]["JobState"];
            /** @description What of that kind it is about, such as a connection; empty where there is but one. */
            subject: string;
            /** @description Whose it is. */
            tenant: string;
            /** @description Who is at it, or was last. */
            worker?: string | null;
        };
        /**
         * @description Where a job stands.
         * @enum {string}
         */
        JobState: "queued" | "running" | "waiting" | "failed" | "paused" | "succeeded" | "dead" | "cancelled";
        /** @description Rows that are kept. */
        KeptResult: {
            /**
             * Format: int64
             * @description Until when, in microseconds since 1970.
             */
            expires_at?: number | null;
            /** @description How many pages they have. */
            pages: number;
            /** @description How many there are. */
            rows: number;
            /** @description Where they are fetched, all of them or with `page`. */
            url: string;
        };
        /** @description Payloads of one stream that could not be mapped for one reason. */
        Kind: {
            /** @description Keys of one or two of them. */
            examples: string[];
            /** @description The field at fault, when one is. */
            field?: string | null;
            /**
             * Format: int64
             * @description How many.
             */
            n: number;
            /** @description What is wrong, and what to do. */
            reason: string;
            /** @description The stream; `problems` is what could not even be read. */
            stream: string;
        };
        /** @description How much a tenant has in the lake, and when that was so. */
        LakeSize: {
            /**
             * Format: int64
             * @description Their bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description How many data files there are.
             */
            files: number;
            /**
             * Format: int64
             * @description When that was so, in microseconds since 1970.
             */
            seen_at: number;
        };
        /** @description A page of a list. */
        List_Alert: {
            items: {
                /**
                 * Format: int64
                 * @description When somebody said that they look after it.
                 */
                acknowledged_at?: number | null;
                /** @description Who. */
                acknowledged_by?: string | null;
                /**
                 * Format: int64
                 * @description Since when it is theirs.
                 */
                assigned_at?: number | null;
                /** @description Who said so. */
                assigned_by?: string | null;
                /** @description Whose it is, a user's key; `null`: nobody's in particular. */
                assigned_to?: string | null;
                /**
                 * Format: int64
                 * @description When it last changed.
                 */
                changed_at: number;
                /**
                 * Format: int64
                 * @description When it was over.
                 */
                cleared_at?: number | null;
                /**
                 * Format: int64
                 * @description Since when it does not hold any more, while that is not long enough.
                 */
                clearing_since?: number | null;
                /**
                 * Format: int64
                 * @description When it came to be known of.
                 */
                created_at: number;
                /**
                 * Format: int64
                 * @description When others were told, since nobody had acknowledged it.
                 */
                escalated_at?: number | null;
                /** @description Where the rows behind it are. */
                evidence?: string | null;
                /**
                 * Format: int64
                 * @description When it had held for long enough; `null`: it has not.
                 */
                fired_at?: number | null;
                /** @description Its id. */
                id: string;
                /** @description What of the rule it is about; empty: all of it. */
                key: string;
                /** @description What it is about. */
                members: components["schemas"]["AlertMember"][];
                /** @description What is so, or what became of it. */
                reason: string;
                /** @description The rule. */
                rule: string;
                /** @description How bad it is. */
                severity: components["schemas"]["Severity"];
                /**
                 * Format: int64
                 * @description Since when the condition holds.
                 */
                since: number;
                /** @description Where it stands. */
                state: components["schemas"]["AlertState"];
                /** @description What the rule is called. */
                title: string;
                /**
                 * Format: int64
                 * @description When people were told.
                 */
                told_at?: number | null;
                /**
                 * Format: double
                 * @description The value, where there is one.
                 */
                value?: number | null;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_ApiToken: {
            items: {
                /**
                 * Format: int64
                 * @description When it was made, in microseconds since 1970.
                 */
                created_at: number;
                /** @description Who made it, a user's key. */
                created_by: string;
                /**
                 * Format: int64
                 * @description When it ends by itself.
                 */
                expires_at: number;
                /** @description Its key. */
                id: string;
                /** @description What it is for. */
                name: string;
                /** @description What it may do. */
                permissions: components["schemas"]["BTreeSet"];
                /**
                 * Format: int64
                 * @description When it was revoked.
                 */
                revoked_at?: number | null;
                /** @description Whose rows it sees. */
                sees: components["schemas"]["Sees"];
                /**
                 * Format: int64
                 * @description When it was last used, to the minute.
                 */
                used_at?: number | null;
                /** @description Whose it is, and who may do less or nothing later; `null` for a service's. */
                user_id?: string | null;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Connection: {
            items: {
                /** @description What reads it, such as `git`. */
                connector: string;
                /**
                 * Format: int64
                 * @description When it was made, in microseconds since 1970.
                 */
                created_at: number;
                /** @description Who made it, a user's or token's key. */
                created_by: string;
                /** @description Whether it has a credential, which is never told. */
                has_credential: boolean;
                /** @description What it is called: the second part of every key that comes from it. */
                name: string;
                /** @description Where it is read: for `git` a folder below the one that the operator opened for the tenant. */
                place: string;
                /** @description How it is read, as the connector takes it. */
                settings: Record<string, unknown>;
                /**
                 * Format: int64
                 * @description How often it was changed; its ETag.
                 */
                version: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Delivery: {
            items: {
                /**
                 * Format: int64
                 * @description When its state last changed.
                 */
                changed_at: number;
                /** @description How, and to whom. */
                channel: components["schemas"]["Channel"];
                /**
                 * Format: int64
                 * @description When, in microseconds since 1970.
                 */
                created_at: number;
                /** @description Who asked for it. */
                created_by: string;
                /** @description Its id: its job's subject, and what receivers fold repeats by. */
                id: string;
                /** @description The parcel's key. */
                key: string;
                /**
                 * Format: int64
                 * @description Before when it is not tried again, in microseconds since 1970; `null`: at once, or never.
                 */
                next_at?: number | null;
                /** @description Why. */
                reason: string;
                /** @description Where it stands. */
                state: components["schemas"]["DeliveryState"];
                /** @description What it is about. */
                subject: string;
                /**
                 * Format: int64
                 * @description How often it was tried since it was asked for.
                 */
                tries: number;
                /**
                 * Format: int64
                 * @description How many tries are left.
                 */
                tries_left: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Hook: {
            items: {
                /**
                 * Format: int64
                 * @description When it was last called with its secret.
                 */
                called_at?: number | null;
                /**
                 * Format: int64
                 * @description When it was made, in microseconds since 1970.
                 */
                created_at: number;
                /** @description Who made it, a user's or token's key. */
                created_by: string;
                /** @description Its key. */
                id: string;
                /** @description What the job is given. */
                input: Record<string, unknown>;
                /** @description The kind of job that it asks for. */
                kind: string;
                /** @description What it is called. */
                name: string;
                /** @description About what; empty where there is but one. */
                subject: string;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Job: {
            items: {
                /** @description Whether it was asked for once more while it ran. */
                again: boolean;
                /**
                 * Format: int64
                 * @description How often it was begun.
                 */
                attempt: number;
                /**
                 * Format: int64
                 * @description When its state last changed.
                 */
                changed_at: number;
                /**
                 * Format: int64
                 * @description When it was asked for.
                 */
                created_at: number;
                /** @description Who asked for it first: a user's key, `schedule`, `upkeep`, or the job before it. */
                created_by: string;
                /**
                 * Format: int64
                 * @description Before when it is not begun, in microseconds since 1970; 0: at once.
                 */
                due_at: number;
                /** @description Its key. */
                id: string;
                /** @description What it was given. */
                input: Record<string, unknown>;
                /** @description What is done, such as `map`. */
                kind: string;
                /**
                 * Format: int64
                 * @description How often it is begun at most.
                 */
                most_attempts: number;
                /**
                 * Format: int64
                 * @description The higher goes first.
                 */
                priority: number;
                progress?: components["schemas"]["Progress"] | null;
                /** @description Why. */
                reason: string;
                /** @description The chain of jobs that it belongs to, by the id of the first. */
                run: string;
                /** @description Where it stands. */
                state: components["schemas"]["JobState"];
                /** @description What of that kind it is about, such as a connection; empty where there is but one. */
                subject: string;
                /** @description Whose it is. */
                tenant: string;
                /** @description Who is at it, or was last. */
                worker?: string | null;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Member: {
            items: {
                /** @description Whether they may come in. */
                active: boolean;
                /**
                 * Format: int64
                 * @description When they joined, in microseconds since 1970.
                 */
                created_at: number;
                /** @description What they may not do, whatever their roles say. */
                denied: components["schemas"]["BTreeSet"];
                /** @description The address that the person signs in with. */
                email: string;
                /** @description What they may do besides what their roles say. */
                granted: components["schemas"]["BTreeSet"];
                /** @description The user's key. */
                id: string;
                /** @description What people call them. */
                name: string;
                /** @description What roles, grants and denials come to. */
                permissions: components["schemas"]["BTreeSet"];
                /** @description Their roles, by name. */
                roles: string[];
                /** @description Whose rows they see. */
                sees: components["schemas"]["Sees"];
                /**
                 * Format: int64
                 * @description When they last signed in, to whichever tenant.
                 */
                signed_in_at?: number | null;
                /**
                 * Format: int64
                 * @description How often their place was changed; its ETag.
                 */
                version: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Notification: {
            items: (components["schemas"]["Event"] & {
                /**
                 * Format: int64
                 * @description When whoever asks read it, in microseconds since 1970; `null`: not yet.
                 */
                read_at?: number | null;
            })[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_OwnMetric: {
            items: {
                /** @description Its name in SQL and API. */
                name: string;
                /**
                 * Format: int64
                 * @description When, in microseconds since 1970.
                 */
                set_at: number;
                /** @description Who set it, a user's or token's key. */
                set_by: string;
                /** @description Its header and its statement; empty of a version that took it away. */
                text: string;
                /**
                 * Format: int64
                 * @description The number of this version, which answers name; its ETag.
                 */
                version: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Query: {
            items: {
                /**
                 * Format: int64
                 * @description When it came, in microseconds since 1970.
                 */
                asked_at: number;
                /** @description Who asked: the key of a user, or of a service's token. */
                asker: string;
                /**
                 * Format: int64
                 * @description How many bytes were given out.
                 */
                bytes: number;
                /**
                 * @description Whether it was answered by what an earlier one had computed, once that is known; not told of whoever sees some teams and projects
                 *     only, whom it would tell of changes to what they do not see.
                 */
                cached?: boolean | null;
                /** @description Which way it came. */
                door: components["schemas"]["Door"];
                /**
                 * Format: int64
                 * @description When it ended.
                 */
                ended_at?: number | null;
                /** @description Its id, which the header `pulse-query` of an answer in rows has. */
                id: string;
                /**
                 * Format: int64
                 * @description The most memory that its sorts, joins and groupings held at once, once it is planned; not told where `cached` is not.
                 */
                memory_bytes?: number | null;
                /**
                 * Format: int64
                 * @description How long it took, or takes until now.
                 */
                milliseconds: number;
                /** @description The same for queries that are planned alike, whatever the values of their parameters. */
                plan?: string | null;
                /** @description Its place in the tenant's queue, from 1, while it waits there. */
                position?: number | null;
                /**
                 * Format: int64
                 * @description How many rows were given out.
                 */
                rows: number;
                /** @description How far it has come. */
                state: components["schemas"]["State"];
                /** @description The beginning of its text, where the audit trail keeps texts; of a page, its address. */
                statement?: string | null;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Report: {
            items: {
                /**
                 * Format: int64
                 * @description Of when it is, in microseconds since 1970.
                 */
                as_of: number;
                /** @description Who asked for it, or whose definition it is: a user's or token's key. It is made under their authority. */
                asked_by: string;
                /**
                 * Format: int64
                 * @description How large its file is.
                 */
                bytes?: number | null;
                /**
                 * Format: int64
                 * @description When it was asked for.
                 */
                created_at: number;
                /**
                 * Format: int64
                 * @description When it is removed.
                 */
                expires_at: number;
                /** @description What it is written as. */
                format: components["schemas"]["FileFormat"];
                /** @description Its key. */
                id: string;
                /** @description The job that makes it. */
                job: string;
                /**
                 * Format: int64
                 * @description When its file was made.
                 */
                made_at?: number | null;
                /** @description The definition that it was made by, by its name. */
                name: string;
                /** @description The destinations and stores that it is made for. */
                places: components["schemas"]["Channel"][];
                /** @description Why. */
                reason: string;
                /** @description The addresses that it is made for. */
                recipients: string[];
                /** @description Whose rows are in it. */
                sees: components["schemas"]["Sees"];
                /** @description Where it stands. */
                state: components["schemas"]["ReportState"];
                /** @description The SHA-256 sum of its file. */
                sum?: string | null;
                /** @description The one table that is in it, where it is one alone. */
                table?: string | null;
                /** @description What it is called. */
                title: string;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_SavedQuery: {
            items: {
                /**
                 * Format: int64
                 * @description When it was changed last.
                 */
                changed_at: number;
                /**
                 * Format: int64
                 * @description When it was saved first, in microseconds since 1970.
                 */
                created_at: number;
                /** @description What it is for. */
                description: string;
                /** @description Its key. */
                id: string;
                /** @description Whether it is the asker's. */
                mine: boolean;
                /** @description Whose it is. */
                owner: components["schemas"]["Owner"];
                /** @description The parameters that it declares. */
                parameters: components["schemas"]["Declared"][];
                /** @description Whether all of the tenant see it who ask in SQL. */
                shared: boolean;
                /** @description Its text. */
                sql: string;
                /** @description What it is called. */
                title: string;
                /**
                 * Format: int64
                 * @description The number of its newest version, which is its ETag.
                 */
                version: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_SavedVersion: {
            items: {
                /** @description What it was for. */
                description: string;
                /** @description The parameters that it declared. */
                parameters: components["schemas"]["Declared"][];
                /**
                 * Format: int64
                 * @description When, in microseconds since 1970.
                 */
                set_at: number;
                /** @description Who made it so. */
                set_by: components["schemas"]["Owner"];
                /** @description Whether it was shared. */
                shared: boolean;
                /** @description Its text. */
                sql: string;
                /** @description What the query was called. */
                title: string;
                /**
                 * Format: int64
                 * @description Its number, from 1.
                 */
                version: number;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Session: {
            items: {
                /** @description Where they signed in from. */
                address: string;
                /** @description The program that they signed in with. */
                agent: string;
                /**
                 * Format: int64
                 * @description When they signed in, in microseconds since 1970.
                 */
                created_at: number;
                /**
                 * Format: int64
                 * @description When it ended.
                 */
                ended_at?: number | null;
                /** @description Why it ended. */
                ended_why?: string | null;
                /**
                 * Format: int64
                 * @description When it ends by itself.
                 */
                expires_at: number;
                /** @description Its key. */
                id: string;
                /** @description The identity provider that they came in by; `null`: by password. Such a session stays in its tenant. */
                provider?: string | null;
                /**
                 * Format: int64
                 * @description When it was last renewed.
                 */
                seen_at: number;
                /** @description The tenant that they came into; `null` for one who came as a platform operator. */
                tenant?: string | null;
                /** @description Whose it is. */
                user_id: string;
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page of a list. */
        List_Tenant: {
            items: {
                /**
                 * Format: int64
                 * @description When it was made, in microseconds since 1970.
                 */
                created_at: number;
                /** @description Its key in the lake; it never changes. */
                id: string;
                /** @description How numbers and days are written for it, such as `en-GB`. */
                locale: string;
                /** @description What people call it. */
                name: string;
                /** @description How much it may have. */
                quotas: components["schemas"]["Quotas"];
                /** @description How its people work, and how its work items flow. */
                rules: components["schemas"]["Rules"];
                /** @description Whether its people may come in. */
                state: components["schemas"]["TenantState"];
                /** @description Where its days, weeks and months begin, such as `Europe/Berlin`. */
                time_zone: string;
                /**
                 * Format: int64
                 * @description How often it was changed; its ETag.
                 */
                version: number;
                /** @description The days on which it works, of `mon` to `sun`. */
                working_days: string[];
            }[];
            /** @description What the next page is asked with; `null` on the last. */
            next?: string | null;
        };
        /** @description A page. */
        Listed: {
            /** @description Its name in the address. */
            page: string;
            /** @description What it is called. */
            title: string;
        };
        /** @description A report that can be asked for. */
        ListedReport: {
            /** @description Whether every tenant has it, and nobody changes it. */
            built_in: boolean;
            /** @description What is in it. */
            definition: components["schemas"]["ReportContent"];
            /** @description Its name. */
            name: string;
            own?: components["schemas"]["ReportDefinition"] | null;
        };
        /** @description A picture. */
        Logo: {
            /** @description The file in Base64, of up to 100 KiB. */
            data: string;
            /** @description `image/png` or `image/svg+xml`. */
            media_type: string;
        };
        /** @description How a tenant looks. */
        Looks: {
            /** @description Its colours, as they were given. */
            colours: components["schemas"]["Themes"];
            logo?: components["schemas"]["Logo"] | null;
            /** @description What stands in the place of the product's name. */
            name?: string | null;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
            /** @description The colours that are not shown as they were given, since they could not be read there. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @description A hook, and what it is called with. */
        Made: {
            hook: components["schemas"]["Hook"];
            /** @description Where it is called. */
            path: string;
            /** @description What its caller has to know. It is told this once. */
            secret: string;
        };
        /** @description A tenant that was made. */
        MadeTenant: {
            tenant: components["schemas"]["Tenant"];
            /** @description What to send to its first owner. It is told this once, works once, and for an hour. */
            url: string;
        };
        /** @description A token that was made. */
        MadeToken: {
            /** @description What to send as `Authorization: Bearer`. It is told this once. */
            secret: string;
            token: components["schemas"]["ApiToken"];
        };
        /** @description Who is signed in, and where. */
        Me: {
            /** @description The same in words, in that order. */
            allows: string[];
            /** @description What they may do there. */
            permissions: components["schemas"]["BTreeSet"];
            sees?: components["schemas"]["Sees"] | null;
            /** @description The tenant; `null` for a platform operator. */
            tenant?: string | null;
            /** @description The tenants that they may go to. */
            tenants: string[];
            user: components["schemas"]["User"];
        };
        /** @description That it is meant. */
        Meant: {
            /** @description The tenant's id once more. */
            confirm: string;
        };
        /** @description A user's place in a tenant. */
        Member: {
            /** @description Whether they may come in. */
            active: boolean;
            /**
             * Format: int64
             * @description When they joined, in microseconds since 1970.
             */
            created_at: number;
            /** @description What they may not do, whatever their roles say. */
            denied: components["schemas"]["BTreeSet"];
            /** @description The address that the person signs in with. */
            email: string;
            /** @description What they may do besides what their roles say. */
            granted: components["schemas"]["BTreeSet"];
            /** @description The user's key. */
            id: string;
            /** @description What people call them. */
            name: string;
            /** @description What roles, grants and denials come to. */
            permissions: components["schemas"]["BTreeSet"];
            /** @description Their roles, by name. */
            roles: string[];
            /** @description Whose rows they see. */
            sees: components["schemas"]["Sees"];
            /**
             * Format: int64
             * @description When they last signed in, to whichever tenant.
             */
            signed_in_at?: number | null;
            /**
             * Format: int64
             * @description How often their place was changed; its ETag.
             */
            version: number;
        };
        /** @description What is to be changed of a member; what is left out stays. */
        MemberChange: {
            /** @description Whether they may come in. */
            active?: boolean | null;
            denied?: components["schemas"]["BTreeSet"] | null;
            granted?: components["schemas"]["BTreeSet"] | null;
            /** @description Their roles. */
            roles?: string[] | null;
            sees?: components["schemas"]["Sees"] | null;
        };
        /** @description What is to be fixed in a milestone. */
        MilestoneItems: {
            /** @description How many items there are. */
            count: number;
            /** @description Them, those that are not done first; at most 1,000. */
            items: Record<string, unknown>[];
        };
        /**
         * @description Whether grounds are light or dark.
         * @enum {string}
         */
        Mode: "light" | "dark";
        /** @description For how long nobody is told. */
        Mute: {
            /**
             * Format: int64
             * @description Until when, in microseconds since 1970; `null`: people are told from now on.
             */
            until?: number | null;
        };
        /** @description What somebody chose not to be told. */
        Muted: {
            /** @description Each is left out until it is taken off again. */
            topics: components["schemas"]["Topic"][];
        };
        /** @description A hook that is to be made. */
        NewHook: {
            /** @description What the job is given. */
            input?: Record<string, unknown>;
            /** @description The kind of job that it asks for. */
            kind: string;
            /** @description What it is called. */
            name: string;
            /** @description What that is about: for `land` the name of a connection; left out for the others. */
            subject?: string;
        };
        /** @description A job that is asked for. */
        NewJob: {
            /**
             * @description What it is given: `{"replay": true}` maps everything again, `{"hours": 48}` says which files a vacuum deletes,
             *     `{"whole": true}` has a connection read anew, and `{"from": "2025-01-01", "until": "2025-03-01"}` some days of it.
             */
            input?: Record<string, unknown>;
            /** @description What is to be done: `land`, `map`, `model`, `forecast`, `risk`, `report`, `compact` or `vacuum`. */
            kind: string;
            /** @description What it is about: for `land` the name of a connection, for `report` that of a report of one's own; left out for the others. */
            subject?: string;
        };
        /** @description The present password, and a new one. */
        NewPassword: {
            /** @description The new one. */
            new: string;
            /** @description The present one. */
            present: string;
        };
        /** @description For how long a link is to be good. */
        NewReportLink: {
            /**
             * Format: int64
             * @description For how many hours, 1 to 168; 24 unless said.
             */
            hours?: number;
        };
        /** @description A role that is to be made. */
        NewRole: {
            /** @description Whom it is for. */
            description?: string;
            /** @description Its name. */
            name: string;
            /** @description What it lets them do: nothing that you may not. */
            permissions: components["schemas"]["BTreeSet"];
        };
        /** @description A tenant that is to be made. */
        NewTenant: {
            /** @description Its key in the lake: 1 to 63 of the characters a-z, 0-9 and -. */
            id: string;
            /** @description What people call it. */
            name: string;
            /** @description Where its days begin; UTC unless said. */
            time_zone?: string | null;
        };
        /** @description A token that is to be made. */
        NewToken: {
            /**
             * Format: int64
             * @description For how many days it is good, 1 to 366.
             */
            days: number;
            /** @description What it is for. */
            name: string;
            /** @description What it may do: nothing that its maker may not. */
            permissions: components["schemas"]["BTreeSet"];
            sees?: components["schemas"]["Sees"] | null;
            /** @description Whether it is a service's: it then goes on when its maker leaves. */
            service?: boolean;
        };
        /** @description An event that is kept for those who were away. */
        Notification: components["schemas"]["Event"] & {
            /**
             * Format: int64
             * @description When whoever asks read it, in microseconds since 1970; `null`: not yet.
             */
            read_at?: number | null;
        };
        /** @description A job that is to be done, or is being done. */
        Open: {
            /**
             * Format: int64
             * @description The try that it is at.
             */
            attempt: number;
            /** @description Its key. */
            job: string;
            /** @description Why. */
            reason: string;
            /** @description Where it stands. */
            state: components["schemas"]["JobState"];
        };
        /** @description Whose something is. */
        Owner: {
            /** @description The key of a user, or of a service's token. */
            id: string;
            /** @description What people call them. */
            name: string;
        };
        /** @description What is told of a font. */
        OwnFont: {
            /** @description How many bytes that has. */
            bytes: number;
            /** @description What it is called by its file. */
            family: string;
            /** @description What it stands for. */
            weight: components["schemas"]["FontWeight"];
        };
        /** @description A metric of a tenant's own, as it stands or as it was. */
        OwnMetric: {
            /** @description Its name in SQL and API. */
            name: string;
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who set it, a user's or token's key. */
            set_by: string;
            /** @description Its header and its statement; empty of a version that took it away. */
            text: string;
            /**
             * Format: int64
             * @description The number of this version, which answers name; its ETag.
             */
            version: number;
        };
        /** @description What pages there are. */
        Pages: {
            dashboards: components["schemas"]["Listed"][];
        };
        /**
         * @description A calendar's unit.
         * @enum {string}
         */
        PeriodUnit: "day" | "week" | "month" | "quarter" | "year";
        /**
         * @description One thing that a member of a tenant may be allowed to do: `resource:action`. There are no others.
         * @enum {string}
         */
        Permission: "metrics:read" | "sql:run" | "people:read" | "users:read" | "users:manage" | "roles:manage" | "tokens:manage" | "tokens:introspect" | "tenant:manage" | "jobs:read" | "jobs:manage" | "reports:manage" | "connections:manage" | "alerts:manage" | "audit:read" | "tenant:own";
        /** @description Where in a statement a mistake is, and what was probably meant. */
        Place: {
            /**
             * Format: int64
             * @description The character of that line, from 1.
             */
            column?: number | null;
            /**
             * Format: int64
             * @description The line of the statement that is meant, from 1, where that is known.
             */
            line?: number | null;
            /** @description The name that was probably meant. */
            suggestion?: string | null;
        };
        /** @description What a rule would have told of. */
        Preview: {
            /** @description Each time, in the order of time. */
            episodes: components["schemas"]["Episode"][];
            /** @description How often it would have fired. */
            fired: number;
            /**
             * Format: date
             * @description The first day of what was looked at: 13 weeks ago, or the first of which it is kept what was.
             */
            from: string;
            /**
             * Format: date
             * @description The day after the last.
             */
            until: string;
        };
        /** @description Why a request was not answered. */
        Problem: (components["schemas"]["Place"] | null) & {
            /** @description The kind of problem for programs; it never changes. */
            code: string;
            /** @description What went wrong this time, and what to do. */
            detail: string;
            /**
             * Format: int64
             * @description After how many seconds to ask again, where that may help; the header `Retry-After` has it, too.
             */
            retry_after?: number | null;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind of problem in words, the same for each of its kind. */
            title: string;
            /** @description A URI that names the kind of problem: `urn:pulse:problem:<code>`. */
            type: string;
        };
        /** @description How far a job is. */
        Progress: {
            /**
             * Format: int64
             * @description How much is done.
             */
            done: number;
            /**
             * Format: int64
             * @description When it would end at that rate, in microseconds since 1970.
             */
            ends_at?: number | null;
            /** @description What is going on. */
            message: string;
            /**
             * Format: double
             * @description How much is done in a second, by what this try has done so far.
             */
            rate?: number | null;
            /**
             * Format: int64
             * @description Of how much, where that is known.
             */
            total?: number | null;
        };
        /** @description What somebody would have otherwise: what is left out stays as it is. */
        Proposal: {
            /** @default null */
            connection: components["schemas"]["Resettled"] | null;
            /**
             * @description What is decided, besides what was.
             * @default []
             */
            decisions: components["schemas"]["Decision"][];
            /** @default null */
            rules: components["schemas"]["Rules"] | null;
        };
        /** @description A tenant's identity provider. */
        Provider: {
            /**
             * Format: int64
             * @description When it was set up, in microseconds since 1970.
             */
            created_at: number;
            /** @description Whether it knows us by a secret. */
            has_secret: boolean;
            /** @description Its name, which is its key within the tenant. */
            name: string;
            /** @description How it is asked, and what it decides. */
            terms: components["schemas"]["Terms"];
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /** @description An identity provider, and the addresses that belong to it. */
        ProviderSetUp: components["schemas"]["Provider"] & {
            /** @description Where it is to send them back to: it has to be told so. */
            callback_url: string;
            /** @description Where people sign in by it. */
            sign_in_url: string;
        };
        /** @description A query. */
        Query: {
            /**
             * Format: int64
             * @description When it came, in microseconds since 1970.
             */
            asked_at: number;
            /** @description Who asked: the key of a user, or of a service's token. */
            asker: string;
            /**
             * Format: int64
             * @description How many bytes were given out.
             */
            bytes: number;
            /**
             * @description Whether it was answered by what an earlier one had computed, once that is known; not told of whoever sees some teams and projects
             *     only, whom it would tell of changes to what they do not see.
             */
            cached?: boolean | null;
            /** @description Which way it came. */
            door: components["schemas"]["Door"];
            /**
             * Format: int64
             * @description When it ended.
             */
            ended_at?: number | null;
            /** @description Its id, which the header `pulse-query` of an answer in rows has. */
            id: string;
            /**
             * Format: int64
             * @description The most memory that its sorts, joins and groupings held at once, once it is planned; not told where `cached` is not.
             */
            memory_bytes?: number | null;
            /**
             * Format: int64
             * @description How long it took, or takes until now.
             */
            milliseconds: number;
            /** @description The same for queries that are planned alike, whatever the values of their parameters. */
            plan?: string | null;
            /** @description Its place in the tenant's queue, from 1, while it waits there. */
            position?: number | null;
            /**
             * Format: int64
             * @description How many rows were given out.
             */
            rows: number;
            /** @description How far it has come. */
            state: components["schemas"]["State"];
            /** @description The beginning of its text, where the audit trail keeps texts; of a page, its address. */
            statement?: string | null;
        };
        /** @description A question. */
        Question: {
            /** @description Whether the answer is waited for. */
            mode?: components["schemas"]["AnswerMode"];
            /**
             * @description The values of its parameters: an array of those of `$1`, `$2`, …, or an object of those that have names. A value whose type
             *     JSON does not have is an object of `type` (boolean, integer, double, text, date, timestamp, or one of these with `[]`)
             *     and `value`. Those that a saved query declares are given by name.
             */
            params?: unknown;
            /** @description The key of a saved query, in the place of a statement. */
            saved?: string | null;
            /** @description One statement that reads. */
            sql?: string | null;
            /**
             * Format: int64
             * @description Which version of that; left out: the newest.
             */
            version?: number | null;
        };
        /** @description When nobody is told of an alert. */
        Quiet: {
            /** @description The whole of days on which the tenant does not work, too. */
            days_off?: boolean;
            /** @description From this time of the tenant's day on, such as `22:00`. */
            from: string;
            /** @description Until this one, which may be that of the next day. The same as `from`: not by the time of day. */
            until: string;
        };
        /** @description How much a tenant may have; what is left out is not limited. One that has more keeps it, and gets no further. */
        Quotas: {
            /**
             * Format: int64
             * @description Bytes of data in the lake and of reports that are kept: with so many, nothing more is read from its connections, and no report is made.
             * @default null
             */
            bytes: number | null;
            /**
             * Format: int64
             * @description Connections.
             * @default null
             */
            connections: number | null;
            /**
             * Format: int64
             * @description Members who may come in.
             * @default null
             */
            members: number | null;
            /**
             * Format: int64
             * @description Metrics of its own; 100 at most.
             * @default null
             */
            metrics: number | null;
            /**
             * Format: int64
             * @description API tokens that are good.
             * @default null
             */
            tokens: number | null;
        };
        /** @description The proof that a tenant was erased. */
        Receipt: {
            /**
             * Format: int64
             * @description When it was asked for, in microseconds since 1970.
             */
            asked_at: number;
            /** @description Who asked, a user's key. */
            asked_by: string;
            /**
             * Format: int64
             * @description How many bytes they had.
             */
            bytes: number;
            /**
             * Format: int64
             * @description When all was gone; `null` while it is under way.
             */
            done_at?: number | null;
            /**
             * Format: int64
             * @description How many objects of the lake were deleted, by the try that came to the end.
             */
            objects: number;
            /** @description How many rows of each table of the control database were deleted, by that try. */
            rows: {
                [key: string]: number;
            };
            /** @description The tenant. Its id is never given to another. */
            tenant: string;
        };
        /** @description What a session is renewed with. */
        Refresh: {
            /** @description The refresh token; a browser leaves it out, and its cookie is used. */
            refresh_token?: string | null;
        };
        /** @description What could not be mapped. */
        Rejects: {
            /** @description The fifty most frequent kinds, the most frequent first. */
            kinds: components["schemas"]["Kind"][];
            /**
             * Format: int64
             * @description How many payloads, those of all kinds.
             */
            total: number;
        };
        /** @description What is to be changed of oneself. */
        Rename: {
            /** @description What people call you. */
            name: string;
        };
        /** @description A report: one file, of one as-of, for those who see the same. */
        Report: {
            /**
             * Format: int64
             * @description Of when it is, in microseconds since 1970.
             */
            as_of: number;
            /** @description Who asked for it, or whose definition it is: a user's or token's key. It is made under their authority. */
            asked_by: string;
            /**
             * Format: int64
             * @description How large its file is.
             */
            bytes?: number | null;
            /**
             * Format: int64
             * @description When it was asked for.
             */
            created_at: number;
            /**
             * Format: int64
             * @description When it is removed.
             */
            expires_at: number;
            /** @description What it is written as. */
            format: components["schemas"]["FileFormat"];
            /** @description Its key. */
            id: string;
            /** @description The job that makes it. */
            job: string;
            /**
             * Format: int64
             * @description When its file was made.
             */
            made_at?: number | null;
            /** @description The definition that it was made by, by its name. */
            name: string;
            /** @description The destinations and stores that it is made for. */
            places: components["schemas"]["Channel"][];
            /** @description Why. */
            reason: string;
            /** @description The addresses that it is made for. */
            recipients: string[];
            /** @description Whose rows are in it. */
            sees: components["schemas"]["Sees"];
            /** @description Where it stands. */
            state: components["schemas"]["ReportState"];
            /** @description The SHA-256 sum of its file. */
            sum?: string | null;
            /** @description The one table that is in it, where it is one alone. */
            table?: string | null;
            /** @description What it is called. */
            title: string;
        };
        /** @description What is otherwise than in a definition; what is left out stays. */
        ReportChanges: {
            /** @default null */
            language: components["schemas"]["ReportLanguage"] | null;
            /** @description The values that parameters of the saved queries in it have, by the keys of these and as `POST /api/v1/sql` takes them. */
            params?: Record<string, unknown>;
            /** @default null */
            period: components["schemas"]["ReportPeriod"] | null;
            /** @description What alone it is on. */
            scope?: Record<string, unknown> | null;
            /**
             * @description Whose days, weeks and months are meant.
             * @default null
             */
            time_zone: string | null;
            /**
             * @description Its title.
             * @default null
             */
            title: string | null;
        };
        /** @description A chart that is to be. */
        ReportChart: {
            /** @description What it is told apart by. */
            by?: string | null;
            /** @description The metric. */
            metric: string;
            /** @description How it is drawn. */
            shape?: components["schemas"]["ChartShape"];
        };
        /** @description A report's definition. */
        ReportContent: {
            /**
             * @description What figures are held against: `previous`, `year_ago` or `target`.
             * @default previous
             */
            compare: string | null;
            /**
             * @description What it is for, below that.
             * @default
             */
            description: string;
            /**
             * @description How long each step of a chart is.
             * @default month
             */
            grain: string;
            /**
             * @description What its headline tells of: `risk`, `forecast`, `dora`, `flow`, `change`, `reliability`, `teams`.
             * @default []
             */
            headline: string[];
            /**
             * @description What it is written in: `en` or `de`. What is written here stays as it is.
             * @default en
             */
            language: components["schemas"]["ReportLanguage"];
            /**
             * @description Which days its figures and tables are over.
             * @default {
             *       "last": "month"
             *     }
             */
            period: components["schemas"]["ReportPeriod"];
            /** @description What alone it is on. */
            scope?: Record<string, unknown>;
            /**
             * @description Its sections, in order.
             * @default []
             */
            sections: components["schemas"]["ReportSection"][];
            /**
             * @description Whose days, weeks and months are meant, where not the tenant's.
             * @default null
             */
            time_zone: string | null;
            /**
             * @description What it is called on its cover.
             * @default
             */
            title: string;
            /**
             * Format: int32
             * @description How many steps a chart has, which end with the period: 1 to 120.
             * @default 13
             */
            trend: number;
        };
        /** @description A report that a tenant defined. */
        ReportDefinition: {
            /** @description Its name in the API. */
            name: string;
            /** @description What is in it, as which files, for whom, and for how long they are kept. */
            plan: components["schemas"]["ReportPlan"];
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who set it, a user's or token's key. It is made under their authority. */
            set_by: string;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /**
         * @description A language that reports are written in.
         * @enum {string}
         */
        ReportLanguage: "en" | "de";
        /** @description A link to a report's file. */
        ReportLink: {
            /**
             * Format: int64
             * @description Until when, in microseconds since 1970.
             */
            expires_at: number;
            /** @description Where the file is for whoever has this, without signing in. */
            path: string;
        };
        /** @description Which days. */
        ReportPeriod: {
            /** @description The last whole one: what runs at the as-of is not in it. */
            last: components["schemas"]["PeriodUnit"];
        } | {
            /** @description So many of the last whole ones, 1 to 60. */
            last_of: {
                /**
                 * Format: int32
                 * @description How many.
                 */
                count: number;
                /** @description Of what. */
                unit: components["schemas"]["PeriodUnit"];
            };
        } | {
            /** @description The one that runs, up to and with the day of the as-of. */
            so_far: components["schemas"]["PeriodUnit"];
        } | {
            /** @description From the first day to before the last. */
            days: {
                /** @description The first day. */
                from: string;
                /** @description The day after the last. */
                until: string;
            };
        };
        /** @description A report that a tenant defined: what is in it, as which files, for whom, and for how long they are kept. */
        ReportPlan: {
            /** @description Whether it is made whenever new data went all the way through. */
            after_data?: boolean;
            /** @description What is otherwise than there. */
            changes?: components["schemas"]["ReportChanges"];
            definition?: components["schemas"]["ReportContent"] | null;
            /** @description The files that it is made as when it is due. */
            formats: components["schemas"]["FileFormat"][];
            /**
             * Format: int64
             * @description For how many days its files are kept, 1 to 3650.
             */
            keep_days?: number;
            /** @description The built-in report that it is like; left out where `definition` says what is in it. */
            like?: string | null;
            /** @description Where else it is delivered: to destinations, or into the tenant's storage. What they get is what whoever set it sees. */
            places?: components["schemas"]["Channel"][];
            /** @description The addresses of the members that it is made for: each gets what they may see. */
            recipients?: string[];
        };
        /** @description A section that is to be. */
        ReportSection: {
            /** @description What it shows. */
            shows?: components["schemas"]["ReportSectionShows"];
            /** @description What is said below that; plain text. */
            text?: string;
            /** @description Its heading. */
            title: string;
        };
        /** @description What a section shows. */
        ReportSectionShows: "text" | {
            /** @description Single figures, by their metrics. */
            tiles: string[];
        } | {
            /** @description Metrics over time. */
            charts: components["schemas"]["ReportChart"][];
        } | {
            /** @description Metrics side by side, one row each repository, project or team. */
            table: {
                /** @description What its rows are. */
                by: string;
                /** @description Its columns. */
                metrics: string[];
            };
        } | {
            /** @description A metric over time in numbers: a row each group, a column each step, the last ones on pages and all of them in files. */
            pivot: {
                /** @description What its rows are; left out: one row. */
                by?: string | null;
                /** @description What stands in its cells. */
                cells?: components["schemas"]["Cells"];
                /** @description The metric. */
                metric: string;
            };
        } | "risks" | "forecasts" | {
            /** @description The rows of a query that somebody saved, as its newest version is when the report is asked for. */
            query: {
                /** @description The values of its parameters, as `POST /api/v1/sql` takes them. */
                params?: unknown;
                /** @description Its key. */
                saved: string;
            };
        } | {
            /** @description How much could be traced, linked and mapped, and what was left out and why. */
            coverage: string[];
        };
        /**
         * @description Where a report stands.
         * @enum {string}
         */
        ReportState: "making" | "ready" | "refused" | "failed";
        /** @description What a password is set anew with. */
        Reset: {
            /** @description The secret of the link. */
            link: string;
            /** @description The new password. */
            password: string;
        };
        /** @description Another way to take what a connection brings. */
        Resettled: {
            /** @description The connection's name. */
            name: string;
            /** @description All of its settings. */
            settings: Record<string, unknown>;
        };
        /** @description The rows that show what a rule found. */
        RiskEvidence: {
            rows: Record<string, unknown>[];
        };
        /** @description A role. */
        Role: {
            /** @description Whether every tenant has it, and nobody changes it. */
            built_in: boolean;
            /** @description Whom it is for. */
            description: string;
            /** @description Its name, which is its key within the tenant. */
            name: string;
            /** @description What it lets them do. */
            permissions: components["schemas"]["BTreeSet"];
            /**
             * Format: int64
             * @description How often it was changed; its ETag. 0 for a built-in one.
             */
            version: number;
        };
        /** @description What a tenant wants to be told of. */
        Rule: {
            /** @description When it holds no more. */
            clear?: components["schemas"]["Clears"];
            /** @description What it looks at. */
            condition: Record<string, unknown>;
            escalation?: components["schemas"]["Escalation"] | null;
            /**
             * Format: int32
             * @description For how many seconds it has to hold.
             */
            for_seconds?: number;
            /** @description What is to be done about it. */
            next?: string;
            quiet?: components["schemas"]["Quiet"] | null;
            /** @description How bad it is. */
            severity?: components["schemas"]["Severity"];
            /** @description What people call it. */
            title: string;
            /** @description Who is told. */
            to?: components["schemas"]["Channel"][];
            /** @description Whether all that it is about is one alert with members; else each is an alert of its own. */
            together?: boolean;
        };
        /** @description What the rules answer. */
        RuleCatalogue: {
            rules: Record<string, unknown>[];
        };
        /** @description How a tenant's people work, how its work items flow, and what its risks go by. */
        Rules: {
            /** @description Which statuses are which stage, and what types and labels say. */
            flow?: Record<string, unknown>;
            /**
             * @description When people work.
             * @default {
             *       "begins": 540,
             *       "ends": 1020,
             *       "holidays": []
             *     }
             */
            hours: components["schemas"]["Hours"];
            /** @description Which names are one person's, and which are programs'. */
            people?: Record<string, unknown>;
            /** @description From when on projects are at risk, and what the rules go by. */
            risk?: Record<string, unknown>;
        };
        /** @description A saved query as it stands. */
        SavedQuery: {
            /**
             * Format: int64
             * @description When it was changed last.
             */
            changed_at: number;
            /**
             * Format: int64
             * @description When it was saved first, in microseconds since 1970.
             */
            created_at: number;
            /** @description What it is for. */
            description: string;
            /** @description Its key. */
            id: string;
            /** @description Whether it is the asker's. */
            mine: boolean;
            /** @description Whose it is. */
            owner: components["schemas"]["Owner"];
            /** @description The parameters that it declares. */
            parameters: components["schemas"]["Declared"][];
            /** @description Whether all of the tenant see it who ask in SQL. */
            shared: boolean;
            /** @description Its text. */
            sql: string;
            /** @description What it is called. */
            title: string;
            /**
             * Format: int64
             * @description The number of its newest version, which is its ETag.
             */
            version: number;
        };
        /** @description What a saved query says. */
        SavedQueryDraft: {
            /** @description What it is for. */
            description?: string;
            /** @description The parameters that it declares. */
            parameters?: components["schemas"]["Declared"][];
            /** @description Whether all of the tenant see it who ask in SQL. */
            shared?: boolean;
            /** @description Its text; it need not be one that can be planned. */
            sql: string;
            /** @description What it is called, in one line. */
            title: string;
        };
        /** @description A version of a saved query. */
        SavedVersion: {
            /** @description What it was for. */
            description: string;
            /** @description The parameters that it declared. */
            parameters: components["schemas"]["Declared"][];
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who made it so. */
            set_by: components["schemas"]["Owner"];
            /** @description Whether it was shared. */
            shared: boolean;
            /** @description Its text. */
            sql: string;
            /** @description What the query was called. */
            title: string;
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            version: number;
        };
        /** @description What asks for a job by itself, again and again. */
        Schedule: {
            /** @description What it is given. */
            input: Record<string, unknown>;
            /** @description What is to be done, such as `compact`. */
            kind: string;
            /**
             * Format: int64
             * @description When it is due next, in microseconds since 1970: of one that is paused, when it would be if it was resumed now.
             */
            next_at: number;
            /** @description Whether it asks for nothing now. */
            paused: boolean;
            /** @description About what; empty where there is but one. */
            subject: string;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
            /** @description When it is due. */
            when: components["schemas"]["When"];
        };
        /** @description When a kind of job is to be done by itself. */
        Scheduled: {
            /** @description What it is given. */
            input?: Record<string, unknown>;
            /** @description Whether it is on hold: it asks for no job until this is `false` again. */
            paused?: boolean;
            /** @description When. */
            when: components["schemas"]["When"];
        };
        /** @description Whose rows somebody sees. */
        Sees: "everything" | {
            /** @description Those of some teams and projects, by id. Of none: nothing. */
            only: {
                /** @description The projects. */
                projects?: string[];
                /** @description The teams. */
                teams?: string[];
            };
        };
        /** @description Somebody who is signed in. */
        Session: {
            /** @description Where they signed in from. */
            address: string;
            /** @description The program that they signed in with. */
            agent: string;
            /**
             * Format: int64
             * @description When they signed in, in microseconds since 1970.
             */
            created_at: number;
            /**
             * Format: int64
             * @description When it ended.
             */
            ended_at?: number | null;
            /** @description Why it ended. */
            ended_why?: string | null;
            /**
             * Format: int64
             * @description When it ends by itself.
             */
            expires_at: number;
            /** @description Its key. */
            id: string;
            /** @description The identity provider that they came in by; `null`: by password. Such a session stays in its tenant. */
            provider?: string | null;
            /**
             * Format: int64
             * @description When it was last renewed.
             */
            seen_at: number;
            /** @description The tenant that they came into; `null` for one who came as a platform operator. */
            tenant?: string | null;
            /** @description Whose it is. */
            user_id: string;
        };
        /** @description What a destination is to be. */
        SetDestination: {
            /** @description `webhook`, `slack` or `teams`. */
            kind: components["schemas"]["DestinationKind"];
            /**
             * @description What calls of a webhook are signed with, 16 bytes or more. It is kept sealed and never told. Left out, the one that is there
             *     stays, unless the address is another.
             */
            secret?: string | null;
            /** @description Where it is. It is kept sealed and never told. Left out, the one that is there stays. */
            url?: string | null;
        };
        /** @description What a metric is to be. */
        SetMetric: {
            /** @description A header and a statement, as `docs/metrics.md` says: at most 16 KiB. */
            text: string;
        };
        /** @description What a target is to be. */
        SetTarget: {
            /**
             * Format: double
             * @description The value, in the metric's unit: seconds, a ratio from 0 to 1, or how many.
             */
            value: number;
        };
        /**
         * @description How bad something is.
         * @enum {string}
         */
        Severity: "info" | "warning" | "critical";
        /** @description Address and password. */
        SignIn: {
            /** @description Whether the tokens are to come as cookies that no script can read, instead of in the answer. */
            cookies?: boolean;
            /** @description The address. */
            email: string;
            /** @description The password. */
            password: string;
            /** @description Which tenant to come into; `platform` for a platform operator. Left out: the first by id. */
            tenant?: string | null;
        };
        /** @description Other people than those who work on something. */
        Staffing: {
            /**
             * Format: double
             * @description How many they are, above 0: 2.5 where one is there for half of the time.
             */
            from: number;
            /**
             * Format: double
             * @description How many they would be, above 0.
             */
            to: number;
        };
        /** @description The risks that stand. */
        Standing: {
            risks: Record<string, unknown>[];
            teams: Record<string, unknown>[];
        };
        /**
         * @description How far a query has come.
         * @enum {string}
         */
        State: "received" | "queued" | "planned" | "running" | "finished" | "failed" | "timed-out" | "stopped" | "left";
        /** @description A change of a job's state. */
        Step: {
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            at: number;
            /**
             * Format: int64
             * @description The try that it belongs to.
             */
            attempt: number;
            /** @description Why. */
            reason: string;
            /** @description The state that it came into. */
            state: components["schemas"]["JobState"];
            /** @description Who was at it. */
            worker?: string | null;
        };
        /** @description What is supposed to be otherwise, of what. */
        Supposed: {
            /**
             * Format: date
             * @description A day: how many items will be done by its end?
             */
            by?: string | null;
            /**
             * Format: date
             * @description The day by which it is to be done; left out: the one that it is due on.
             */
            due?: string | null;
            /** @description Of `items`, which: lists of ids or names under `repositories`, `projects`, `teams`, `owning_teams`, `classes`, `kinds` and `labels`. Left out: all. */
            filter?: Record<string, unknown>;
            /** @description `false`: what is open now is all. */
            growth?: boolean;
            /** @description Its id; `items` have none. */
            id?: string | null;
            /** @description `project`, `epic`, `sprint`, `release`, `team`, or `items`: all that a filter leaves. */
            kind: string;
            /**
             * Format: double
             * @description What a day's work is multiplied by: 1.5 for half as much again. Left out: it is as it is.
             */
            pace?: number | null;
            people?: components["schemas"]["Staffing"] | null;
            /**
             * Format: int32
             * @description Items more, or fewer, than are open.
             */
            scope?: number;
            /**
             * Format: date
             * @description The first day that is worked on it.
             */
            start?: string | null;
            /**
             * Format: double
             * @description How many items may be in progress at once.
             */
            wip_limit?: number | null;
        };
        /** @description Which tenant to come into. */
        Switch: {
            /** @description Whether the tokens are to come as cookies. */
            cookies?: boolean;
            /** @description The tenant's id; `platform` for a platform operator. */
            tenant: string;
        };
        /** @description What a tenant aims at. */
        Target: {
            /** @description The metric's name. */
            metric: string;
            /**
             * Format: int64
             * @description When, in microseconds since 1970.
             */
            set_at: number;
            /** @description Who set it, a user's or token's key. */
            set_by: string;
            /**
             * Format: double
             * @description The value, in the metric's unit.
             */
            value: number;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
        };
        /** @description A tenant. */
        Tenant: {
            /**
             * Format: int64
             * @description When it was made, in microseconds since 1970.
             */
            created_at: number;
            /** @description Its key in the lake; it never changes. */
            id: string;
            /** @description How numbers and days are written for it, such as `en-GB`. */
            locale: string;
            /** @description What people call it. */
            name: string;
            /** @description How much it may have. */
            quotas: components["schemas"]["Quotas"];
            /** @description How its people work, and how its work items flow. */
            rules: components["schemas"]["Rules"];
            /** @description Whether its people may come in. */
            state: components["schemas"]["TenantState"];
            /** @description Where its days, weeks and months begin, such as `Europe/Berlin`. */
            time_zone: string;
            /**
             * Format: int64
             * @description How often it was changed; its ETag.
             */
            version: number;
            /** @description The days on which it works, of `mon` to `sun`. */
            working_days: string[];
        };
        /** @description What is to be changed of a tenant; what is left out stays. */
        TenantChange: {
            /** @description How numbers and days are written for it. */
            locale?: string | null;
            /** @description What people call it. */
            name?: string | null;
            rules?: components["schemas"]["Rules"] | null;
            /** @description Where its days begin. */
            time_zone?: string | null;
            /** @description The days on which it works, of `mon` to `sun`. */
            working_days?: string[] | null;
        };
        /**
         * @description Whether a tenant's people may come in.
         * @enum {string}
         */
        TenantState: "active" | "suspended" | "erasing" | "erased";
        /** @description How an identity provider is asked, and what it decides. */
        Terms: {
            /** @description Whether people may come in by it. */
            active?: boolean;
            /** @description What it knows us as. */
            client_id: string;
            /** @description Further roles, by group. Where there are any, roles are set anew at each sign-in, and whoever is left with none stays out. */
            group_roles?: {
                [key: string]: string[];
            };
            /** @description The claim that holds somebody's groups. */
            groups_claim?: string;
            /** @description Its address, exactly as its tokens name it, such as `https://example.okta.com`. */
            issuer: string;
            /** @description The roles of everybody who comes in by it. */
            roles?: string[];
            /** @description What it is asked for besides `openid`. */
            scopes?: string[];
            /** @description Whose rows somebody sees who comes for the first time. */
            sees?: components["schemas"]["Sees"];
            /** @description Whether an address counts though the provider does not call it verified. */
            takes_unverified?: boolean;
        };
        /** @description A tenant's colours on light and on dark grounds. */
        Themes: {
            /**
             * @description On dark grounds; what is left out is as on light ones.
             * @default {
             *       "accent": null,
             *       "bad": null,
             *       "good": null,
             *       "second": null,
             *       "warn": null
             *     }
             */
            dark: components["schemas"]["Colours"];
            /**
             * @description On light grounds.
             * @default {
             *       "accent": null,
             *       "bad": null,
             *       "good": null,
             *       "second": null,
             *       "warn": null
             *     }
             */
            light: components["schemas"]["Colours"];
        };
        /** @description A job, and how it came to where it stands. */
        Told: {
            job: components["schemas"]["Job"];
            steps: components["schemas"]["Step"][];
        };
        /** @description An alert, and how it came to where it stands. */
        ToldAlert: {
            alert: components["schemas"]["Alert"];
            steps: components["schemas"]["AlertStep"][];
        };
        /**
         * @description What somebody may choose not to be told: kinds of events that are kept as notifications, and the two ways in which reports come.
         * @enum {string}
         */
        Topic: "job.dead" | "risk.changed" | "alert.stopped" | "report.notification" | "report.mail";
        /** @description A trial, and what came out of it. */
        TrialTold: {
            /** @description What would change, once it is known; it is kept for a day. */
            effects?: Record<string, unknown> | null;
            /** @description The trial, by its job. */
            id: string;
            /** @description Why it waits or failed. */
            reason: string;
            /** @description Where the job stands. */
            state: components["schemas"]["JobState"];
        };
        /** @description A delivery, and every try. */
        Tried: {
            attempts: components["schemas"]["Attempt"][];
            delivery: components["schemas"]["Delivery"];
        };
        /** @description How much a tenant has of what has no list of its own. */
        Usage: {
            /** @description What is in the lake: as a job saw it last or, where none did yet, as it is now. */
            lake: components["schemas"]["LakeSize"];
            /**
             * Format: int64
             * @description The bytes of the files of reports that are kept; they count with those in the lake.
             */
            report_bytes: number;
        };
        /** @description A person. */
        User: {
            /** @description Whether they may sign in at all. */
            active: boolean;
            /**
             * Format: int64
             * @description When they first came, in microseconds since 1970.
             */
            created_at: number;
            /** @description The address that the person signs in with. */
            email: string;
            /** @description Its key. */
            id: string;
            /** @description What people call them. */
            name: string;
            /** @description Whether they run the platform: make, suspend and resume tenants. */
            operator: boolean;
            /**
             * Format: int64
             * @description When they last signed in.
             */
            signed_in_at?: number | null;
        };
        /** @description A colour that is not shown as it was given, since it could not be read. */
        Warning: {
            /** @description Which of the five. */
            colour: string;
            /** @description With which contrast. */
            contrast: components["schemas"]["Contrast"];
            /** @description As it was given. */
            given: components["schemas"]["Colour"];
            /**
             * Format: double
             * @description The contrast that it has where it stands, from 1 to 21.
             */
            has: number;
            /** @description In which mode. */
            mode: components["schemas"]["Mode"];
            /**
             * Format: double
             * @description The contrast that it needs there.
             */
            needs: number;
            /** @description What is shown in its place: the nearest of its hue that has it. */
            shown: components["schemas"]["Colour"];
        };
        /** @description When a schedule is due. */
        When: {
            /**
             * @description By a cron pattern of five fields (minute, hour, day of the month, month, day of the week), such as `30 6 * * mon-fri`, on the
             *     clocks of a time zone. What falls into an hour that clocks skip is due when they have; what falls into one that they
             *     repeat is due once if it names the hour, and as often as it says if it is due every few minutes.
             */
            cron: {
                /** @description The pattern. */
                pattern: string;
                /** @description The zone, by its name in the tz database. */
                time_zone: string;
            };
        } | {
            /**
             * Format: int64
             * @description Every so many seconds, from a minute to a year.
             */
            every: number;
        };
        /** @description A process that does jobs. */
        WorkerSeen: {
            /**
             * Format: int64
             * @description How many it does now.
             */
            busy: number;
            /** @description Whether it begins nothing more. */
            drains: boolean;
            /** @description What it is called, as the steps of jobs say it. */
            name: string;
            /**
             * Format: int64
             * @description How many jobs it does at once.
             */
            places: number;
            /**
             * Format: int64
             * @description When it was last seen, in microseconds since 1970.
             */
            seen_at: number;
        };
        /** @description How it would look. */
        WouldLook: {
            /** @description The stylesheet, all themes. */
            css: string;
            /** @description The colours that would not be shown as they were given. */
            warnings: components["schemas"]["Warning"][];
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

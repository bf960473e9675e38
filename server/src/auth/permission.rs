//! What may be done, and the roles that let people do it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use utoipa::ToSchema;

/// One thing that a member of a tenant may be allowed to do: `resource:action`. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    /// Read figures, the rows behind them, and reports.
    #[serde(rename = "metrics:read")]
    MetricsRead,
    /// Ask in SQL.
    #[serde(rename = "sql:run")]
    SqlRun,
    /// See who did what: the people in the data, and the columns that name them.
    #[serde(rename = "people:read")]
    PeopleRead,
    /// See who belongs to the tenant and what each may do.
    #[serde(rename = "users:read")]
    UsersRead,
    /// Invite people, change what they may do, end their sessions.
    #[serde(rename = "users:manage")]
    UsersManage,
    /// Make, change and remove the tenant's own roles.
    #[serde(rename = "roles:manage")]
    RolesManage,
    /// See and revoke the API tokens of everyone, and make those of services.
    #[serde(rename = "tokens:manage")]
    TokensManage,
    /// Ask whether a token is good and whose it is, as another service does.
    #[serde(rename = "tokens:introspect")]
    TokensIntrospect,
    /// Change the tenant's name, time zone, working days, locale, targets, own metrics and destinations.
    #[serde(rename = "tenant:manage")]
    TenantManage,
    /// See jobs, schedules, hooks and connections.
    #[serde(rename = "jobs:read")]
    JobsRead,
    /// Ask for jobs, stop them and let them go on; set schedules and hooks.
    #[serde(rename = "jobs:manage")]
    JobsManage,
    /// Define reports, and say who gets them.
    #[serde(rename = "reports:manage")]
    ReportsManage,
    /// Say where the tenant's data come from.
    #[serde(rename = "connections:manage")]
    ConnectionsManage,
    /// Set alert rules, mute them, and acknowledge and assign alerts.
    #[serde(rename = "alerts:manage")]
    AlertsManage,
    /// Read the audit trail.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Appoint owners, and set up the identity providers that say who comes in.
    #[serde(rename = "tenant:own")]
    TenantOwn,
}

/// Permissions, each once.
pub type Permissions = BTreeSet<Permission>;

impl Permission {
    /// All that there are.
    pub const ALL: [Permission; 16] = [
        Permission::MetricsRead,
        Permission::SqlRun,
        Permission::PeopleRead,
        Permission::UsersRead,
        Permission::UsersManage,
        Permission::RolesManage,
        Permission::TokensManage,
        Permission::TokensIntrospect,
        Permission::TenantManage,
        Permission::JobsRead,
        Permission::JobsManage,
        Permission::ReportsManage,
        Permission::ConnectionsManage,
        Permission::AlertsManage,
        Permission::AuditRead,
        Permission::TenantOwn,
    ];

    /// Its name, as roles, tokens and the API write it.
    pub fn name(self) -> &'static str {
        match self {
            Permission::MetricsRead => "metrics:read",
            Permission::SqlRun => "sql:run",
            Permission::PeopleRead => "people:read",
            Permission::UsersRead => "users:read",
            Permission::UsersManage => "users:manage",
            Permission::RolesManage => "roles:manage",
            Permission::TokensManage => "tokens:manage",
            Permission::TokensIntrospect => "tokens:introspect",
            Permission::TenantManage => "tenant:manage",
            Permission::JobsRead => "jobs:read",
            Permission::JobsManage => "jobs:manage",
            Permission::ReportsManage => "reports:manage",
            Permission::ConnectionsManage => "connections:manage",
            Permission::AlertsManage => "alerts:manage",
            Permission::AuditRead => "audit:read",
            Permission::TenantOwn => "tenant:own",
        }
    }

    /// What it lets a person do, in words.
    pub fn description(self) -> &'static str {
        match self {
            Permission::MetricsRead => "Read figures, the rows behind them, and reports",
            Permission::SqlRun => "Ask in SQL",
            Permission::PeopleRead => "See who did what: the people in the data, and the columns that name them",
            Permission::UsersRead => "See who belongs to the tenant and what each may do",
            Permission::UsersManage => "Invite people, change what they may do, end their sessions",
            Permission::RolesManage => "Make, change and remove the tenant's own roles",
            Permission::TokensManage => "See and revoke everyone's API tokens, and make those of services",
            Permission::TokensIntrospect => "Ask whether a token is good and whose it is",
            Permission::TenantManage => {
                "Change the tenant's name, time zone, working days, locale, targets, own metrics and destinations"
            }
            Permission::JobsRead => "See jobs, schedules, hooks and connections",
            Permission::JobsManage => "Ask for jobs, stop them and let them go on; set schedules and hooks",
            Permission::ReportsManage => "Define reports, and say who gets them",
            Permission::ConnectionsManage => "Say where the tenant's data come from",
            Permission::AlertsManage => "Set alert rules, mute them, and acknowledge and assign alerts",
            Permission::AuditRead => "Read the audit trail, also in SQL as `audit.events`",
            Permission::TenantOwn => "Appoint owners, and set up the identity providers that say who comes in",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A role that every tenant has, and that nobody changes.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Whom it is for.
    pub description: &'static str,
    /// What it lets them do.
    pub permissions: &'static [Permission],
}

/// The role that may do everything, and that a tenant always has somebody in.
pub const OWNER: &str = "owner";

/// The built-in roles.
pub const BUILT_IN: [BuiltIn; 6] = {
    use Permission::*;
    [
        BuiltIn {
            name: OWNER,
            description: "Answers for the tenant, and may do everything",
            permissions: &Permission::ALL,
        },
        BuiltIn {
            name: "admin",
            description: "Runs the tenant: people, roles, tokens and settings",
            permissions: &[
                MetricsRead,
                SqlRun,
                PeopleRead,
                UsersRead,
                UsersManage,
                RolesManage,
                TokensManage,
                TokensIntrospect,
                TenantManage,
                JobsRead,
                JobsManage,
                ReportsManage,
                ConnectionsManage,
                AlertsManage,
                AuditRead,
            ],
        },
        BuiltIn {
            name: "analyst",
            description: "Asks in SQL, and reads every figure",
            permissions: &[MetricsRead, SqlRun],
        },
        BuiltIn { name: "executive", description: "Reads figures and reports", permissions: &[MetricsRead] },
        BuiltIn {
            name: "operator",
            description: "Keeps the tenant's data flowing, and sees who belongs to it",
            permissions: &[MetricsRead, UsersRead, JobsRead, JobsManage, ConnectionsManage, AlertsManage],
        },
        BuiltIn { name: "viewer", description: "Reads figures", permissions: &[MetricsRead] },
    ]
};

/// The built-in role of that name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|role| role.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_is_listed_once_and_written_alike_everywhere() {
        let all: Permissions = Permission::ALL.into_iter().collect();
        assert_eq!(all.len(), Permission::ALL.len());
        for permission in all {
            assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
            assert!(permission.name().split(':').count() == 2 && !permission.description().is_empty());
        }
    }

    #[test]
    fn the_page_on_access_has_the_roles_as_they_are() {
        let page = include_str!("../../../docs/access.md");
        for permission in Permission::ALL {
            let marks: Vec<&str> = BUILT_IN
                .iter()
                .map(|role| if role.permissions.contains(&permission) { " ✓ |" } else { " |" })
                .collect();
            let line = format!("| `{permission}` |{}", marks.concat());
            assert!(page.contains(&line), "docs/access.md lacks\n{line}");
        }
    }

    #[test]
    fn an_admin_may_do_all_but_appoint_owners() {
        let of = |name: &str| built_in(name).unwrap().permissions.iter().copied().collect::<Permissions>();
        let all: Permissions = Permission::ALL.into_iter().collect();
        assert_eq!(of(OWNER), all);
        assert_eq!(all.difference(&of("admin")).collect::<Vec<_>>(), [&Permission::TenantOwn]);
    }
}

//! The GraphQL operations that are asked, whole with their fragments.

macro_rules! operations {
    ($($operation:ident $name:literal $file:literal [$($fragment:literal),*])*) => {$(
        pub(super) const $operation: Operation = Operation {
            name: $name,
            text: concat!(
                include_str!(concat!("queries/", $file, ".graphql"))
                $(, "\n", include_str!(concat!("queries/", $fragment, ".fragment.graphql")))*
            ),
        };
    )*
    #[cfg(test)]
    const ALL: &[Operation] = &[$($operation),*];
    };
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// Its name, for the log and for whoever answers.
    pub(super) name: &'static str,
    /// The query.
    pub(super) text: &'static str,
}

operations! {
    REPOSITORIES "Repositories" "repositories" ["repository"]
    REPOSITORY "Repository" "repository" ["repository"]
    REFS "Refs" "refs" []
    PULL_REQUESTS "PullRequests" "pull_requests" ["pull_request", "comment", "thread", "review_comment", "actor"]
    PULL_REQUEST_PARTS "PullRequestParts" "pull_request_parts" ["pull_request", "comment", "thread", "review_comment", "actor"]
    THREAD_PARTS "ThreadParts" "thread_parts" ["review_comment", "actor"]
    ISSUES "Issues" "issues" ["issue", "comment", "actor"]
    ISSUE_PARTS "IssueParts" "issue_parts" ["issue", "comment", "actor"]
    MILESTONES "Milestones" "milestones" []
    RELEASES "Releases" "releases" []
    DEPLOYMENTS "Deployments" "deployments" ["deployment_node", "deployment", "actor"]
    WAITING_DEPLOYMENTS "WaitingDeployments" "waiting_deployments" ["deployment_node", "deployment", "actor"]
    DEPLOYMENT_PARTS "DeploymentParts" "deployment_parts" ["deployment"]
    ACCOUNTS "Accounts" "accounts" ["actor"]
    TEAMS "Teams" "teams" ["team"]
    TEAM_PARTS "TeamParts" "team_parts" ["team"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, from_slice};
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    #[test]
    fn every_operation_is_one_of_githubs_schema() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/payloads");
        let operations: Map<_, _> =
            ALL.iter().map(|operation| (operation.name.to_owned(), Value::from(operation.text))).collect();
        let mut command = Command::new("node");
        command.arg("queries.mjs").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = command.spawn().expect("`make test` installs Node");
        // Where its packages are missing it does not listen.
        let _ = node.stdin.take().unwrap().write_all(Value::Object(operations).to_string().as_bytes());
        let output = node.wait_with_output().unwrap().stdout;
        let told: Map<String, Value> =
            from_slice(&output).expect("`make test` installs GitHub's schema: npm ci in connectors/tests/payloads");
        assert_eq!(told.len(), ALL.len());
        for (operation, errors) in told {
            assert_eq!(errors, Value::Array(Vec::new()), "{operation}");
        }
    }

    #[test]
    fn every_operation_holds_each_fragment_that_it_names_once() {
        for operation in ALL {
            assert!(operation.text.contains(&format!("query {}(", operation.name)), "{}", operation.name);
            let named = operation.text.match_indices("...").filter_map(|(at, dots)| {
                let name = operation.text[at + dots.len()..].split(|c: char| !c.is_alphanumeric()).next()?;
                (!name.is_empty()).then_some(name)
            });
            for name in named {
                let defined = operation.text.matches(&format!("fragment {name} on ")).count();
                assert_eq!(defined, 1, "{} in {}", name, operation.name);
            }
        }
    }
}

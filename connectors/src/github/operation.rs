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
    REPOSITORIES_IN_SHORT "RepositoriesInShort" "repositories_in_short" []
    REPOSITORY "Repository" "repository" ["repository"]
    REFS "Refs" "refs" []
    REFS_ALONE "RefsAlone" "refs_alone" []
    PULL_REQUESTS "PullRequests" "pull_requests" ["pull_request_node", "pull_request", "comment", "thread", "review_comment", "actor"]
    PULL_REQUESTS_IN_SHORT "PullRequestsInShort" "pull_requests_in_short" []
    PULL_REQUEST "PullRequest" "one_pull_request" ["pull_request_node", "pull_request", "comment", "thread", "review_comment", "actor"]
    PULL_REQUEST_PARTS "PullRequestParts" "pull_request_parts" ["pull_request", "comment", "thread", "review_comment", "actor"]
    THREAD_PARTS "ThreadParts" "thread_parts" ["review_comment", "actor"]
    ISSUES "Issues" "issues" ["issue_node", "issue", "comment", "actor"]
    ISSUES_IN_SHORT "IssuesInShort" "issues_in_short" []
    ISSUE "Issue" "one_issue" ["issue_node", "issue", "comment", "actor"]
    ISSUE_PARTS "IssueParts" "issue_parts" ["issue", "comment", "actor"]
    MILESTONES "Milestones" "milestones" ["milestone_node"]
    MILESTONES_IN_SHORT "MilestonesInShort" "milestones_in_short" []
    MILESTONE "Milestone" "one_milestone" ["milestone_node"]
    RELEASES "Releases" "releases" ["release_node"]
    RELEASES_IN_SHORT "ReleasesInShort" "releases_in_short" []
    RELEASE "Release" "one_release" ["release_node"]
    DEPLOYMENTS "Deployments" "deployments" ["deployment_node", "deployment", "actor"]
    DEPLOYMENTS_IN_SHORT "DeploymentsInShort" "deployments_in_short" []
    DEPLOYMENT "Deployment" "one_deployment" ["deployment_node", "deployment", "actor"]
    WAITING_DEPLOYMENTS "WaitingDeployments" "waiting_deployments" ["deployment_node", "deployment", "actor"]
    DEPLOYMENT_PARTS "DeploymentParts" "deployment_parts" ["deployment"]
    ACCOUNTS "Accounts" "accounts" ["actor"]
    TEAMS "Teams" "teams" ["team"]
    TEAM_PARTS "TeamParts" "team_parts" ["team"]
}

#[cfg(test)]
mod tests {
    use super::super::answer::data;
    use super::super::older::{Older, unknown};
    use super::*;
    use crate::net::{Answer, Trouble};
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;
    use serde_json::{Map, Value, from_slice, json};
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    /// What one of GitHub's schemas, by its package, says against each operation with such a text.
    fn against(schema: &str, text: impl Fn(&Operation) -> String) -> Map<String, Value> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/payloads");
        let operations: Map<_, _> =
            ALL.iter().map(|operation| (operation.name.to_owned(), Value::from(text(operation)))).collect();
        let mut command = Command::new("node");
        command.args(["queries.mjs", schema]).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = command.spawn().expect("`make test` installs Node");
        // Where its packages are missing it does not listen.
        let _ = node.stdin.take().unwrap().write_all(Value::Object(operations).to_string().as_bytes());
        let output = node.wait_with_output().unwrap().stdout;
        let told: Map<String, Value> =
            from_slice(&output).expect("`make test` installs GitHub's schemas: npm ci in connectors/tests/payloads");
        assert_eq!(told.len(), ALL.len());
        told
    }

    #[test]
    fn every_operation_is_one_of_githubs_schema() {
        for (operation, errors) in against("@octokit/graphql-schema", |operation| operation.text.to_owned()) {
            assert_eq!(errors, Value::Array(Vec::new()), "{operation}");
        }
    }

    /// An error as GitHub tells it, of one that the package says.
    fn as_github(error: &Value) -> Value {
        let message = error["message"].as_str().unwrap();
        let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
        let (said, extensions) = if message.starts_with("Cannot query field") {
            let [field, kind] = quoted[..2] else { panic!("{message}") };
            let extensions = json!({"code": "undefinedField", "typeName": kind, "fieldName": field});
            (format!("Field '{field}' doesn't exist on type '{kind}'"), extensions)
        } else if message.starts_with("Unknown argument") {
            let [argument, asked] = quoted[..2] else { panic!("{message}") };
            let field = asked.rsplit('.').next().unwrap();
            let extensions =
                json!({"code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument});
            (format!("Field '{field}' doesn't accept argument '{argument}'"), extensions)
        } else {
            assert!(message.starts_with("Fragment cannot be spread here"), "{message}");
            let [parent, kind] = quoted[..2] else { panic!("{message}") };
            let extensions = json!({"code": "cannotSpreadFragment", "typeName": kind, "parentName": parent});
            (format!("Fragment on {kind} can't be spread inside {parent}"), extensions)
        };
        json!({"message": said, "locations": error["locations"], "extensions": extensions})
    }

    #[test]
    fn an_older_server_takes_every_operation_without_what_it_does_not_know() {
        let schema = "older-graphql-schema";
        let (older, mut refused) = (Older::default(), 0);
        for (name, errors) in against(schema, |operation| operation.text.to_owned()) {
            let errors: Vec<Value> = errors.as_array().unwrap().iter().map(as_github).collect();
            if errors.is_empty() {
                continue;
            }
            let operation = ALL.iter().find(|operation| operation.name == name).unwrap();
            let body = json!({"errors": errors}).to_string().into();
            let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body };
            assert!(matches!(data(&answer), Err(Trouble::Refused(_))), "{name}");
            let left_out = older.leave_out(operation, operation.text, &unknown(&answer));
            assert_eq!(left_out, Some(()), "{name}: {errors:?}");
            refused += 1;
        }
        assert!(refused > 4, "{refused}");
        for (name, errors) in against(schema, |operation| older.text(operation)) {
            assert_eq!(
                errors,
                Value::Array(Vec::new()),
                "{name}: {}",
                older.text(ALL.iter().find(|o| o.name == name).unwrap())
            );
        }
        // All that is missed by it.
        assert_eq!(older.fields().into_iter().collect::<Vec<_>>(), ["Issue.parent", "Ref.compare"]);
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

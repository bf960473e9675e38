/** The kinds of connections: what each needs to come in, what of it is read, and what counts as what (docs/connections.md, docs/github.md, docs/jira.md). */

import { t } from "@/texts/texts";

/** A setting, by its path in the settings. What is left empty is left out, and has the connector's own default. */
export interface Setting {
  path: string;
  label: string;
  hint: string;
  kind: "list" | "text" | "day" | "check" | "choices" | "map" | "lists";
  /** What holds while it is left out. Values that a setting would have are the same in every language. */
  unless: string;
  /** Whether a check is set while it is left out. */
  on?: boolean;
  of?: readonly (readonly [string, string])[];
}

/** A way to come in: its fields, and the credential that they make. */
export interface Way {
  name: string;
  title: string;
  about: string;
  fields: readonly { name: string; label: string; hint: string; secret?: boolean; long?: boolean; optional?: boolean }[];
  make: (typed: Record<string, string>) => string;
}

export interface Kind {
  connector: "github" | "jira" | "git";
  title: string;
  about: string;
  /** What to have at hand. */
  needs: string;
  place: { label: string; hint: string; usual: string; example: string };
  ways: readonly Way[];
  scope: readonly Setting[];
  meaning: readonly { title: string; about: string; settings: readonly Setting[] }[];
}

const incidents = () => ({
  title: t("Incidents"),
  about: t("Issues that are incidents make change fail rate and recovery time. Without any, those two stay empty."),
});

const plain = ({ secret = "" }: Record<string, string>) => secret.trim();
const list = (path: string, label: string, hint: string, unless: string): Setting => ({
  path,
  label,
  hint,
  unless,
  kind: "list",
});
const since = (): Setting => ({
  path: "since",
  label: t("Since"),
  hint: t("The first day of which lists are read. Less is read, and what is deleted from before is not noticed."),
  unless: t("everything"),
  kind: "day",
});

const github = (): Kind => ({
  connector: "github",
  title: "GitHub",
  about: t(
    "Repositories, pull requests, reviews, issues, deployments, releases and workflow runs of github.com or an Enterprise Server.",
  ),
  needs: t("A personal access token, or a GitHub App with its private key."),
  place: {
    label: t("Address of the API"),
    hint: t("https://api.github.com, or the address of an Enterprise Server."),
    usual: "https://api.github.com",
    example: "https://api.github.com",
  },
  ways: [
    {
      name: "token",
      title: t("Personal access token"),
      about: t(
        "A classic one with the scopes repo and read:org, or a fine-grained one that reads metadata, contents, pull requests, issues, deployments, actions and members.",
      ),
      fields: [{ name: "secret", label: t("Token"), hint: t("It begins with ghp_ or github_pat_."), secret: true }],
      make: plain,
    },
    {
      name: "app",
      title: t("GitHub App"),
      about: t(
        "An app of your own that reads metadata, contents, pull requests, issues, deployments, actions and members. No token is kept: Pulse asks GitHub for one each time.",
      ),
      fields: [
        { name: "app", label: t("App id or client id"), hint: t("It stands in the app's settings.") },
        {
          name: "installation",
          label: t("Installation"),
          hint: t("The number at the end of its address. It may be left out when there is one only."),
          optional: true,
        },
        {
          name: "private_key",
          label: t("Private key"),
          hint: t("The whole file that GitHub made, with its first and last line."),
          long: true,
        },
      ],
      make: ({ app = "", installation = "", private_key: key = "" }) =>
        JSON.stringify({
          app: app.trim(),
          ...(installation.trim() && { installation: Number(installation) }),
          private_key: key.trim() + "\n",
        }),
    },
  ],
  scope: [
    list(
      "owners",
      t("Organizations and users"),
      t("All of their repositories are read."),
      t("none; for an app, all that it is installed on"),
    ),
    list("repositories", t("Single repositories"), t("As owner/name, besides those above."), t("none")),
    list("exclude", t("Left out"), t("Patterns of owner/name, such as acme/sandbox-*."), t("none")),
    {
      path: "forks",
      label: t("Forks, too"),
      hint: t("Their commits are mostly others'."),
      kind: "check",
      unless: t("no"),
      on: false,
    },
    {
      path: "archived",
      label: t("Archived ones, too"),
      hint: t("Their past counts."),
      kind: "check",
      unless: t("yes"),
      on: true,
    },
    {
      path: "jobs",
      label: t("Jobs of workflow runs, too"),
      hint: t("A question for each run: a long past takes hours of the budget."),
      kind: "check",
      unless: t("no"),
      on: false,
    },
    since(),
  ],
  meaning: [
    {
      title: t("Deployments"),
      about: t("What tells of one. If two tell of the same, it counts twice: choose one where you can."),
      settings: [
        {
          path: "deployments.from",
          label: t("Told by"),
          hint: t("Deployments are what pipelines record at GitHub."),
          unless: t("deployments"),
          kind: "choices",
          of: [
            ["deployments", t("deployments")],
            ["workflow_runs", t("runs of workflows")],
            ["releases", t("releases")],
            ["tags", t("tags")],
          ],
        },
        list(
          "deployments.production",
          t("Production environments"),
          t("Only what goes there counts as delivered."),
          "production, prod, prod-*, production-*, live",
        ),
        list("deployments.workflows", t("Workflows that deploy"), t("By name or file, where runs of workflows tell."), "deploy*"),
        list("deployments.branches", t("Their branches"), t("Of which runs count."), t("all")),
        list("deployments.tags", t("Tags that deploy"), t("Where tags tell."), "v*"),
        {
          path: "deployments.environment",
          label: t("Where those go that name none"),
          hint: t("Runs, releases and tags name no environment."),
          unless: "production",
          kind: "text",
        },
        {
          path: "deployments.prerelease_environment",
          label: t("Where pre-releases go"),
          hint: t("It never counts as production."),
          unless: "pre-release",
          kind: "text",
        },
        list("deployments.hotfix", t("Unplanned fixes"), t("Names that tell of one. They count as repairs."), "*hotfix*"),
        list("deployments.rollback", t("Returns"), t("Names that tell of a return to an older state."), "*rollback*"),
      ],
    },
    {
      ...incidents(),
      settings: [
        list("incidents.labels", t("Labels of an incident"), t("An issue with one of them is an incident."), "incident, outage"),
        list("incidents.severity", t("Labels of its severity"), t("How bad it is."), "sev*, severity*"),
      ],
    },
    {
      title: t("Work items"),
      about: t("What labels of issues mean, where issues are the work."),
      settings: [
        list("work_items.doing", t("Work has begun"), t("Labels that say so."), "in progress, doing, in review"),
        {
          path: "work_items.kinds",
          label: t("Kinds of work"),
          hint: t("A line each: a kind, a colon, its labels."),
          unless: t("bugs and features"),
          kind: "lists",
        },
      ],
    },
  ],
});

const jira = (): Kind => ({
  connector: "jira",
  title: "Jira",
  about: t("Projects, boards, sprints and issues with every change of theirs, of Jira Cloud or Data Center."),
  needs: t("An API token with its address, a personal access token, a login with its password, or an OAuth app of your own."),
  place: {
    label: t("Address of the site"),
    hint: t("For Data Center with its path, if it has one; for OAuth https://api.atlassian.com/ex/jira/CLOUD-ID."),
    usual: "",
    example: "https://acme.atlassian.net",
  },
  ways: [
    {
      name: "cloud",
      title: t("API token (Cloud)"),
      about: t("Pulse sees what the account sees: take one that may browse every project that counts."),
      fields: [
        { name: "address", label: t("E-mail of the account"), hint: t("Whose token it is.") },
        { name: "secret", label: t("API token"), hint: t("Made under the account's security settings."), secret: true },
      ],
      make: ({ address = "", secret = "" }) => `${address.trim()}:${secret.trim()}`,
    },
    {
      name: "server",
      title: t("Personal access token (Data Center)"),
      about: t("Made in the profile of an account that may browse every project that counts."),
      fields: [{ name: "secret", label: t("Token"), hint: t("It is shown at the vendor's once."), secret: true }],
      make: plain,
    },
    {
      name: "login",
      title: t("Login and password (Data Center)"),
      about: t("Where Jira takes passwords. Of an account that may browse every project that counts; a token is safer."),
      fields: [
        { name: "login", label: t("Login"), hint: t("Not an e-mail address: one with an @ is taken for one of Cloud's.") },
        { name: "password", label: t("Password"), hint: t("That the account signs in with."), secret: true },
      ],
      make: ({ login = "", password = "" }) => `${login.trim()}:${password.trim()}`,
    },
    {
      name: "oauth",
      title: t("OAuth app"),
      about: t(
        "An app of your own (2.0, 3LO) with read:jira-work, read:jira-user, those of boards and sprints, and offline_access. Each use makes its refresh token another: give it to nobody else.",
      ),
      fields: [
        { name: "client_id", label: t("Client id"), hint: t("Of the app.") },
        { name: "client_secret", label: t("Client secret"), hint: t("Of the app."), secret: true },
        { name: "refresh_token", label: t("Refresh token"), hint: t("What the app was last given."), secret: true },
      ],
      make: ({ client_id = "", client_secret = "", refresh_token = "" }) =>
        JSON.stringify({
          client_id: client_id.trim(),
          client_secret: client_secret.trim(),
          refresh_token: refresh_token.trim(),
        }),
    },
  ],
  scope: [
    list("projects", t("Projects"), t("By their keys, such as SHOP."), t("all that the credential sees")),
    list("exclude", t("Left out"), t("Patterns of keys."), t("none")),
    since(),
    {
      path: "development",
      label: t("Pull requests that Jira knows of"),
      hint: t("Not by OAuth."),
      kind: "check",
      unless: t("yes"),
      on: true,
    },
  ],
  meaning: [
    {
      ...incidents(),
      settings: [
        list("incidents.types", t("Types of an incident"), t("Issue types."), "incident"),
        list("incidents.labels", t("Labels of an incident"), t("Besides the types."), "incident, outage"),
        {
          path: "incidents.jql",
          label: t("Query for incidents"),
          hint: t("In JQL: what it finds is one, too."),
          unless: t("none"),
          kind: "text",
        },
      ],
    },
    {
      title: t("Statuses"),
      about: t("Where Jira's own category of a status is not what your teams mean."),
      settings: [
        list("statuses.todo", t("To do"), t("Patterns of statuses."), t("Jira's categories")),
        list("statuses.doing", t("Doing"), t("Patterns of statuses."), t("Jira's categories")),
        list("statuses.done", t("Done"), t("Patterns of statuses."), t("Jira's categories")),
      ],
    },
    {
      title: t("Fields"),
      about: t("Ids such as customfield_10016, where they are not found by their kind or name."),
      settings: [
        {
          path: "fields.points",
          label: t("Story points"),
          hint: t("Where several fields could be meant."),
          unless: t("found"),
          kind: "text",
        },
        { path: "fields.sprint", label: t("Sprint"), hint: "", unless: t("found"), kind: "text" },
        { path: "fields.epic", label: t("Epic"), hint: "", unless: t("found"), kind: "text" },
        { path: "fields.severity", label: t("Severity"), hint: t("Of incidents."), unless: t("found"), kind: "text" },
        {
          path: "fields.began_at",
          label: t("When an incident began"),
          hint: t("A field that says it better than when it was made."),
          unless: t("when it was made"),
          kind: "text",
        },
        {
          path: "fields.other",
          label: t("More fields"),
          hint: t("A line each: the name that it is to have, a colon, its id."),
          unless: t("none"),
          kind: "map",
        },
      ],
    },
  ],
});

const git = (): Kind => ({
  connector: "git",
  title: t("Git repository"),
  about: t("Commits, tags and merges of a repository on the server's own disk."),
  needs: t("A folder that whoever runs the server fills (pulse serve --repositories). No credential."),
  place: {
    label: t("Folder"),
    hint: t("Below the tenant's own folder, such as api."),
    usual: "",
    example: "api",
  },
  ways: [],
  scope: [
    {
      path: "files",
      label: t("With changed files"),
      hint: t("The files of each commit, with line counts. The first sync takes many times as long."),
      kind: "check",
      unless: t("no"),
      on: false,
    },
    {
      path: "allow_shallow",
      label: t("Shallow clones, too"),
      hint: t("Read as they are: their oldest deployments seem smaller than they were."),
      kind: "check",
      unless: t("no"),
      on: false,
    },
  ],
  meaning: [
    {
      title: t("Deployments"),
      about: t("Git records none, so tags or merges have to stand for them."),
      settings: [
        list("deployments.tags", t("Tags"), t("Each stands for a deployment."), "v*"),
        {
          path: "deployments.merges",
          label: t("Merges into"),
          hint: t("A branch whose merges each stand for a deployment."),
          unless: t("none"),
          kind: "text",
        },
        {
          path: "deployments.environment",
          label: t("Environment"),
          hint: t("Where they go."),
          unless: "production",
          kind: "text",
        },
        {
          path: "deployments.prerelease_environment",
          label: t("Where pre-releases go"),
          hint: t("It never counts as production."),
          unless: "pre-release",
          kind: "text",
        },
        list("deployments.hotfix", t("Unplanned fixes"), t("Names that tell of one."), "*hotfix*"),
        list("deployments.rollback", t("Returns"), t("Names that tell of one."), "*rollback*"),
      ],
    },
  ],
});

export const kinds = (): readonly Kind[] => [github(), jira(), git()];

export const kindOf = (connector: string): Kind | undefined => kinds().find((kind) => kind.connector === connector);

/** All settings of a kind. */
export const settingsOf = ({ scope, meaning }: Kind): Setting[] => [...scope, ...meaning.flatMap(({ settings }) => settings)];

/** The kinds of connections: what each needs to come in, what of it is read, and what counts as what (docs/connections.md, docs/github.md, docs/jira.md). */

/** A setting, by its path in the settings. What is left empty is left out, and has the connector's own default. */
export interface Setting {
  path: string;
  label: string;
  hint: string;
  kind: "list" | "text" | "day" | "check" | "choices" | "map" | "lists";
  /** What holds while it is left out. */
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

const INCIDENTS = {
  title: "Incidents",
  about: "Issues that are incidents make change fail rate and recovery time. Without any, those two stay empty.",
};

const plain = ({ secret = "" }: Record<string, string>) => secret.trim();
const list = (path: string, label: string, hint: string, unless: string): Setting => ({
  path,
  label,
  hint,
  unless,
  kind: "list",
});
const SINCE: Setting = {
  path: "since",
  label: "Since",
  hint: "The first day of which lists are read. Less is read, and what is deleted from before is not noticed.",
  unless: "everything",
  kind: "day",
};

const GITHUB: Kind = {
  connector: "github",
  title: "GitHub",
  about:
    "Repositories, pull requests, reviews, issues, deployments, releases and workflow runs of github.com or an Enterprise Server.",
  needs: "A personal access token, or a GitHub App with its private key.",
  place: {
    label: "Address of the API",
    hint: "https://api.github.com, or the address of an Enterprise Server.",
    usual: "https://api.github.com",
    example: "https://api.github.com",
  },
  ways: [
    {
      name: "token",
      title: "Personal access token",
      about:
        "A classic one with the scopes repo and read:org, or a fine-grained one that reads metadata, contents, pull requests, issues, deployments, actions and members.",
      fields: [{ name: "secret", label: "Token", hint: "It begins with ghp_ or github_pat_.", secret: true }],
      make: plain,
    },
    {
      name: "app",
      title: "GitHub App",
      about:
        "An app of your own that reads metadata, contents, pull requests, issues, deployments, actions and members. No token is kept: Pulse asks GitHub for one each time.",
      fields: [
        { name: "app", label: "App id or client id", hint: "It stands in the app's settings." },
        {
          name: "installation",
          label: "Installation",
          hint: "The number at the end of its address. It may be left out when there is one only.",
          optional: true,
        },
        {
          name: "private_key",
          label: "Private key",
          hint: "The whole file that GitHub made, with its first and last line.",
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
    list("owners", "Organizations and users", "All of their repositories are read.", "none; of an app's, what it was given"),
    list("repositories", "Single repositories", "As owner/name, besides those above.", "none"),
    list("exclude", "Left out", "Patterns of owner/name, such as acme/sandbox-*.", "none"),
    { path: "forks", label: "Forks, too", hint: "Their commits are mostly others'.", kind: "check", unless: "no", on: false },
    { path: "archived", label: "Archived ones, too", hint: "Their past counts.", kind: "check", unless: "yes", on: true },
    {
      path: "jobs",
      label: "Jobs of workflow runs, too",
      hint: "A question for each run: a long past takes hours of the budget.",
      kind: "check",
      unless: "no",
      on: false,
    },
    SINCE,
  ],
  meaning: [
    {
      title: "Deployments",
      about: "What tells of one. If two tell of the same, it counts twice: choose one where you can.",
      settings: [
        {
          path: "deployments.from",
          label: "Told by",
          hint: "Deployments are what pipelines record at GitHub.",
          unless: "deployments",
          kind: "choices",
          of: [
            ["deployments", "deployments"],
            ["workflow_runs", "runs of workflows"],
            ["releases", "releases"],
            ["tags", "tags"],
          ],
        },
        list(
          "deployments.production",
          "Production environments",
          "Only what goes there counts as delivered.",
          "production, prod, prod-*, production-*, live",
        ),
        list("deployments.workflows", "Workflows that deploy", "By name or file, where runs of workflows tell.", "deploy*"),
        list("deployments.branches", "Their branches", "Of which runs count.", "all"),
        list("deployments.tags", "Tags that deploy", "Where tags tell.", "v*"),
        {
          path: "deployments.environment",
          label: "Where those go that name none",
          hint: "Runs, releases and tags name no environment.",
          unless: "production",
          kind: "text",
        },
        {
          path: "deployments.prerelease_environment",
          label: "Where pre-releases go",
          hint: "It never counts as production.",
          unless: "pre-release",
          kind: "text",
        },
        list("deployments.hotfix", "Unplanned fixes", "Names that tell of one. They count as repairs.", "*hotfix*"),
        list("deployments.rollback", "Returns", "Names that tell of a return to an older state.", "*rollback*"),
      ],
    },
    {
      ...INCIDENTS,
      settings: [
        list("incidents.labels", "Labels of an incident", "An issue with one of them is an incident.", "incident, outage"),
        list("incidents.severity", "Labels of its severity", "How bad it is.", "sev*, severity*"),
      ],
    },
    {
      title: "Work items",
      about: "What labels of issues mean, where issues are the work.",
      settings: [
        list("work_items.doing", "Work has begun", "Labels that say so.", "in progress, doing, in review"),
        {
          path: "work_items.kinds",
          label: "Kinds of work",
          hint: "A line each: a kind, a colon, its labels.",
          unless: "bugs and features",
          kind: "lists",
        },
      ],
    },
  ],
};

const JIRA: Kind = {
  connector: "jira",
  title: "Jira",
  about: "Projects, boards, sprints and issues with every change of theirs, of Jira Cloud or Data Center.",
  needs: "An API token with its address, a personal access token, or an OAuth app of your own.",
  place: {
    label: "Address of the site",
    hint: "For Data Center with its path, if it has one; for OAuth https://api.atlassian.com/ex/jira/CLOUD-ID.",
    usual: "",
    example: "https://acme.atlassian.net",
  },
  ways: [
    {
      name: "cloud",
      title: "API token (Cloud)",
      about: "Pulse sees what the account sees: take one that may browse every project that counts.",
      fields: [
        { name: "address", label: "E-mail of the account", hint: "Whose token it is." },
        { name: "secret", label: "API token", hint: "Made under the account's security settings.", secret: true },
      ],
      make: ({ address = "", secret = "" }) => `${address.trim()}:${secret.trim()}`,
    },
    {
      name: "server",
      title: "Personal access token (Data Center)",
      about: "Made in the profile of an account that may browse every project that counts.",
      fields: [{ name: "secret", label: "Token", hint: "It is shown at the vendor's once.", secret: true }],
      make: plain,
    },
    {
      name: "oauth",
      title: "OAuth app",
      about:
        "An app of your own (2.0, 3LO) with read:jira-work, read:jira-user, those of boards and sprints, and offline_access. Each use makes its refresh token another: give it to nobody else.",
      fields: [
        { name: "client_id", label: "Client id", hint: "Of the app." },
        { name: "client_secret", label: "Client secret", hint: "Of the app.", secret: true },
        { name: "refresh_token", label: "Refresh token", hint: "What the app was last given.", secret: true },
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
    list("projects", "Projects", "By their keys, such as SHOP.", "all that the credential sees"),
    list("exclude", "Left out", "Patterns of keys.", "none"),
    SINCE,
    {
      path: "development",
      label: "Pull requests that Jira knows of",
      hint: "Not by OAuth.",
      kind: "check",
      unless: "yes",
      on: true,
    },
  ],
  meaning: [
    {
      ...INCIDENTS,
      settings: [
        list("incidents.types", "Types of an incident", "Issue types.", "incident"),
        list("incidents.labels", "Labels of an incident", "Besides the types.", "incident, outage"),
        {
          path: "incidents.jql",
          label: "Query for incidents",
          hint: "In JQL: what it finds is one, too.",
          unless: "none",
          kind: "text",
        },
      ],
    },
    {
      title: "Statuses",
      about: "Where Jira's own category of a status is not what your teams mean.",
      settings: [
        list("statuses.todo", "To do", "Patterns of statuses.", "Jira's categories"),
        list("statuses.doing", "Doing", "Patterns of statuses.", "Jira's categories"),
        list("statuses.done", "Done", "Patterns of statuses.", "Jira's categories"),
      ],
    },
    {
      title: "Fields",
      about: "Ids such as customfield_10016, where they are not found by their kind or name.",
      settings: [
        {
          path: "fields.points",
          label: "Story points",
          hint: "Where several fields could be meant.",
          unless: "found",
          kind: "text",
        },
        { path: "fields.sprint", label: "Sprint", hint: "", unless: "found", kind: "text" },
        { path: "fields.epic", label: "Epic", hint: "", unless: "found", kind: "text" },
        { path: "fields.severity", label: "Severity", hint: "Of incidents.", unless: "found", kind: "text" },
        {
          path: "fields.began_at",
          label: "When an incident began",
          hint: "A field that says it better than when it was made.",
          unless: "when it was made",
          kind: "text",
        },
        {
          path: "fields.other",
          label: "More fields",
          hint: "A line each: the name that it is to have, a colon, its id.",
          unless: "none",
          kind: "map",
        },
      ],
    },
  ],
};

const GIT: Kind = {
  connector: "git",
  title: "Git repository",
  about: "Commits, tags and merges of a repository on the server's own disk.",
  needs: "A folder that whoever runs the server fills (pulse serve --repositories). No credential.",
  place: {
    label: "Folder",
    hint: "Below the tenant's own folder, such as api.",
    usual: "",
    example: "api",
  },
  ways: [],
  scope: [
    {
      path: "files",
      label: "With changed files",
      hint: "The files of each commit, with line counts. The first sync takes many times as long.",
      kind: "check",
      unless: "no",
      on: false,
    },
    {
      path: "allow_shallow",
      label: "Shallow clones, too",
      hint: "Read as they are: their oldest deployments seem smaller than they were.",
      kind: "check",
      unless: "no",
      on: false,
    },
  ],
  meaning: [
    {
      title: "Deployments",
      about: "Git records none, so tags or merges have to stand for them.",
      settings: [
        list("deployments.tags", "Tags", "Each stands for a deployment.", "v*"),
        {
          path: "deployments.merges",
          label: "Merges into",
          hint: "A branch whose merges each stand for a deployment.",
          unless: "none",
          kind: "text",
        },
        { path: "deployments.environment", label: "Environment", hint: "Where they go.", unless: "production", kind: "text" },
        {
          path: "deployments.prerelease_environment",
          label: "Where pre-releases go",
          hint: "It never counts as production.",
          unless: "pre-release",
          kind: "text",
        },
        list("deployments.hotfix", "Unplanned fixes", "Names that tell of one.", "*hotfix*"),
        list("deployments.rollback", "Returns", "Names that tell of one.", "*rollback*"),
      ],
    },
  ],
};

export const KINDS: readonly Kind[] = [GITHUB, JIRA, GIT];

export const kindOf = (connector: string): Kind | undefined => KINDS.find((kind) => kind.connector === connector);

/** All settings of a kind. */
export const settingsOf = ({ scope, meaning }: Kind): Setting[] => [...scope, ...meaning.flatMap(({ settings }) => settings)];

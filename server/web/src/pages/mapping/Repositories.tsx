/** Repositories and the projects that they are in. */

import type { House } from "@/api/house";
import type { RepositoryMapping } from "@/api/mapping";
import { useFormat } from "@/parts/Locale";
import { EmptyState } from "@/parts/Notice";
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";
import { scopedRepository } from "./projects";
import { Scoping } from "./Scoping";

export const Repositories = () => (
  <MappingPage
    lead={t(
      "Which project each repository is in. Pull requests, changes and deployments count for it, and for the team that owns it.",
    )}
  >
    {({ repositories }, house) => <Editor of={repositories} house={house} />}
  </MappingPage>
);

function Editor({ of, house }: { of: readonly RepositoryMapping[]; house: House }) {
  const format = useFormat();
  const none = of.filter(({ projects }) => projects.length === 0).length;
  return (
    <Scoping
      kind="repository"
      of={of.map(scopedRepository)}
      house={house}
      words={{
        title: t("Repositories"),
        about:
          none === 0
            ? t("Each is in a project.")
            : many(
                none,
                {
                  one: "One is in no project, and stands first.",
                  other: "{count} are in no project, and stand first.",
                },
                { count: format.count(none) },
              ),
        empty: (
          <EmptyState title={t("No repository yet")}>{t("Connect a source that has some, and they stand here.")}</EmptyState>
        ),
        table: { name: "repositories", title: t("Repositories and their projects"), column: t("Repository") },
        likely: ({ likely }) => likely && likelyWords(likely, format.count),
        back: t("no project: takes back what was decided"),
        done: (n) =>
          many(
            n,
            { one: "Decided about {count} repository", other: "Decided about {count} repositories" },
            { count: format.count(n) },
          ),
        made: t(
          "For repositories that belong to none of those that your tools know. It is made with the first that goes into it.",
        ),
      }}
    />
  );
}

type Likely = NonNullable<RepositoryMapping["likely"]>;

/** `Shop: 12 of 14 pull requests that name an item name one of it`. */
export const likelyWords = ({ id, name, pull_requests, of }: Likely, count: (n: number) => string): string =>
  t("{name}: {pull_requests} of {of} pull requests name items of it", {
    name: name ?? id,
    pull_requests: count(pull_requests),
    of: count(of),
  });

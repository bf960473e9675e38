/** Boards and the projects that their sprints are of. */

import type { House } from "@/api/house";
import type { BoardMapping } from "@/api/mapping";
import { useFormat } from "@/parts/Locale";
import { EmptyState } from "@/parts/Notice";
import { many, t } from "@/texts/texts";
import { MappingPage } from "./MappingPage";
import { scopedBoard } from "./projects";
import { Scoping } from "./Scoping";

export const Boards = () => (
  <MappingPage
    lead={t(
      "Which project the sprints of each board are of. The pace that they are forecast with and their risks go by it; their items stay in their own projects.",
    )}
  >
    {({ boards }, house) => <Editor of={boards} house={house} />}
  </MappingPage>
);

function Editor({ of, house }: { of: readonly BoardMapping[]; house: House }) {
  const format = useFormat();
  const none = of.filter(({ project }) => project === null).length;
  return (
    <Scoping
      kind="board"
      of={of.map(scopedBoard)}
      house={house}
      words={{
        title: t("Boards"),
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
          <EmptyState title={t("No board yet")}>
            {t("Connect a source whose boards have sprints, and they stand here.")}
          </EmptyState>
        ),
        table: { name: "boards", title: t("Boards and their projects"), column: t("Board") },
        likely: ({ likely }) => likely && likelyWords(likely, format.count),
        back: t("as its source says: takes back what was decided"),
        done: (n) =>
          many(n, { one: "Decided about {count} board", other: "Decided about {count} boards" }, { count: format.count(n) }),
        made: t("For boards that belong to none of those that your tools know. It is made with the first that goes into it."),
      }}
    />
  );
}

type Likely = NonNullable<BoardMapping["likely"]>;

/** `Shop: 31 of 34 items of its sprints are in it`. */
const likelyWords = ({ id, name, items, of }: Likely, count: (n: number) => string): string =>
  t("{name}: {items} of {of} items of its sprints are in it", { name: name ?? id, items: count(items), of: count(of) });

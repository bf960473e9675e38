/** Who is one person, over all tools, and who is a program. */

import { useState } from "react";
import type { House, Naming } from "@/api/house";
import type { KnownPerson, Likeness, Mapping } from "@/api/mapping";
import { DataTable } from "@/parts/DataTable";
import { Check, ListField, SelectField } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { decisionsOf, keyOf, taken, unanswered, type Answer } from "./likeness";
import { MappingPage } from "./MappingPage";
import { Proposing } from "./Proposing";

export const People = () => (
  <MappingPage lead="Which names are one person's, over all tools, and which are programs', whose work counts as nobody's.">
    {(mapping, house) => (
      <>
        <Panel title="By rules" about="What is decided about a name goes before all of this. No page ranks people by it.">
          <Rules house={house} />
        </Panel>
        <Panel
          title="Who could be one"
          about="People of one full name, and those of one login in different tools. A name alone merges nobody: that is for you to decide."
        >
          <Likenesses mapping={mapping} house={house} />
        </Panel>
      </>
    )}
  </MappingPage>
);

function Rules({ house }: { house: House }) {
  const { people } = house.rules;
  const [draft, setDraft] = useState<Partial<Naming>>({});
  const next = { ...people, ...draft };
  const set = (part: Partial<Naming>) => setDraft((before) => ({ ...before, ...part }));
  const same = JSON.stringify(next) === JSON.stringify(people);
  return (
    <Proposing
      house={house}
      deed={
        same ? null : { change: { rules: { people: next } }, back: { rules: { people } }, done: "The rules about names are kept" }
      }
      onDone={() => setDraft({})}
    >
      <Check
        label="Names with one address are one person's"
        hint="Over all tools. Addresses that many may have, such as noreply, count for nothing."
        checked={next.by_email}
        onChange={(by_email) => set({ by_email })}
      />
      <Check
        label="Names with one login are one person's"
        hint="Over all tools; within one connection they always are. For when logins come from one directory."
        checked={next.by_login}
        onChange={(by_login) => set({ by_login })}
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <ListField
          label="Programs"
          hint="Patterns of names, logins and addresses, beside those that their sources tell."
          placeholder="*[bot], ci-*"
          value={next.bots}
          onChange={(bots) => set({ bots })}
        />
        <ListField
          label="People, all the same"
          hint="Patterns of those that are people, whatever their sources and the list of programs say."
          placeholder="robot.smith"
          value={next.humans}
          onChange={(humans) => set({ humans })}
        />
      </div>
    </Proposing>
  );
}

const nameOf = ({ name, email, id }: KnownPerson) => name ?? email ?? id;

function Likenesses({ mapping: { people }, house }: { mapping: Mapping; house: House }) {
  const [answers, setAnswers] = useState<Record<string, Answer>>({});
  const format = useFormat();
  const answerOf = (likeness: Likeness) => answers[keyOf(likeness)] ?? unanswered(likeness);
  const set = (likeness: Likeness, part: Partial<Answer>) =>
    setAnswers((before) => ({ ...before, [keyOf(likeness)]: { ...answerOf(likeness), ...part } }));
  const decisions = people.flatMap((likeness) => decisionsOf(likeness, answerOf(likeness)));
  if (people.length === 0)
    return (
      <EmptyState icon="check" title="Nobody">
        No two people have one full name, or one login in different tools.
      </EmptyState>
    );
  return (
    <Proposing
      house={house}
      deed={
        decisions.length === 0
          ? null
          : {
              change: { decisions },
              back: { decisions: taken(decisions) },
              done: `Decided about ${format.count(decisions.length)} ${decisions.length === 1 ? "name" : "names"}`,
            }
      }
      onDone={() => setAnswers({})}
    >
      <DataTable
        grid={{
          name: "people",
          title: "People who could be one",
          columns: [
            { name: "same", title: "In common", unit: null },
            { name: "why", title: "That is their", unit: null },
            { name: "people", title: "Known as", unit: null },
            { name: "answer", title: "They", unit: null },
          ],
          rows: people.map((likeness) => {
            const answer = answerOf(likeness);
            return {
              key: keyOf(likeness),
              cells: [
                { value: likeness.same },
                { value: likeness.why },
                {
                  value: likeness.people.map((person) => [nameOf(person), person.email].filter(Boolean).join(" ")).join("; "),
                  show: <Known of={likeness} answer={answer} onChange={(part) => set(likeness, part)} />,
                },
                {
                  value: WHAT[answer.what],
                  show: <Decide of={likeness} answer={answer} onChange={(part) => set(likeness, part)} />,
                },
              ],
            };
          }),
        }}
      />
    </Proposing>
  );
}

const WHAT = { open: "are not decided about", one: "are one person", apart: "are not one person" } as const;

interface About {
  of: Likeness;
  answer: Answer;
  onChange: (part: Partial<Answer>) => void;
}

function Known({ of, answer: { what, programs }, onChange }: About) {
  return (
    <ul className="flex flex-col gap-1.5">
      {of.people.map((person) => (
        <li key={person.id}>
          <p>
            {nameOf(person)}
            {person.email && person.name && <span className="text-soft">, {person.email}</span>}
          </p>
          <p className="font-mono text-xs break-all text-soft">{person.identities.join(", ")}</p>
          {/* A program and a person are never one. */}
          {what !== "one" && (
            <Check
              label={
                <>
                  a program
                  <span className="sr-only">
                    , {nameOf(person)} {person.email}
                  </span>
                </>
              }
              checked={programs.includes(person.id)}
              onChange={(is) => onChange({ programs: is ? [...programs, person.id] : programs.filter((id) => id !== person.id) })}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function Decide({ of, answer: { what, kept }, onChange }: About) {
  return (
    <div className="flex min-w-44 flex-col gap-2">
      <SelectField
        bare
        label={`Those of the ${of.why} ${of.same}`}
        value={what}
        of={(["open", "one", "apart"] as const).map((one) => [one, WHAT[one]] as const)}
        onChange={(what) => onChange({ what, ...(what === "one" && { programs: [] }) })}
      />
      {what === "one" && (
        <SelectField
          label="Kept as"
          value={kept}
          of={of.people.map((person) => [person.id, [nameOf(person), person.email ?? person.id].join(", ")] as const)}
          onChange={(kept) => onChange({ kept })}
        />
      )}
    </div>
  );
}

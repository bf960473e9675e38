/** Who is one person, over all tools, and who is a program. */

import { useState } from "react";
import type { House, Naming } from "@/api/house";
import type { KnownPerson, Likeness, Mapping } from "@/api/mapping";
import { DataTable } from "@/parts/DataTable";
import { Check, ListField, SelectField } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { hidden, rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { decisionsOf, keyOf, taken, unanswered, type Answer } from "./likeness";
import { MappingPage } from "./MappingPage";
import { Proposing } from "./Proposing";

export const People = () => (
  <MappingPage lead={t("Which names are one person's, over all tools, and which are programs', whose work counts as nobody's.")}>
    {(mapping, house) => (
      <>
        <Panel
          title={t("By rules")}
          about={t("What is decided about a name goes before all of this. No page ranks people by it.")}
        >
          <Rules house={house} />
        </Panel>
        <Panel
          title={t("Who could be one")}
          about={t(
            "People of one full name, and those of one login in different tools. A name alone merges nobody: that is for you to decide.",
          )}
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
        same
          ? null
          : { change: { rules: { people: next } }, back: { rules: { people } }, done: t("The rules about names are kept") }
      }
      onDone={() => setDraft({})}
    >
      <Check
        label={t("Names with one address are one person's")}
        hint={t("Over all tools. Addresses that many may have, such as noreply, count for nothing.")}
        checked={next.by_email}
        onChange={(by_email) => set({ by_email })}
      />
      <Check
        label={t("Names with one login are one person's")}
        hint={t("Over all tools; within one connection they always are. For when logins come from one directory.")}
        checked={next.by_login}
        onChange={(by_login) => set({ by_login })}
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <ListField
          label={t("Programs")}
          hint={t("Patterns of names, logins and addresses, beside those that their sources tell.")}
          placeholder={t("*[bot], ci-*")}
          value={next.bots}
          onChange={(bots) => set({ bots })}
        />
        <ListField
          label={t("People, all the same")}
          hint={t("Patterns of those that are people, whatever their sources and the list of programs say.")}
          placeholder={t("robot.smith")}
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
      <EmptyState icon="check" title={t("Nobody")}>
        {t("No two people have one full name, or one login in different tools.")}
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
              done: many(
                decisions.length,
                { one: "Decided about {count} name", other: "Decided about {count} names" },
                { count: format.count(decisions.length) },
              ),
            }
      }
      onDone={() => setAnswers({})}
    >
      <DataTable
        grid={{
          name: "people",
          title: t("People who could be one"),
          columns: [
            { name: "same", title: t("In common"), unit: null },
            { name: "why", title: t("That is their"), unit: null },
            { name: "people", title: t("Known as"), unit: null },
            { name: "answer", title: t("They"), unit: null },
          ],
          rows: people.map((likeness) => {
            const answer = answerOf(likeness);
            return {
              key: keyOf(likeness),
              cells: [
                { value: likeness.same },
                { value: likeness.why === "name" ? t("name") : t("login") },
                {
                  value: likeness.people.map((person) => [nameOf(person), person.email].filter(Boolean).join(" ")).join("; "),
                  show: <Known of={likeness} answer={answer} onChange={(part) => set(likeness, part)} />,
                },
                {
                  value: answerWords(answer.what),
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

const answerWords = (what: Answer["what"]): string =>
  ({ open: t("are not decided about"), one: t("are one person"), apart: t("are not one person") })[what];

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
          <p className="font-mono text-xs wrap-anywhere text-soft">{person.identities.join(", ")}</p>
          {/* A program and a person are never one. */}
          {what !== "one" && (
            <Check
              label={rich("a program<b>, {person}</b>", { b: hidden, person: [nameOf(person), person.email].join(" ") })}
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
        label={
          of.why === "name" ? t("Those of the name {same}", { same: of.same }) : t("Those of the login {same}", { same: of.same })
        }
        value={what}
        of={(["open", "one", "apart"] as const).map((one) => [one, answerWords(one)] as const)}
        onChange={(what) => onChange({ what, ...(what === "one" && { programs: [] }) })}
      />
      {what === "one" && (
        <SelectField
          label={t("Kept as")}
          value={kept}
          of={of.people.map((person) => [person.id, [nameOf(person), person.email ?? person.id].join(", ")] as const)}
          onChange={(kept) => onChange({ kept })}
        />
      )}
    </div>
  );
}

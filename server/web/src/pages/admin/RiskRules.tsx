/** From when on a project is at risk, and what each rule goes by (docs/risk.md). */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { house, riskRules, type House, type RiskRule, type RiskSettings } from "@/api/house";
import { Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Mark } from "@/parts/Mark";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { useUnsaved } from "@/parts/Unsaved";
import { rich } from "@/texts/rich";
import { Worded } from "@/parts/Worded";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { useHouseChange } from "./useHouse";

export function RiskRules() {
  const [own, rules] = [useQuery(house), useQuery(riskRules)];
  const failed = own.error ?? rules.error;
  return (
    <AdminPage
      path="/admin/risk"
      lead={t(
        "Each rule looks for one sign that a project may fail. What is left empty is as the rule has it. Scores are signs, not chances.",
      )}
    >
      {(own.isPending || rules.isPending) && <Skeleton label={t("The rules are on their way")} rows={6} />}
      {failed && <Failure error={failed} again={() => void Promise.all([own.refetch(), rules.refetch()])} />}
      {own.data && rules.data && <Settings house={own.data} rules={rules.data} />}
    </AdminPage>
  );
}

/** What is said of the weight of rules that count to no project's risk, by what they are about. */
const apart = ({ subject, closing }: RiskRule) =>
  subject === "epic"
    ? t("What such a rule finds of an epic counts to no project's risk. At 0 the rule is not asked.")
    : subject === "release"
      ? t("What such a rule finds of a release counts to no project's risk. At 0 the rule is not asked.")
      : subject === "team"
        ? t("What is found of a team counts to no project. At 0 the rule is not asked.")
        : closing
          ? t("What this rule finds counts to no project's risk: no work is open that could be late. At 0 the rule is not asked.")
          : undefined;

type Typed = Record<string, string>;
const key = (rule: string, threshold?: string) => (threshold === undefined ? rule : `${rule} ${threshold}`);

/** What was set, as fields hold it. */
function typedOf({ at_risk, off_track, rules }: RiskSettings): Typed {
  const typed: Typed = { at_risk: String(at_risk), off_track: String(off_track) };
  for (const [name, { weight, thresholds }] of Object.entries(rules)) {
    if (weight != null) typed[key(name)] = String(weight);
    for (const [threshold, value] of Object.entries(thresholds ?? {})) typed[key(name, threshold)] = String(value);
  }
  return typed;
}

/** The other way: only what differs from the rules' own. */
export function settingsOf(typed: Typed, rules: readonly RiskRule[]): RiskSettings {
  const number = (name: string) => {
    const text = typed[name]?.trim() ?? "";
    return text === "" ? undefined : Number(text);
  };
  const settings: RiskSettings = { at_risk: number("at_risk") ?? 0.35, off_track: number("off_track") ?? 0.65, rules: {} };
  for (const rule of rules) {
    const weight = number(key(rule.name));
    const thresholds = Object.fromEntries(
      rule.thresholds.flatMap(({ name }) => {
        const value = number(key(rule.name, name));
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
    if (weight !== undefined || Object.keys(thresholds).length > 0)
      settings.rules[rule.name] = { ...(weight !== undefined && { weight }), thresholds };
  }
  return settings;
}

function Settings({ house, rules }: { house: House; rules: readonly RiskRule[] }) {
  // Until something is typed here it is what the tenant has, whoever changes that.
  const [draft, setDraft] = useState<Typed>({});
  const typed: Typed = { ...typedOf(house.rules.risk), ...draft };
  const save = useHouseChange(t("The rules are kept; the next risk job goes by them"));
  const field = (name: string) => ({
    type: "number",
    step: "any",
    value: typed[name] ?? "",
    onChange: (text: string) => setDraft((before) => ({ ...before, [name]: text })),
  });
  const [at, off] = [Number(typed.at_risk), Number(typed.off_track)];
  const settings = settingsOf(typed, rules);
  const same = JSON.stringify(settings) === JSON.stringify(settingsOf(typedOf(house.rules.risk), rules));
  const { question } = useUnsaved(!same);
  const wrong = at < off ? null : t("It should be above the other.");
  return (
    <Form
      onSubmit={() => save.mutate({ rules: { risk: settings } }, { onSuccess: () => setDraft({}) })}
      busy={save.isPending}
      error={save.error}
      submit={t("Keep")}
      idle={wrong !== null || same}
    >
      {question}
      <Panel title={t("Limits")} about={t("A project's risk is from 0 to 1. Below the first limit it is on track.")}>
        <div className="grid grid-cols-2 gap-4 sm:max-w-md">
          <TextField label={t("At risk from")} required min={0} max={1} {...field("at_risk")} />
          <TextField label={t("Off track from")} required min={0} max={1} wrong={wrong} {...field("off_track")} />
        </div>
      </Panel>
      <ul className="flex flex-col gap-2">
        {rules.map((rule) => {
          const weight = typed[key(rule.name)]?.trim() ?? "";
          const changed = weight !== "" || rule.thresholds.some(({ name }) => (typed[key(rule.name, name)] ?? "").trim() !== "");
          return (
            <li key={rule.name} className="card rounded-lg border border-line bg-surface">
              <details className="group">
                <summary className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
                  <Icon name="chevron" className="-rotate-90 text-soft group-open:rotate-0" />
                  <span className="font-medium">{rule.title}</span>
                  <span className="text-sm text-soft">
                    {t("{subject}, weight {weight}", { subject: rule.subject, weight: weight === "" ? rule.weight : weight })}
                  </span>
                  {Number(weight) === 0 && weight !== "" ? (
                    <Mark tone="plain">{t("not asked")}</Mark>
                  ) : (
                    changed && <Mark tone="accent">{t("changed")}</Mark>
                  )}
                </summary>
                <div className="flex flex-col gap-3 border-t border-line p-4">
                  <p className="max-w-prose text-sm text-soft">
                    <Worded>{rule.description}</Worded>
                  </p>
                  <p className="text-sm">
                    {rich("<b>Score: </b>{formula}", {
                      b: (inner) => <span className="text-soft">{inner}</span>,
                      formula: <Worded>{rule.formula}</Worded>,
                    })}
                  </p>
                  <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
                    <TextField
                      label={t("Weight")}
                      min={0}
                      max={0.99}
                      placeholder={String(rule.weight)}
                      hint={
                        apart(rule) ?? t("How much of a project's risk a score of 1 is by itself. At 0 the rule is not asked.")
                      }
                      {...field(key(rule.name))}
                    />
                    {rule.thresholds.map(({ name, default: usual, unit, description }) => (
                      <TextField
                        key={name}
                        label={`${name} (${unit.replace("_", " ")})`}
                        placeholder={String(usual)}
                        hint={description}
                        {...field(key(rule.name, name))}
                      />
                    ))}
                  </div>
                </div>
              </details>
            </li>
          );
        })}
      </ul>
    </Form>
  );
}

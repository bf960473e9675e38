/** All that a rule says, with what it would have done beside it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { alertRules, draftOf, setRule, type Condition, type Draft, type Rule } from "@/api/alerts";
import { definitions, me } from "@/api/queries";
import { slug } from "@/design/slug";
import { typedIn } from "@/design/units";
import { Button } from "@/parts/Button";
import { ChannelsField } from "@/parts/Channels";
import { DurationField } from "@/parts/Duration";
import { Check, Form, refusedAt, SelectField, TextArea, TextField } from "@/parts/Form";
import { Ago } from "@/parts/Locale";
import { tell } from "@/parts/Told";
import { Overtaken, Removed, useUnsaved } from "@/parts/Unsaved";
import { useNamed } from "@/parts/Who";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { ConditionFields, isWhole, PROPOSED } from "./ConditionFields";
import { NumberField } from "./NumberField";
import { Preview } from "./Preview";
import { kindOf, severities, testOf, unitOf } from "./words";

interface Props {
  /** The rule that is changed; left out, a new one is set. */
  of?: Rule;
  /** Whether somebody removed it since. */
  gone?: boolean;
  start: Draft;
  onKept: (name: string) => void;
  onClose: () => void;
}

export function RuleForm({ of, start, ...to }: Props) {
  // What one began with stays, whatever somebody else makes of the rule meanwhile.
  const [began, begin] = useState({ of, start });
  return (
    <Editor key={began.of?.version ?? "new"} {...began} now={of} onAnew={() => of && begin({ of, start: draftOf(of) })} {...to} />
  );
}

interface EditorProps extends Omit<Props, "of"> {
  /** The rule as it was when one began. */
  of: Rule | undefined;
  /** The rule as it is now. */
  now: Rule | undefined;
  /** Begins anew with that. */
  onAnew: () => void;
}

function Editor({ of, now, gone = false, start, onAnew, onKept, onClose }: EditorProps) {
  const client = useQueryClient();
  const { data: known } = useQuery(definitions);
  const { data: rules } = useQuery(alertRules);
  const { data: person } = useQuery(me);
  const peopleOf = useNamed();
  const [draft, setDraft] = useState<Draft>(start);
  // The version that is written over: another is none that anybody has looked at.
  const [version, setVersion] = useState(of?.version);
  const [named, setName] = useState<string | null>(null);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const name = of?.name ?? named ?? slug(draft.title);
  const wrong = of ? null : nameWrong(name, rules ?? []);
  const { condition, clear, quiet, escalation } = draft;
  const [leftEscalation, leaveEscalation] = useState<NonNullable<Draft["escalation"]>>({ after_seconds: 14_400, to: [] });
  const [leftQuiet, leaveQuiet] = useState<NonNullable<Draft["quiet"]>>({ from: "20:00", until: "08:00", days_off: true });
  const whole = isWhole(condition);
  const other = of && person && of.owner !== person.user.id;
  const { leave, kept, question } = useUnsaved(named !== null || JSON.stringify(draft) !== JSON.stringify(start));
  const anew = () => client.invalidateQueries({ queryKey: ["alerts"] });
  const keep = useMutation({
    mutationFn: () => setRule(name, draft, gone ? undefined : version),
    onSuccess: ({ title, version: made }) => {
      kept();
      if (of && !gone)
        // What somebody else set looks as they see, which nobody can put back for them.
        tell(
          t("{title} is changed, and looks at once", { title }),
          other || version !== of.version ? undefined : () => setRule(name, draftOf(of), made).finally(() => void anew()),
        );
      else tell(t("{title} is set, and looks at once", { title }));
      onKept(name);
    },
    onSettled: anew,
  });
  const isOn = keep.isPending || keep.isSuccess;
  const removed = !isOn && gone;
  const overtaken = !isOn && !gone && now !== undefined && version !== undefined && now.version > version;
  const refused = (field: string) => refusedAt(keep.error, field);
  return (
    <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
      <Form
        onSubmit={() => keep.mutate()}
        busy={keep.isPending}
        error={keep.error}
        submit={of && !removed ? t("Keep") : t("Set the rule")}
        idle={!whole || wrong !== null || name === "" || badEscalation(draft) || badClear(draft) !== null || overtaken}
        beside={
          <Button look="quiet" onClick={() => leave(onClose)}>
            {t("Leave it")}
          </Button>
        }
      >
        {removed && <Removed>{t("Somebody removed the rule. What you typed is still here: it can be set anew.")}</Removed>}
        {overtaken && (
          <Overtaken onTake={onAnew} onStay={() => setVersion(now.version)}>
            {rich("{who} changed it {ago}, while you did. What you typed is still here.", {
              who: peopleOf(now.set_by),
              ago: <Ago at={now.set_at} />,
            })}
          </Overtaken>
        )}
        {other && (
          <p className="rounded-md bg-warn-tint p-3 text-sm">
            {t("Somebody else set it. When you keep it, it looks as you, and sees what you see.")}
          </p>
        )}
        <Part title={t("What it is called")}>
          <TextField
            label={t("Title")}
            required
            maxLength={150}
            value={draft.title}
            wrong={refused("title")}
            onChange={(title) => set({ title })}
            placeholder={t("Lead time is high")}
            hint={t("The first thing that people read.")}
          />
          {!of && (
            <TextField
              label={t("Name")}
              required
              value={name}
              onChange={setName}
              wrong={name === "" ? null : wrong}
              maxLength={63}
              spellCheck={false}
              autoCapitalize="none"
              hint={t("What programs call it. It stays.")}
            />
          )}
          <SelectField
            label={t("How bad it is")}
            value={draft.severity}
            of={severities()}
            onChange={(severity) => set({ severity })}
          />
        </Part>
        <Part title={t("What it looks for")}>
          <ConditionFields
            value={condition}
            error={keep.error}
            onChange={(next) =>
              // What it has to come back to is a value of what is looked for.
              set({ condition: next, ...(about(next) !== about(condition) && { clear: { ...clear, at: null } }) })
            }
          />
          <DurationField
            label={t("It has to hold for")}
            value={draft.for_seconds}
            wrong={refused("for_seconds")}
            onChange={(for_seconds) => set({ for_seconds })}
            hint={t("0: at once. A metric counts from the end of the first period that is beyond its limit.")}
          />
        </Part>
        <Part title={t("When it is over")}>
          <Clears
            draft={draft}
            unit={unitOf(condition, known) ?? ""}
            wrong={refused("clear.at")}
            onChange={(clear) => set({ clear })}
          />
        </Part>
        <Part title={t("Who is told")}>
          <Check
            label={t("All that it is about in one alert")}
            hint={t(
              "Else each is an alert of its own, which is acknowledged by itself; of more than ten at once there is one message.",
            )}
            checked={draft.together}
            onChange={(together) => set({ together })}
          />
          <ChannelsField
            legend={t("It tells")}
            hint={draft.to.length === 0 ? t("Nobody yet: it is listed here, and that is all.") : undefined}
            value={draft.to}
            wrong={refused("to")}
            onChange={(to) => set({ to })}
          />
          <Check
            label={t("Others, when nobody looks after it")}
            checked={escalation !== null}
            onChange={(on) => {
              // Taken away by mistake, and back: it is as it was.
              if (escalation) leaveEscalation(escalation);
              set({ escalation: on ? leftEscalation : null });
            }}
          />
          {escalation && (
            <div className="flex flex-col gap-4 border-l-2 border-line pl-4">
              <DurationField
                label={t("After")}
                value={escalation.after_seconds}
                wrong={refused("escalation")}
                onChange={(after_seconds) => set({ escalation: { ...escalation, after_seconds } })}
              />
              <ChannelsField
                legend={t("It tells then")}
                hint={escalation.to.length === 0 ? t("Name somebody.") : undefined}
                value={escalation.to}
                onChange={(to) => set({ escalation: { ...escalation, to } })}
              />
            </div>
          )}
          <Check
            label={t("Quiet hours")}
            hint={t("By the tenant's clocks. What still fires when they end is told then.")}
            checked={quiet !== null}
            onChange={(on) => {
              if (quiet) leaveQuiet(quiet);
              set({ quiet: on ? leftQuiet : null });
            }}
          />
          {quiet && (
            <div className="flex flex-wrap items-end gap-4 border-l-2 border-line pl-4">
              <TextField
                label={t("From")}
                type="time"
                required
                width="w-28"
                value={quiet.from}
                onChange={(from) => set({ quiet: { ...quiet, from } })}
              />
              <TextField
                label={t("Until")}
                type="time"
                required
                width="w-28"
                value={quiet.until}
                onChange={(until) => set({ quiet: { ...quiet, until } })}
              />
              <div className="pb-1">
                <Check
                  label={t("And days on which nobody works")}
                  checked={quiet.days_off}
                  onChange={(days_off) => set({ quiet: { ...quiet, days_off } })}
                />
              </div>
            </div>
          )}
          <TextArea
            label={t("What is to be done")}
            value={draft.next}
            wrong={refused("next")}
            rows={3}
            maxLength={2_000}
            onChange={(next) => set({ next })}
            placeholder={t("Look at the reviews that wait")}
            hint={t("It stands in the message.")}
          />
        </Part>
      </Form>
      <div className="xl:sticky xl:top-18">
        <Preview name={name} draft={whole ? draft : null} known={known} />
      </div>
      {question}
    </div>
  );
}

const badEscalation = ({ escalation }: Draft) => escalation !== null && escalation.to.length === 0;

/** Why nothing can have that name. */
function nameWrong(name: string, rules: readonly Rule[]): string | null {
  if (!/^[a-z0-9_-]{1,63}$/.test(name)) return t("Lower-case letters, digits, - and _ alone.");
  if (name === "new") return t("This page has that address: choose another.");
  return rules.some((one) => one.name === name) ? t("There is a rule of that name: choose another.") : null;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-4 rounded-lg border border-line bg-surface p-4 sm:p-5">
      <h2 className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

/** The value that is looked for, where coming back can be asked of another: whether it is a limit from above, and what it is. */
export function limitOf(condition: Condition): { above: boolean; value: number } | null {
  if ("forecast" in condition) return { above: false, value: condition.forecast.below };
  if (!("metric" in condition) || typeof condition.metric.test === "string") return null;
  const { test } = condition.metric;
  if ("above" in test) return { above: true, value: test.above };
  return "below" in test ? { above: false, value: test.below } : null;
}

/** What values are of. */
const about = (condition: Condition) =>
  "metric" in condition ? `${condition.metric.metric} ${testOf(condition.metric.test)}` : kindOf(condition);

/** Why nothing can come back to the value that is asked for. */
function badClear({ clear, condition }: Draft): string | null {
  const limit = limitOf(condition);
  if (!limit || clear.at === null) return null;
  if (limit.above) return clear.at > limit.value ? t("It should come back to that value or below.") : null;
  return clear.at < limit.value ? t("It should come back to that value or above.") : null;
}

function Clears({
  draft,
  unit,
  wrong,
  onChange,
}: {
  draft: Draft;
  unit: string;
  wrong: string | null;
  onChange: (clear: Draft["clear"]) => void;
}) {
  const { clear, condition } = draft;
  const limit = limitOf(condition);
  return (
    <>
      {limit && (
        <NumberField
          key={about(condition)}
          label={t("When it is back at ({words})", { words: typedIn(unit).words })}
          unit={unit}
          required={false}
          value={clear.at ?? NaN}
          onChange={(at) => onChange({ ...clear, at: Number.isNaN(at) ? null : at })}
          wrong={badClear(draft) ?? wrong}
          hint={t(
            "Empty: at the limit itself. Another value keeps what goes to and fro around the limit from being told again and again.",
          )}
        />
      )}
      <DurationField
        label={t("Has to stay well for")}
        value={clear.for_seconds}
        onChange={(for_seconds) => onChange({ ...clear, for_seconds })}
        hint={t("0: at once.")}
      />
    </>
  );
}

/** A rule that says nothing yet, and tells whoever sets it. */
export const fresh = (user: string): Draft => ({
  title: "",
  condition: PROPOSED.metric,
  for_seconds: 0,
  clear: { at: null, for_seconds: 0 },
  severity: "warning",
  together: true,
  quiet: null,
  to: [{ notification: user }],
  escalation: null,
  next: "",
});

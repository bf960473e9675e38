/** Defines a report of the tenant's own: like a built-in one, with what is to be otherwise. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import {
  reportDefinitions,
  setDefinition,
  type Changes,
  type Content,
  type FileFormat,
  type Listed,
  type Plan,
} from "@/api/reports";
import { me } from "@/api/queries";
import { slug } from "@/design/slug";
import { Button, fieldLook } from "@/parts/Button";
import { ChannelsField } from "@/parts/Channels";
import { Chip } from "@/parts/Chip";
import { FilterField } from "@/parts/FilterField";
import { Check, Fields, Form, refusedAt, SelectField, TextField, Ways } from "@/parts/Form";
import { Ago, useFormat } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { usePending } from "@/parts/pending";
import { tell } from "@/parts/Told";
import { Overtaken, Removed, useUnsaved } from "@/parts/Unsaved";
import { useNamed, usePeople } from "@/parts/Who";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { LanguageField } from "./LanguageField";
import { isBackwards, PeriodField } from "./PeriodField";
import { copied, lacks } from "./sections";
import { Sections } from "./Sections";
import { hasSteps, StepsFields } from "./StepsFields";
import { formats as allFormats, tidied } from "./words";

interface Props {
  known: readonly Listed[];
  /** The one that is changed. */
  of?: Listed;
  /** Whether somebody removed it since. */
  gone?: boolean;
  /** The built-in one that a new one is like to begin with. */
  like?: string;
  onClose: () => void;
}

export function Define({ of, ...to }: Props) {
  // What one began with stays, whatever somebody else makes of it meanwhile.
  const [began, begin] = useState(of);
  return <Editor key={began?.own?.version ?? "new"} {...to} of={began} now={of} onAnew={() => begin(of)} />;
}

interface EditorProps extends Omit<Props, "of"> {
  /** The report as it was when one began. */
  of: Listed | undefined;
  /** The report as it is now. */
  now: Listed | undefined;
  /** Begins anew with that. */
  onAnew: () => void;
}

function Editor({ known, of, now, gone = false, like: first, onAnew, onClose }: EditorProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const format = useFormat();
  const peopleOf = useNamed();
  const { data: person } = useQuery(me);
  const own = of?.own ?? null;
  const builtIn = known.filter(({ built_in }) => built_in);
  const before: Plan = own?.plan ?? {
    like: first ?? builtIn[0]?.name ?? null,
    definition: null,
    changes: {},
    formats: ["pdf"],
    recipients: [],
    places: [],
    after_data: false,
    keep_days: 90,
  };
  const [like, setLike] = useState(before.like ?? "");
  const [changes, change] = useState<Changes>(before.changes);
  const [named, setName] = useState<string | null>(null);
  const [formats, setFormats] = useState<FileFormat[]>(before.formats);
  const [recipients, setRecipients] = useState(before.recipients);
  const [places, setPlaces] = useState(before.places);
  const [days, setDays] = useState(String(before.keep_days));
  const [afterData, setAfterData] = useState(before.after_data);
  const [itself, setItself] = useState(before.definition !== null);
  const [content, setContent] = useState<Content | null>(before.definition);
  const likeness = builtIn.find(({ name }) => name === like)?.definition ?? builtIn[0]?.definition;
  const model = itself ? content : likeness;
  const name = own?.name ?? named ?? slug(changes.title ?? "");
  const wrong = own || name === "" ? null : nameWrong(name, known);
  const plan: Plan = {
    like: itself ? null : like,
    definition: itself ? content : null,
    changes: tidied(changes),
    formats,
    recipients,
    places,
    after_data: afterData,
    keep_days: Number(days),
  };
  const [begun] = useState(() => JSON.stringify(plan));
  // The version that is written over: another is none that anybody has looked at.
  const [version, setVersion] = useState(own?.version);
  const { leave, kept, question } = useUnsaved(named !== null || JSON.stringify(plan) !== begun);
  const anew = () => client.invalidateQueries({ queryKey: reportDefinitions.queryKey });
  const keep = useMutation({
    mutationFn: () => setDefinition(name, plan, gone ? undefined : version),
    onSuccess: ({ version: made }) => {
      kept();
      if (own && !gone)
        // What somebody else set is made under their authority, which nobody can put back for them.
        tell(
          t("{title} is changed", { title: of?.definition.title ?? name }),
          own.set_by !== person?.user.id || version !== own.version
            ? undefined
            : () => setDefinition(name, own.plan, made).finally(() => void anew()),
        );
      else tell(t("The report is defined: set when it is made, or make it now"));
      onClose();
      if (!own) void navigate({ to: "/reports/$name", params: { name } });
    },
    // Who was overtaken sees what there is now; what was typed stays.
    onSettled: anew,
  });
  const isOn = keep.isPending || keep.isSuccess;
  const there = now?.own ?? null;
  const removed = !isOn && gone;
  const overtaken = !isOn && !gone && there !== null && version !== undefined && there.version > version;
  const refused = (field: string) => refusedAt(keep.error, field);
  const zoneWrong = isZone(changes.time_zone) ? refused("time_zone") : t("There is no time zone of that name.");
  return (
    <>
      <Modal
        title={own ? t("Change {title}", { title: of?.definition.title ?? name }) : t("Define a report")}
        shape="drawer"
        onClose={() => leave(onClose)}
      >
        <div className="p-5">
          <Form
            onSubmit={() => keep.mutate()}
            busy={keep.isPending}
            error={keep.error}
            submit={own && !removed ? t("Keep") : t("Define it")}
            idle={
              name === "" ||
              wrong !== null ||
              formats.length === 0 ||
              !isZone(changes.time_zone) ||
              isBackwards(changes.period) ||
              (itself && !isWhole(content)) ||
              overtaken
            }
          >
            {removed && (
              <Removed>{t("Somebody removed the report. What you typed is still here: it can be defined anew.")}</Removed>
            )}
            {overtaken && (
              <Overtaken onTake={onAnew} onStay={() => setVersion(there.version)}>
                {rich("{who} changed it {ago}, while you did. What you typed is still here.", {
                  who: peopleOf(there.set_by),
                  ago: <Ago at={there.set_at} />,
                })}
              </Overtaken>
            )}
            <Ways
              label={t("What is in it")}
              value={itself ? "itself" : "like"}
              of={[
                ["like", t("What is in a built-in one")],
                ["itself", t("Sections of its own")],
              ]}
              onChoose={(way) => {
                if (way === "itself" && content === null && likeness) setContent(copied(likeness));
                if (way === "like" && like === "") setLike(builtIn[0]?.name ?? "");
                setItself(way === "itself");
              }}
            />
            {itself ? (
              <p className="text-sm text-soft">
                {t(
                  "It begins with what is in the built-in one that was chosen, and stays as it is written here when that changes.",
                )}
              </p>
            ) : (
              <SelectField
                label={t("Like")}
                value={like}
                of={builtIn.map(({ name, definition }) => [name, definition.title] as const)}
                onChange={setLike}
                hint={model?.description}
              />
            )}
            <TextField
              label={t("Title")}
              required={!own}
              value={changes.title ?? ""}
              placeholder={model?.title}
              maxLength={120}
              wrong={refused("title")}
              onChange={(title) => change({ ...changes, title })}
            />
            {!own && (
              <TextField
                label={t("Name")}
                required
                value={name}
                onChange={setName}
                wrong={wrong ?? refused("name")}
                maxLength={63}
                spellCheck={false}
                autoCapitalize="none"
                hint={t(
                  "What programs call it, and the beginning of its files' names: lower-case letters, digits and hyphens. It stays.",
                )}
              />
            )}
            <PeriodField
              value={changes.period ?? null}
              own={model?.period}
              onChange={(period) => change({ ...changes, period })}
            />
            <FilterField legend={t("Only on")} value={changes.scope ?? {}} onChange={(scope) => change({ ...changes, scope })} />
            <TextField
              label={t("By the clocks of")}
              value={changes.time_zone ?? ""}
              placeholder={model?.time_zone ?? format.timeZone}
              wrong={zoneWrong}
              onChange={(time_zone) => change({ ...changes, time_zone })}
              spellCheck={false}
              hint={t("A time zone such as Europe/Berlin; left out, the tenant's.")}
            />
            <LanguageField
              value={changes.language ?? null}
              own={model ?? undefined}
              onChange={(language) => change({ ...changes, language })}
            />
            {itself && content && (
              <>
                <StepsFields value={content} onChange={setContent} />
                <Sections
                  of={{ ...content, ...tidied(changes) } as Content}
                  onChange={(sections) => setContent({ ...content, sections })}
                />
              </>
            )}
            <Fields
              legend={t("As which files")}
              hint={
                formats.length === 0
                  ? t("Choose one at least.")
                  : t("What it is made as by itself. Whoever asks for it chooses one.")
              }
            >
              <div className="grid gap-2 sm:grid-cols-2">
                {allFormats().map(([one, title, about]) => (
                  <Check
                    key={one}
                    label={title}
                    hint={about}
                    checked={formats.includes(one)}
                    onChange={(on) =>
                      setFormats(
                        allFormats()
                          .map(([one]) => one)
                          .filter((other) => (other === one ? on : formats.includes(other))),
                      )
                    }
                  />
                ))}
              </div>
            </Fields>
            <Recipients value={recipients} wrong={refused("recipients") ?? refused("email")} onChange={setRecipients} />
            <ChannelsField
              legend={t("It also goes to")}
              hint={t("They get what you see.")}
              kinds={["destination", "store"]}
              example="archive/{date}/{name}"
              value={places}
              wrong={refused("places")}
              onChange={setPlaces}
            />
            <TextField
              label={t("Kept for days")}
              type="number"
              min={1}
              max={3650}
              required
              value={days}
              wrong={refused("keep_days")}
              onChange={setDays}
              width="w-28"
              hint={t("Then its files are removed.")}
            />
            <Check
              label={t("Make it whenever new data is there")}
              hint={t("After each reading has gone all the way through, once risks are frozen. A schedule is set on its page.")}
              checked={afterData}
              onChange={setAfterData}
            />
          </Form>
        </div>
      </Modal>
      {question}
    </>
  );
}

/** Whether the browser knows a time zone of that name; none is the tenant's. */
function isZone(name: string | null | undefined): boolean {
  if (!name?.trim()) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name.trim() });
    return true;
  } catch {
    return false;
  }
}

/** Whether a report can be made of it. */
const isWhole = (content: Content | null) =>
  content !== null &&
  hasSteps(content) &&
  content.sections.length > 0 &&
  content.sections.every((section) => lacks(section) === null);

/** Why nothing can have that name. */
function nameWrong(name: string, known: readonly Listed[]): string | null {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return t("Lower-case letters, digits and hyphens alone, and no hyphen first.");
  return known.some((one) => one.name === name) ? t("There is a report of that name: choose another.") : null;
}

function Recipients({
  value,
  wrong,
  onChange,
}: {
  value: readonly string[];
  wrong: string | null;
  onChange: (value: string[]) => void;
}) {
  const people = usePeople();
  const [typed, type] = useState("");
  const [list, told] = [useId(), useId()];
  const field = usePending(typed !== "");
  const address = typed.trim();
  const good = /^[^\s@,]+@[^\s@,]+$/.test(address);
  const add = () => {
    if (good && !value.includes(address)) onChange([...value, address]);
    type("");
  };
  return (
    <Fields
      legend={t("For")}
      hint={t(
        "Members, by their addresses: each gets what both of you may see, and finds it in the list. For nobody, it is yours.",
      )}
    >
      {value.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {value.map((one) => (
            <Chip key={one} label={one} onRemove={() => onChange(value.filter((other) => other !== one))} />
          ))}
        </ul>
      )}
      <div className="flex gap-2">
        <input
          ref={field}
          type="email"
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? told : undefined}
          aria-label={t("Another recipient")}
          list={list}
          value={typed}
          placeholder={t("ada@example.com")}
          autoComplete="off"
          onChange={(event) => type(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (good) add();
          }}
          className={`${fieldLook} min-w-0 flex-1`}
        />
        <datalist id={list}>
          {people.map(({ id, name, email }) => (
            <option key={id} value={email}>
              {name}
            </option>
          ))}
        </datalist>
        <Button disabled={!good} onClick={add}>
          {t("Add")}
        </Button>
      </div>
      {wrong && (
        <p id={told} className="text-sm text-bad">
          {wrong}
        </p>
      )}
    </Fields>
  );
}

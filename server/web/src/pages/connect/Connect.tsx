/** Adds a connection, step by step: what kind, how Pulse comes in and what it reads, what counts as what, and the first reading. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { change } from "@/api/client";
import type { Placed } from "@/api/place";
import { connections } from "@/api/queries";
import type { Job } from "@/api/types";
import type { Source } from "@/api/work";
import { Button } from "@/parts/Button";
import { Check, Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Needs, useMay } from "@/parts/Needs";
import { Page, Panel } from "@/parts/Page";
import { Steps } from "@/parts/Steps";
import { tellFailure } from "@/parts/Told";
import { putSchedule } from "@/parts/When";
import { t } from "@/texts/texts";
import { rich } from "@/texts/rich";
import { CredentialFields, credentialOf, missing, type Given } from "./CredentialFields";
import { kindOf, kinds, type Kind } from "./kinds";
import { SettingField } from "./SettingField";
import type { Settings } from "./settings";

const steps = () => [t("Kind"), t("Access and scope"), t("What counts"), t("First reading")] as const;
const QUARTER_HOUR = 900;

export const Connect = () => (
  <Needs permission="connections:manage">
    <Adding />
  </Needs>
);

function Adding() {
  const { open }: Placed = useSearch({ strict: false });
  const kind = kindOf(open ?? "");
  return kind ? <Told key={kind.connector} kind={kind} /> : <Choose />;
}

function Choose() {
  return (
    <Page title={t("Add a connection")} lead={t("Where your data come from. Pulse reads, and writes nothing there.")}>
      <Steps of={steps()} at={0} />
      <ul className="grid gap-3 lg:grid-cols-3">
        {kinds().map(({ connector, title, about, needs }) => (
          <li key={connector}>
            <Link
              to="/connections/new"
              search={{ open: connector }}
              className="flex h-full flex-col gap-2 rounded-lg border border-line bg-surface p-5 hover:border-edge hover:bg-hover"
            >
              <span className="flex items-center justify-between gap-2 text-lg font-semibold">
                {title}
                <Icon name="chevron" className="-rotate-90 text-soft" />
              </span>
              <span>{about}</span>
              <span className="mt-auto pt-2 text-sm text-soft">
                <span className="font-medium text-ink">{t("Have at hand:")} </span>
                {needs}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <Panel title={t("Nothing at hand to try it with?")}>
        <p className="max-w-prose text-sm">
          {rich(
            "<code>pulse simulate</code> plays GitHub and Jira for a made-up organization on your own machine, and prints what to put in here. The server needs <code2>--private-addresses</code2> for it.",
            {
              code: (inner) => <code className="font-mono">{inner}</code>,
              code2: (inner) => <code className="font-mono">{inner}</code>,
            },
          )}
        </p>
      </Panel>
    </Page>
  );
}

function Told({ kind }: { kind: Kind }) {
  const [step, setStep] = useState<1 | 2>(1);
  const go = (next: 1 | 2) => {
    setStep(next);
    // Another step is read from its beginning.
    scrollTo({ top: 0 });
    document.getElementById("content")?.focus({ preventScroll: true });
  };
  const client = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const { data: others } = useQuery(connections);
  const [name, setName] = useState("");
  const [place, setPlace] = useState(kind.place.usual);
  const [given, give] = useState<Given>({ way: kind.ways[0]?.name ?? "", typed: {} });
  const [settings, set] = useState<Settings>({});
  const [often, setOften] = useState(true);
  const taken = others?.items.some((one) => one.name === name.trim()) ? t("There is one of that name.") : null;
  const keep = useMutation({
    mutationFn: async () => {
      const credential = credentialOf(kind, given);
      const path = `/api/v1/connections/${encodeURIComponent(name.trim())}`;
      const body = { connector: kind.connector, place: place.trim(), settings, ...(credential !== undefined && { credential }) };
      const made = await change<Source>("PUT", path, body);
      // The connection is there now: what fails after it is told, and can be done on its page.
      const told = (error: Error) => {
        tellFailure(t("{name} is kept, but is not read yet: {message}", { name: made.name, message: error.message }));
      };
      const job = may("jobs:manage")
        ? await change<Job>("POST", "/api/v1/jobs", { kind: "land", subject: made.name }).catch(told)
        : null;
      if (often && may("jobs:manage"))
        await putSchedule("land", made.name, { when: { every: QUARTER_HOUR }, input: null, paused: false }).catch(told);
      return { made, run: job?.run };
    },
    onSuccess: ({ made, run }) => {
      void client.invalidateQueries({ queryKey: ["connections"] });
      void client.invalidateQueries({ queryKey: ["jobs"] });
      void navigate({ to: "/connections/$name", params: { name: made.name }, search: { open: run } });
    },
  });
  const empty = [
    ...(name.trim() === "" ? [t("Name")] : []),
    ...(place.trim() === "" ? [kind.place.label] : []),
    ...missing(kind, given),
  ];
  return (
    <Page
      title={t("Connect {title}", { title: kind.title })}
      lead={
        step === 1
          ? kind.about
          : t("What is left empty is as it says. It can be changed later, and then holds for the past, too.")
      }
    >
      <Steps of={steps()} at={step} />
      {step === 1 ? (
        <Form
          // What is missing is said beside the button, and by the browser at the field when it is pressed.
          onSubmit={() => empty.length === 0 && go(2)}
          busy={false}
          submit={t("Go on")}
          idle={taken !== null}
          beside={
            <>
              {empty.length > 0 && (
                <span className="text-sm text-soft">{t("Still missing: {fields}", { fields: empty.join(", ") })}</span>
              )}
              <BackToKinds />
            </>
          }
        >
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <Panel title={t("Access")}>
              <div className="flex flex-col gap-4">
                <TextField
                  label={t("Name")}
                  required
                  value={name}
                  onChange={setName}
                  wrong={taken}
                  placeholder={kind.connector === "jira" ? t("tickets") : t("hub")}
                  autoCapitalize="none"
                  autoComplete="off"
                  spellCheck={false}
                  hint={t("What you call it. It stands in every key of what is read, so it stays.")}
                />
                <TextField
                  label={kind.place.label}
                  required
                  value={place}
                  onChange={setPlace}
                  placeholder={kind.place.example}
                  autoCapitalize="none"
                  autoComplete="off"
                  spellCheck={false}
                  hint={kind.place.hint}
                />
                <CredentialFields kind={kind} given={given} onChange={give} kept={false} />
              </div>
            </Panel>
            <Panel title={t("What is read")}>
              <div className="flex flex-col gap-4">
                {kind.scope.map((setting) => (
                  <SettingField key={setting.path} setting={setting} settings={settings} onChange={set} />
                ))}
              </div>
            </Panel>
          </div>
        </Form>
      ) : (
        <Form
          onSubmit={() => keep.mutate()}
          busy={keep.isPending}
          error={keep.error}
          submit={t("Test it, and keep")}
          beside={
            <Button look="quiet" onClick={() => go(1)}>
              {t("Back")}
            </Button>
          }
        >
          {kind.meaning.map(({ title, about, settings: fields }) => (
            <Panel key={title} title={title} about={about}>
              <div className="grid gap-4 lg:grid-cols-2">
                {fields.map((setting) => (
                  <SettingField key={setting.path} setting={setting} settings={settings} onChange={set} />
                ))}
              </div>
            </Panel>
          ))}
          <Panel title={t("And then")}>
            <div className="flex flex-col gap-2">
              <Check
                label={t("Read it every 15 minutes")}
                hint={t("What is new is read, not all anew. When is changed on its page.")}
                checked={often}
                disabled={!may("jobs:manage")}
                onChange={setOften}
              />
              <p className="max-w-prose text-sm text-soft">
                {t(
                  "{title} is asked with what you gave before anything is kept: what is wrong with it is told here, and nothing that you typed is lost.",
                  { title: kind.title },
                )}
                {!may("jobs:manage") && ` ${t("You may not ask for jobs: somebody who may has to have it read.")}`}
              </p>
            </div>
          </Panel>
        </Form>
      )}
    </Page>
  );
}

const BackToKinds = () => (
  <Link to="/connections/new" search={{}} className="text-sm text-accent-text hover:underline">
    {t("Another kind")}
  </Link>
);

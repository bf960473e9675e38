/** What is one's own: name and password, how the page looks here, sessions, and tokens. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { mySessions, tokens } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import type { Me } from "@/api/types";
import { setTheme, useTheme } from "@/design/theme";
import { Button } from "@/parts/Button";
import { Form, TextField } from "@/parts/Form";
import { Failure, Skeleton } from "@/parts/Notice";
import { Page, Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { MakeToken, TokenTable } from "@/parts/Tokens";
import { useUnsaved } from "@/parts/Unsaved";
import { Worded } from "@/parts/Worded";
import { SessionList } from "@/pages/admin/SessionList";
import { Topics } from "@/pages/Topics";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";

export function Profile() {
  const { data, error, isPending, isError, refetch } = useQuery(me);
  return (
    <Page title={t("Profile")} lead={data?.user.email}>
      {isPending && <Skeleton label={t("Who you are is on its way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <>
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <Name of={data} />
            <Password />
          </div>
          <Allowed of={data} />
          <Look />
          {data.tenant !== null && <Told of={data} />}
          <Sessions />
          {data.tenant !== null && <Tokens of={data} />}
        </>
      )}
    </Page>
  );
}

function Name({ of }: { of: Me }) {
  const client = useQueryClient();
  // Until something is typed here it is what it is, wherever that is changed.
  const [draft, setName] = useState<string | null>(null);
  const name = draft ?? of.user.name;
  const { question } = useUnsaved(name !== of.user.name);
  const anew = () => client.invalidateQueries({ queryKey: me.queryKey });
  const save = useMutation({
    mutationFn: () => change("PATCH", "/api/v1/me", { name: name.trim() }),
    onSuccess: async () => {
      tell(t("Your name is changed"));
      await anew();
      setName(null);
    },
    onError: anew,
  });
  return (
    <Panel title={t("Name")}>
      <Form
        onSubmit={() => save.mutate()}
        busy={save.isPending}
        error={save.error}
        submit={t("Keep")}
        idle={name.trim() === "" || name === of.user.name}
      >
        <TextField label={t("What people call you")} required autoComplete="name" value={name} onChange={setName} />
      </Form>
      {question}
    </Panel>
  );
}

/** What one may do here, in words. */
const Allowed = ({ of }: { of: Me }) => (
  <Panel
    title={t("What you may do")}
    about={
      of.tenant === null
        ? t("You are here as a platform operator.")
        : of.allows.length > 0
          ? t("In {tenant}, you may do this:", { tenant: of.tenant })
          : t("In {tenant}, you may do nothing.", { tenant: of.tenant })
    }
  >
    <ul className="list-disc gap-x-8 pl-4 text-sm text-soft lg:columns-2">
      {of.allows.map((allowed) => (
        <li key={allowed}>
          <Worded>{allowed}</Worded>
        </li>
      ))}
    </ul>
  </Panel>
);

/** How short a password may be; the server asks for the same. */
const SHORTEST = 10;

function Password() {
  const client = useQueryClient();
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const { question } = useUnsaved(present !== "" || next !== "");
  const save = useMutation({
    mutationFn: () => change("PUT", "/api/v1/me/password", { present, new: next }),
    onSuccess: () => {
      setPresent("");
      setNext("");
      tell(t("Your password is changed; your other sessions have ended"));
    },
    onSettled: () => client.invalidateQueries({ queryKey: mySessions.queryKey }),
  });
  const short =
    next !== "" && next.length < SHORTEST
      ? t("It has {n} of at least {least} characters.", { n: next.length, least: SHORTEST })
      : null;
  return (
    <Panel title={t("Password")}>
      <Form
        onSubmit={() => save.mutate()}
        busy={save.isPending}
        error={save.error}
        submit={t("Change it")}
        idle={present === "" || next.length < SHORTEST}
      >
        <TextField
          label={t("Present password")}
          type="password"
          autoComplete="current-password"
          required
          value={present}
          onChange={setPresent}
        />
        <TextField
          label={t("New password")}
          type="password"
          autoComplete="new-password"
          required
          value={next}
          onChange={setNext}
          wrong={short}
          hint={t("{least} characters or more, and not easily guessed. Every other session of yours ends.", { least: SHORTEST })}
        />
      </Form>
      {question}
    </Panel>
  );
}

const looks = () =>
  [
    [
      "mode",
      t("Theme"),
      [
        ["system", t("As the system")],
        ["light", t("Light")],
        ["dark", t("Dark")],
      ],
    ],
    [
      "contrast",
      t("Contrast"),
      [
        ["system", t("As the system")],
        ["regular", t("Regular")],
        ["aa", t("More (AA)")],
        ["aaa", t("Most (AAA)")],
      ],
    ],
    [
      "motion",
      t("Motion"),
      [
        ["system", t("As the system")],
        ["less", t("None")],
      ],
    ],
    [
      "colours",
      t("Better and worse"),
      [
        ["regular", t("Green and red, or the tenant's own")],
        ["apart", t("Blue and orange, for colour-blind eyes")],
      ],
    ],
    [
      "times",
      t("Times"),
      [
        ["said", t("As one says them")],
        ["exact", t("To the second")],
      ],
    ],
  ] as const;

function Look() {
  const theme = useTheme();
  return (
    <Panel title={t("How it looks")} about={t("Kept in this browser, and in no link.")}>
      <div className="flex flex-wrap gap-x-10 gap-y-4">
        {looks().map(([name, title, choices]) => (
          <fieldset key={name}>
            <legend className="mb-1 text-sm font-medium">{title}</legend>
            <div className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
              {choices.map(([value, words]) => (
                <label key={value} className="flex min-h-6 items-center gap-2">
                  <input
                    type="radio"
                    name={name}
                    className="size-4 accent-accent"
                    checked={theme[name] === value}
                    onChange={() => setTheme({ [name]: value })}
                  />
                  {words}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
      </div>
      <p className="mt-4 max-w-prose text-sm text-soft">
        {t(
          "In every theme the series of a chart differ in lightness and dashes, too, and no colour says anything that a word or a shape does not.",
        )}
      </p>
    </Panel>
  );
}

/** What one is told, and who decides on the rest of it. */
const Told = ({ of }: { of: Me }) => (
  <Panel
    title={t("Notifications")}
    about={t(
      "What you want to be told here, in every browser. What you leave out is kept for 90 days, and there again once you want it.",
    )}
    actions={
      <Link to="/notifications" className="text-sm text-accent-text underline">
        {t("All of them")}
      </Link>
    }
  >
    <Topics of={of} />
    <p className="mt-4 max-w-prose text-sm text-soft">
      {t("An alert that names you and a session of yours that somebody ended come in any case.")}
      {of.permissions.includes("metrics:read") && (
        <>
          {" "}
          {rich(
            "Whom an alert tells, and when not, stands in <rule>its rule</rule>, and who gets a report in <report>its definition</report>.",
            {
              rule: (inner) => (
                <Link to="/alerts/rules" className="text-accent-text underline">
                  {inner}
                </Link>
              ),
              report: (inner) => (
                <Link to="/reports" className="text-accent-text underline">
                  {inner}
                </Link>
              ),
            },
          )}
        </>
      )}
    </p>
  </Panel>
);

function Sessions() {
  const client = useQueryClient();
  const { data, error, isPending, isError, refetch } = useQuery(mySessions);
  const [all, showAll] = useState(false);
  const anew = () => client.invalidateQueries({ queryKey: mySessions.queryKey });
  const end = useMutation({
    mutationFn: (id: string | null) => change("DELETE", `/api/v1/me/sessions${id === null ? "" : `/${encodeURIComponent(id)}`}`),
    onSuccess: (_, id) => tell(id === null ? t("Your other sessions have ended") : t("The session has ended")),
    onSettled: anew,
  });
  const open = data?.filter(({ ended_at }) => ended_at === null) ?? [];
  const ended = (data?.length ?? 0) - open.length;
  return (
    <Panel
      title={t("Sessions")}
      about={t("Where you are signed in. One that you do not know: end it, and change your password.")}
      actions={
        <Button look="bad" disabled={open.length < 2 || end.isPending} onClick={() => end.mutate(null)}>
          {t("End all others")}
        </Button>
      }
    >
      {isPending && <Skeleton label={t("Your sessions are on their way")} />}
      {(isError || end.isError) && <Failure error={error ?? end.error} again={() => void refetch()} />}
      {data && (
        <SessionList
          of={all ? data : open}
          action={({ id }) => (
            <Button disabled={end.isPending} onClick={() => end.mutate(id)}>
              {t("End")}
            </Button>
          )}
        />
      )}
      {ended > 0 && !all && (
        <Button look="quiet" className="mt-2" onClick={() => showAll(true)}>
          {t("Show {n} that ended", { n: ended })}
        </Button>
      )}
    </Panel>
  );
}

function Tokens({ of }: { of: Me }) {
  const { data, error, isPending, isError, refetch } = useQuery(tokens);
  const [making, make] = useState(false);
  const mine = data?.filter(({ user_id }) => user_id === of.user.id);
  return (
    <Panel
      title={t("API tokens")}
      about={t("What your own programs come in with. They may do what you may, and no more.")}
      actions={<Button onClick={() => make(true)}>{t("Make a token")}</Button>}
    >
      {isPending && <Skeleton label={t("Your tokens are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {mine && <TokenTable of={mine} />}
      {making && <MakeToken service={false} onClose={() => make(false)} />}
    </Panel>
  );
}

/** Nobody is signed in here any more. What was on the page, and typed into it, stays: whoever signs in again goes on where they were. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Problem } from "@/api/client";
import { me } from "@/api/queries";
import { standing } from "@/api/standing";
import { Form, TextField } from "@/parts/Form";
import { useTitle } from "@/parts/Page";
import { abandon } from "@/parts/unkept";
import { t } from "@/texts/texts";
import { rich } from "@/texts/rich";
import { noteReturn } from "./back";

/** Signs in by password. Unlike other requests it is not followed by a renewal: a wrong password is no session that ran out. */
async function signIn(email: string, password: string, tenant: string | null | undefined): Promise<void> {
  const answer = await fetch("/api/v1/auth/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({
      email,
      password,
      cookies: true,
      ...(tenant !== undefined && { tenant: tenant ?? "platform" }),
    }),
  }).catch(() => {
    throw new Problem(0, "unreachable", t("The server cannot be reached"), t("Check the network, and try again."));
  });
  if (answer.ok) return;
  const told = (await answer.json().catch(() => ({}))) as { code?: string; title?: string; detail?: string };
  throw new Problem(400, told.code ?? "unknown", told.title ?? t("That did not work"), told.detail ?? t("Try again."));
}

export function SessionOver() {
  useTitle(t("Sign in"));
  const client = useQueryClient();
  const { data: person } = useQuery({ ...me, enabled: false });
  const [email, setEmail] = useState(person?.user.email ?? "");
  const [password, setPassword] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const enter = useMutation({
    mutationFn: () => signIn(email, password, person?.tenant),
    onSuccess: () => {
      // Another person sees nothing of what was there.
      if (person && person.user.email !== email) {
        abandon();
        location.reload();
        return;
      }
      standing.ends(false);
      void client.invalidateQueries();
    },
  });
  return (
    <div className="mx-auto mt-[8dvh] flex max-w-[26rem] flex-col gap-5 rounded-lg border border-line bg-surface p-6">
      <div>
        <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold outline-none">
          {person ? t("Your session has ended") : t("You are not signed in")}
        </h1>
        <p className="mt-1 text-base text-soft">
          {person
            ? t("Sign in again, and you go on where you were: this page stays as it is.")
            : t("Sign in, and you come back to this page.")}
        </p>
      </div>
      <Form onSubmit={() => enter.mutate()} busy={enter.isPending} error={enter.error} submit={t("Go on")}>
        <TextField label={t("E-mail")} type="email" required autoComplete="username" value={email} onChange={setEmail} />
        <TextField
          label={t("Password")}
          type="password"
          required
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
      </Form>
      <p className="border-t border-line pt-4 text-sm text-soft">
        {rich("By an identity provider, or with a link: <a>Sign in</a>. It leads back here.", {
          a: (inner) => (
            <a
              href={person?.tenant ? `/sign-in?tenant=${encodeURIComponent(person.tenant)}` : "/sign-in"}
              onClick={noteReturn}
              className="font-medium text-accent-text underline"
            >
              {inner}
            </a>
          ),
        })}
      </p>
    </div>
  );
}

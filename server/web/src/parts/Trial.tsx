/** Trying something before it is done: the button that asks what would change, and what is told of it. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isOver, propose, trial, type Proposal, type Trial } from "@/api/mapping";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Effects } from "./Effects";
import { Icon } from "./Icon";
import { STATES } from "./JobState";
import { Failure } from "./Notice";
import { Worded } from "./Worded";

export interface Trying {
  ask: (proposal: Proposal) => void;
  /** Leaves aside what was told: what was tried is done. */
  forget: () => void;
  /** What was tried, as a text. */
  asked: string;
  told: Trial | undefined;
  busy: boolean;
  error: unknown;
}

export function useTrial(): Trying {
  const [asked, setAsked] = useState("");
  const begin = useMutation({ mutationFn: propose, onMutate: (proposal) => setAsked(JSON.stringify(proposal)) });
  const begun = begin.data;
  const { data, error } = useQuery({ ...trial(begun?.id ?? ""), enabled: begun !== undefined });
  const told = begun && (data ?? begun);
  return {
    ask: begin.mutate,
    forget: begin.reset,
    asked,
    told,
    busy: begin.isPending || (told !== undefined && !isOver(told) && error === null),
    error: begin.error ?? error,
  };
}

/** `null` while there is nothing to try. */
interface Props {
  of: Trying;
  proposal: Proposal | null;
}

export function TryIt({ of: { ask, busy }, proposal }: Props) {
  return (
    <Button disabled={proposal === null || busy} onClick={() => proposal && ask(proposal)}>
      {busy ? t("Being tried") : t("What would change")}
    </Button>
  );
}

export function Tried({ of: { told, asked, error }, proposal }: Props) {
  const old = told !== undefined && asked !== JSON.stringify(proposal);
  return (
    <div aria-live="polite" className={told || error != null ? "flex flex-col gap-2 rounded-md bg-sunken p-4" : "sr-only"}>
      {(told || error != null) && <h3 className="font-semibold">{t("What would change")}</h3>}
      {old && <Old>{t("This is of what was there before: try it again.")}</Old>}
      {error != null && <Failure error={error} />}
      {told && <Told of={told} />}
    </div>
  );
}

/** That what is shown is not of what is there now. It stays readable: it is what one compares with. */
export const Old = ({ children }: { children: string }) => (
  <p className="mb-2 flex items-start gap-2 rounded-md bg-warn-tint p-3 text-sm">
    <Icon name="triangle" className="mt-0.5 text-warn" />
    <span>{children}</span>
  </p>
);

function Told({ of }: { of: Trial }) {
  if (of.effects) return <Effects of={of.effects} />;
  if (of.state === "succeeded")
    return <p className="text-sm">{t("What came out of it is kept for a day, and that is over: try it again.")}</p>;
  if (isOver(of))
    return (
      <p className="text-sm">
        <span className="font-medium text-bad">{t("It could not be tried.")}</span>{" "}
        <span className="break-words">
          <Worded>{of.reason}</Worded>
        </span>
      </p>
    );
  return (
    <p className="text-sm text-soft">
      {t("It is tried on the side, and nothing is changed by it ({words}). That may take a minute.", {
        words: STATES[of.state].words,
      })}
    </p>
  );
}

/** A form whose effect is shown before it is done: what would change, and then the change. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { House } from "@/api/house";
import type { Proposal } from "@/api/mapping";
import type { Job } from "@/api/types";
import { Form } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { useMay } from "@/parts/Needs";
import { Tried, TryIt, useTrial } from "@/parts/Trial";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { useApply, type Deed } from "./useApply";

interface Props {
  house: House;
  /** `null` while nothing would be different. */
  deed: Deed | null;
  onDone: () => void;
  children: ReactNode;
}

export function Proposing({ house, deed, onDone, children }: Props) {
  const trial = useTrial();
  const apply = useApply();
  const { question } = useUnsaved(deed !== null);
  const proposal = deed && proposed(deed, house);
  return (
    <>
      <Form
        onSubmit={() =>
          deed &&
          apply.mutate(deed, {
            onSuccess: () => {
              trial.forget();
              onDone();
            },
          })
        }
        busy={apply.isPending}
        error={apply.error}
        submit={t("Apply")}
        idle={deed === null}
        beside={<TryIt of={trial} proposal={proposal} />}
      >
        {children}
        <Tried of={trial} proposal={proposal} />
        {apply.data !== undefined && deed === null && <Applied job={apply.data} />}
      </Form>
      {question}
    </>
  );
}

/** What is tried names all of the rules. */
const proposed = ({ change }: Deed, { rules }: House): Proposal =>
  "rules" in change ? { rules: { ...rules, ...change.rules } } : change;

function Applied({ job }: { job: Job | null }) {
  const may = useMay();
  return (
    <p role="status" className="flex items-start gap-2 rounded-md bg-good-tint p-3 text-sm">
      <Icon name="check" className="mt-0.5 text-good" />
      <span>
        {job
          ? t("It is applied. Figures follow in a minute, for the past, too.")
          : t("It is applied. Figures follow with the next reading, for the past, too.")}{" "}
        {job && may("jobs:read") && (
          <Link to="/jobs" search={{ open: job.run }} className="font-medium text-accent-text underline">
            {t("See the job")}
          </Link>
        )}
      </span>
    </p>
  );
}

/** What is told this once: a link to hand on, or a secret. */

import { useId, useState, type ReactNode } from "react";
import { t } from "@/texts/texts";
import { Button, fieldLook } from "./Button";
import { copy } from "./copy";
import { Icon } from "./Icon";

export function Secret({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  const [copied, setCopied] = useState(false);
  const id = useId();
  const take = () =>
    void copy(value).then(
      () => setCopied(true),
      // Without leave to write there, it is marked for the keys that copy.
      () => document.getElementById(id)?.focus(),
    );
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-sunken p-3">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          readOnly
          value={value}
          onFocus={(event) => event.target.select()}
          className={`${fieldLook} min-w-0 flex-1 font-mono`}
        />
        <Button onClick={take}>
          <Icon name={copied ? "check" : "copy"} />
          {copied ? t("Copied") : t("Copy")}
        </Button>
      </div>
      <p className="text-xs text-soft">
        {t("It is told this once.")} {children}
      </p>
    </div>
  );
}

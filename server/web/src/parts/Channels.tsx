/** Who is told of something, and how (docs/deliveries.md). */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { destinations, type Channel, type DestinationKind } from "@/api/deliveries";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { Chip } from "./Chip";
import { Fields, SelectField, TextField } from "./Form";
import { Icon } from "./Icon";
import { useMay } from "./Needs";
import { usePending } from "./pending";
import { useNamed, usePeople } from "./Who";

export type Kind = "notification" | "mail" | "destination" | "store";

const all = (): readonly (readonly [Kind, string])[] => [
  ["notification", t("A member, in Pulse")],
  ["mail", t("An e-mail address")],
  ["destination", t("A destination")],
  ["store", t("A file in the lake")],
];

/** What people call a kind of destination. */
export const destinationWords = (kind: DestinationKind): string =>
  ({ webhook: t("Webhook"), slack: "Slack", teams: "Teams" })[kind];

const channelOf = (kind: Kind, to: string) => ({ [kind]: to }) as unknown as Channel;

/** A recipient in words; `named` puts names in the place of members' keys. */
export function channelWords(channel: Channel, named: (key: string) => string): string {
  if ("notification" in channel) return t("{name} in Pulse", { name: named(channel.notification) });
  if ("mail" in channel) return channel.mail;
  return "destination" in channel
    ? t("destination {name}", { name: channel.destination })
    : t("file {path}", { path: channel.store });
}

interface Props {
  legend: string;
  hint?: string | undefined;
  /** By what alone; all unless said. */
  kinds?: readonly Kind[];
  /** What a path in the lake is like. */
  example?: string;
  /** What the server said of it. */
  wrong?: string | null;
  value: readonly Channel[];
  onChange: (value: Channel[]) => void;
}

export function ChannelsField({ legend, hint, kinds, example = "alerts/{date}/{id}.json", wrong, value, onChange }: Props) {
  const offered = all().filter(([kind]) => kinds?.includes(kind) ?? true);
  const may = useMay();
  const named = useNamed();
  const people = usePeople();
  const { data: places } = useQuery({
    ...destinations,
    enabled: may("alerts:manage") || may("reports:manage") || may("tenant:manage"),
  });
  const [kind, choose] = useState<Kind>(offered[0]?.[0] ?? "notification");
  const [to, type] = useState("");
  const field = usePending(to !== "");
  const add = () => {
    const next = channelOf(kind, to.trim());
    if (to.trim() && !value.some((one) => JSON.stringify(one) === JSON.stringify(next))) onChange([...value, next]);
    type("");
  };
  const chosen =
    kind === "notification"
      ? people.map(({ id, name, email }) => [id, name || email] as const)
      : kind === "destination"
        ? (places ?? []).map(({ name, kind }) => [name, t("{name} ({kind})", { name, kind: destinationWords(kind) })] as const)
        : null;
  return (
    <Fields legend={legend} hint={hint}>
      {value.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {value.map((channel) => {
            const words = channelWords(channel, named);
            return (
              <Chip
                key={JSON.stringify(channel)}
                label={words}
                onRemove={() => onChange(value.filter((one) => one !== channel))}
              />
            );
          })}
        </ul>
      )}
      <div className="grid gap-2 sm:grid-cols-[11rem_minmax(0,1fr)_auto]">
        <SelectField
          bare
          label={t("{legend}, by", { legend })}
          value={kind}
          of={offered}
          onChange={(kind) => {
            choose(kind);
            type("");
          }}
        />
        {chosen ? (
          <SelectField
            bare
            label={t("{legend}, whom", { legend })}
            ref={field}
            wrong={wrong}
            value={to}
            of={[["", t("choose one")] as const, ...chosen]}
            onChange={type}
          />
        ) : (
          <TextField
            bare
            label={t("{legend}, whom", { legend })}
            ref={field}
            wrong={wrong}
            type={kind === "mail" ? "email" : "text"}
            value={to}
            onChange={type}
            spellCheck={false}
            autoCapitalize="none"
            placeholder={kind === "mail" ? t("ada@example.com") : example}
            onKeyDown={(event) => {
              // Enter adds what is typed here; it does not send the whole form.
              if (event.key !== "Enter") return;
              event.preventDefault();
              if (!event.currentTarget.validity.typeMismatch) add();
            }}
          />
        )}
        <Button disabled={to.trim() === ""} onClick={add}>
          <Icon name="plus" />
          {t("Add")}
        </Button>
      </div>
      {kind === "destination" && places?.length === 0 && (
        <p className="text-sm text-soft">{t("There is no destination yet: whoever manages the tenant sets them under Admin.")}</p>
      )}
    </Fields>
  );
}

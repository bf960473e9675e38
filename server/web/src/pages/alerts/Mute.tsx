/** Tells nobody of a rule for a while, or people again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { muteRule, type Rule } from "@/api/alerts";
import type { Micros } from "@/api/types";
import { instant, local } from "@/design/zone";
import { Button } from "@/parts/Button";
import { Form, TextField } from "@/parts/Form";
import { useFormat, useNow } from "@/parts/Locale";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/parts/Menu";
import { Modal } from "@/parts/Modal";
import { tell, tellFailure } from "@/parts/Told";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";

const hours = () =>
  [
    [4, t("4 hours")],
    [24, t("A day")],
    [72, t("Three days")],
    [168, t("A week")],
  ] as const;
const HOUR = 3_600e6;

export function Mute({ rule }: { rule: Rule }) {
  const client = useQueryClient();
  const format = useFormat();
  const now = useNow(30);
  const [asking, ask] = useState(false);
  const anew = () => client.invalidateQueries({ queryKey: ["alerts"] });
  const mute = useMutation({
    mutationFn: (until: Micros | null) => muteRule(rule.name, until),
    onSuccess: (_, until) => {
      ask(false);
      const back = () => muteRule(rule.name, rule.muted_until).finally(() => void anew());
      tell(
        until === null
          ? t("People are told of {title} again", { title: rule.title })
          : t("Nobody is told of {title} until {time}", { title: rule.title, time: format.moment(until) }),
        back,
      );
    },
    // A dialog tells it itself.
    onError: (error) => !asking && tellFailure(t("That did not work: {message}", { message: error.message })),
    onSettled: anew,
  });
  const muted = rule.muted_until !== null && rule.muted_until > now;
  const said = { b: (inner: ReactNode) => <span className="sr-only">{inner}</span>, title: rule.title };
  return (
    <>
      {muted ? (
        <Button disabled={mute.isPending} onClick={() => mute.mutate(null)}>
          {rich("Unmute<b> {title}</b>", said)}
        </Button>
      ) : (
        <Menu trigger={<Button disabled={mute.isPending}>{rich("Mute<b> {title}</b>", said)}</Button>}>
          <MenuLabel>{t("Tell nobody for")}</MenuLabel>
          {hours().map(([count, words]) => (
            <MenuItem key={count} onSelect={() => mute.mutate(Date.now() * 1_000 + count * HOUR)}>
              {words}
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem onSelect={() => ask(true)}>{t("Until…")}</MenuItem>
        </Menu>
      )}
      {asking && (
        <Until
          rule={rule}
          busy={mute.isPending}
          error={mute.error}
          onKeep={(until) => mute.mutate(until)}
          onClose={() => ask(false)}
        />
      )}
    </>
  );
}

function Until({
  rule,
  busy,
  error,
  onKeep,
  onClose,
}: {
  rule: Rule;
  busy: boolean;
  error: unknown;
  onKeep: (until: Micros) => void;
  onClose: () => void;
}) {
  const { timeZone } = useFormat();
  const now = useNow(30);
  const [typed, type] = useState(() => `${local(Date.now() * 1_000 + 24 * HOUR, timeZone).slice(0, 10)}T08:00`);
  const until = instant(typed, timeZone);
  return (
    <Modal title={t("Mute {title}", { title: rule.title })} onClose={onClose}>
      <div className="p-5">
        <Form
          onSubmit={() => until !== null && onKeep(until)}
          busy={busy}
          error={error}
          submit={t("Mute it")}
          idle={until === null || until <= now}
        >
          <p className="text-sm text-soft">{t("It is looked at all the same. What still fires then is told then.")}</p>
          <TextField
            label={t("Until, by the clocks of {timeZone}", { timeZone })}
            type="datetime-local"
            required
            value={typed}
            onChange={type}
            wrong={until !== null && until <= now ? t("That is over already.") : null}
          />
        </Form>
      </div>
    </Modal>
  );
}

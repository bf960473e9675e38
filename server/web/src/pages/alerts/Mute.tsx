/** Tells nobody of a rule for a while, or people again. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { muteRule, type Rule } from "@/api/alerts";
import type { Micros } from "@/api/types";
import { instant, local } from "@/design/zone";
import { Button } from "@/parts/Button";
import { Form, TextField } from "@/parts/Form";
import { useFormat, useNow } from "@/parts/Locale";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/parts/Menu";
import { Modal } from "@/parts/Modal";
import { tell } from "@/parts/Told";

const HOURS = [
  [4, "4 hours"],
  [24, "A day"],
  [72, "Three days"],
  [168, "A week"],
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
      const back = () => void muteRule(rule.name, rule.muted_until).finally(() => void anew());
      tell(
        until === null
          ? `People are told of ${rule.title} again`
          : `Nobody is told of ${rule.title} until ${format.moment(until)}`,
        back,
      );
    },
    // A dialog tells it itself.
    onError: (error) => !asking && tell(`That did not work: ${error.message}`),
    onSettled: anew,
  });
  const muted = rule.muted_until !== null && rule.muted_until > now;
  const said = <span className="sr-only"> {rule.title}</span>;
  return (
    <>
      {muted ? (
        <Button disabled={mute.isPending} onClick={() => mute.mutate(null)}>
          Unmute{said}
        </Button>
      ) : (
        <Menu trigger={<Button disabled={mute.isPending}>Mute{said}</Button>}>
          <MenuLabel>Tell nobody for</MenuLabel>
          {HOURS.map(([hours, words]) => (
            <MenuItem key={hours} onSelect={() => mute.mutate(Date.now() * 1_000 + hours * HOUR)}>
              {words}
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem onSelect={() => ask(true)}>Until…</MenuItem>
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
    <Modal title={`Mute ${rule.title}`} onClose={onClose}>
      <div className="p-5">
        <Form
          onSubmit={() => until !== null && onKeep(until)}
          busy={busy}
          error={error}
          submit="Mute it"
          idle={until === null || until <= now}
        >
          <p className="text-sm text-soft">It is looked at all the same. What still fires then is told then.</p>
          <TextField
            label={`Until, by the clocks of ${timeZone}`}
            type="datetime-local"
            required
            value={typed}
            onChange={type}
            wrong={until !== null && until <= now ? "That is over already." : null}
          />
        </Form>
      </div>
    </Modal>
  );
}

/** Changes how a connection is set up. Its name and its kind stay. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import type { Source } from "@/api/work";
import { Check, Form, TextField } from "@/parts/Form";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { EmptyState } from "@/parts/Notice";
import { tell } from "@/parts/Told";
import { Tried, TryIt, useTrial } from "@/parts/Trial";
import { t } from "@/texts/texts";
import { CredentialFields, credentialOf, missing, type Given } from "./CredentialFields";
import { kindOf, type Kind } from "./kinds";
import { SettingField } from "./SettingField";
import type { Settings } from "./settings";

interface Props {
  of: Source;
  onClose: () => void;
  onRead: () => void;
}

export function Change(props: Props) {
  const kind = kindOf(props.of.connector);
  return (
    <Modal title={t("Change {name}", { name: props.of.name })} shape="drawer" onClose={props.onClose}>
      {kind ? (
        <Fields {...props} kind={kind} />
      ) : (
        <EmptyState title={t("This page does not know its kind")}>
          {t("Change it by the API: its settings are those that its connector takes.")}
        </EmptyState>
      )}
    </Modal>
  );
}

function Fields({ of, kind, onClose, onRead }: Props & { kind: Kind }) {
  const client = useQueryClient();
  const may = useMay();
  const [place, setPlace] = useState(of.place);
  const [given, give] = useState<Given>({ way: kind.ways[0]?.name ?? "", typed: {} });
  const [settings, set] = useState<Settings>(of.settings);
  const [reads, setReads] = useState(may("jobs:manage"));
  const moved = place.trim() !== of.place;
  const credential = credentialOf(kind, given);
  const trial = useTrial();
  const resettled = JSON.stringify(settings) === JSON.stringify(of.settings) ? null : { connection: { name: of.name, settings } };
  const lacking = kind.ways.length > 0 && moved && missing(kind, given).length > 0;
  const save = useMutation({
    mutationFn: () =>
      change<Source>(
        "PUT",
        `/api/v1/connections/${encodeURIComponent(of.name)}`,
        { connector: of.connector, place: place.trim(), settings, ...(credential !== undefined && { credential }) },
        of.version,
      ),
    onSuccess: () => {
      tell(t("{name} is changed: {title} was asked, and answered", { name: of.name, title: kind.title }));
      onClose();
      if (reads) onRead();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["connections"] }),
  });
  return (
    <div className="p-5">
      <Form
        onSubmit={() => save.mutate()}
        busy={save.isPending}
        error={save.error}
        submit={t("Test it, and keep")}
        idle={lacking}
        beside={may("tenant:manage") && <TryIt of={trial} proposal={resettled} />}
      >
        <TextField
          label={kind.place.label}
          required
          value={place}
          onChange={setPlace}
          hint={kind.place.hint}
          wrong={lacking ? t("For another address the credential has to be given anew.") : null}
          spellCheck={false}
        />
        <CredentialFields kind={kind} given={given} onChange={give} kept={of.has_credential && !moved} />
        <h3 className="border-t border-line pt-4 font-semibold">{t("What is read")}</h3>
        {kind.scope.map((setting) => (
          <SettingField key={setting.path} setting={setting} settings={settings} onChange={set} />
        ))}
        {kind.meaning.map(({ title, about, settings: fields }) => (
          <section key={title} className="flex flex-col gap-4 border-t border-line pt-4">
            <div>
              <h3 className="font-semibold">{title}</h3>
              <p className="text-sm text-soft">{about}</p>
            </div>
            {fields.map((setting) => (
              <SettingField key={setting.path} setting={setting} settings={settings} onChange={set} />
            ))}
          </section>
        ))}
        <Check
          label={t("Read it then")}
          hint={t("What counts as what is decided while mapping: with the next reading a change holds for the past, too.")}
          checked={reads}
          disabled={!may("jobs:manage")}
          onChange={setReads}
        />
        <Tried of={trial} proposal={resettled} />
      </Form>
    </div>
  );
}

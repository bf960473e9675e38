/** Invites somebody: what comes of it is a link to hand on. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { roles, type Sees } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import { Button } from "@/parts/Button";
import { Form, TextField } from "@/parts/Form";
import { Modal } from "@/parts/Modal";
import { Secret } from "@/parts/Secret";
import { useUnsaved } from "@/parts/Unsaved";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { RolesField } from "./RolesField";
import { SeesField } from "./SeesField";

export function Invite({ onClose }: { onClose: () => void }) {
  const { data: all } = useQuery(roles);
  const { data: person } = useQuery(me);
  const [email, setEmail] = useState("");
  const [chosen, choose] = useState<string[]>(["viewer"]);
  const [sees, setSees] = useState<Sees>("everything");
  const invite = useMutation({
    mutationFn: () => change<{ url: string }>("POST", "/api/v1/users/invitations", { email: email.trim(), roles: chosen, sees }),
  });
  const typed = email !== "" || sees !== "everything" || chosen.join() !== "viewer";
  const { leave, question } = useUnsaved(typed, invite.isSuccess);
  return (
    <Modal title={t("Invite somebody")} onClose={() => leave(onClose)}>
      <div className="p-5">
        {invite.isSuccess ? (
          <div className="flex flex-col gap-4">
            <p>
              {rich(
                "Hand this link to {email}. It works once, for seven days; whoever opens it sets a password, or gives the one that they have.",
                { email: <span className="font-medium">{email.trim()}</span> },
              )}
            </p>
            <Secret label={t("Link")} value={invite.data.url}>
              {t("Pulse sends no mail: send it yourself, and only to them.")}
            </Secret>
            <div className="flex justify-end gap-2">
              <Button
                onClick={() => {
                  invite.reset();
                  setEmail("");
                }}
              >
                {t("Invite another")}
              </Button>
              <Button look="main" onClick={onClose}>
                {t("Done")}
              </Button>
            </div>
          </div>
        ) : (
          <Form
            onSubmit={() => invite.mutate()}
            busy={invite.isPending}
            error={invite.error}
            submit={t("Make the link")}
            idle={chosen.length === 0}
          >
            <TextField label={t("E-mail")} type="email" required value={email} onChange={setEmail} autoComplete="off" />
            <RolesField all={all ?? []} mine={person?.permissions ?? []} chosen={chosen} onChoose={choose} />
            <SeesField value={sees} onChange={setSees} />
          </Form>
        )}
      </div>
      {question}
    </Modal>
  );
}

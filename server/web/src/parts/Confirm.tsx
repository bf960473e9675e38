/** Asks once more before something is done that cannot be taken back: what goes is said, and where much goes its name has to be typed. */

import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { t } from "@/texts/texts";
import { Button } from "./Button";
import { TextField } from "./Form";
import { Modal } from "./Modal";
import { Failure } from "./Notice";

interface Props {
  title: string;
  /** What it does, and what stays. */
  children: ReactNode;
  action: string;
  /** What has to be typed. */
  word?: string;
  run: () => Promise<unknown>;
  onClose: () => void;
}

export function Confirm({ title, children, action, word, run, onClose }: Props) {
  const [typed, type] = useState("");
  const deed = useMutation({ mutationFn: run, onSuccess: onClose });
  const meant = word === undefined || typed === word;
  return (
    <Modal title={title} onClose={onClose}>
      <form
        className="flex flex-col gap-4 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (meant && !deed.isPending) deed.mutate();
        }}
      >
        <div className="flex flex-col gap-2 text-base">{children}</div>
        {word !== undefined && (
          <TextField
            label={t("Type {word} to go on", { word })}
            value={typed}
            onChange={type}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        {deed.isError && <Failure error={deed.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t("Leave it")}</Button>
          <Button type="submit" look="bad" disabled={!meant || deed.isPending}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** Saves what is written: as a new query, or as the next version of one. Where somebody else was quicker, both are shown. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { Problem, get } from "@/api/client";
import { change, save, savedQueries, savedQuery, savedVersions, type Draft, type Saved } from "@/api/saved";
import { Button, fieldLook } from "@/parts/Button";
import { Time } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { Failure } from "@/parts/Notice";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { rich } from "@/texts/rich";
import { Diff } from "./Diff";

interface Props {
  /** What is saved, but for its title and the like. */
  draft: Pick<Draft, "sql" | "parameters">;
  /** The one that is changed; left out for a new one. */
  of?: Saved | undefined;
  /** What the fields hold at first. */
  begin?: Pick<Draft, "title" | "description"> | undefined;
  onSaved: (saved: Saved) => void;
  /** Takes what the other one wrote in the place of what is written here. */
  onTake: (saved: Saved) => void;
  onClose: () => void;
}

/** The kinds of a refusal that say that it was changed since it was read. */
const isStale = (error: unknown) => error instanceof Problem && (error.status === 412 || error.status === 409);

export function SaveForm({ draft, of, begin, onSaved, onTake, onClose }: Props) {
  const client = useQueryClient();
  const [first] = useState({
    title: of?.title ?? begin?.title ?? "",
    description: of?.description ?? begin?.description ?? "",
    shared: of?.shared ?? false,
  });
  const [title, setTitle] = useState(first.title);
  const [description, setDescription] = useState(first.description);
  const [shared, setShared] = useState(first.shared);
  const [theirs, setTheirs] = useState<Saved | null>(null);
  const whole: Draft = { ...draft, title: title.trim(), description: description.trim(), shared };
  const { leave, kept, question } = useUnsaved(
    title !== first.title || description !== first.description || shared !== first.shared,
  );
  const keep = useMutation({
    mutationFn: async ({ as, version }: { as: Saved | undefined; version: number }) =>
      as ? change(as.id, version, whole) : save(whole),
    onSuccess: (saved) => {
      client.setQueryData(savedQuery(saved.id).queryKey, saved);
      void client.invalidateQueries({ queryKey: savedQueries.queryKey, exact: true });
      void client.invalidateQueries({ queryKey: savedVersions(saved.id).queryKey });
      kept();
      onSaved(saved);
    },
    onError: async (error, { as }) => {
      if (isStale(error) && as) setTheirs(await get<Saved>(`/api/v1/saved-queries/${encodeURIComponent(as.id)}`));
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    keep.mutate({ as: of, version: of?.version ?? 0 });
  };
  if (theirs)
    return (
      <>
        <Modal shape="drawer" title={t("Somebody changed it meanwhile")} onClose={() => leave(onClose)}>
          <div className="flex flex-col gap-4 p-5">
            <p className="max-w-prose">
              {rich(
                "Version {version} came to be at {time}, after you had read version {read}. Nothing of yours is lost: choose which one stands. The other stays among the versions.",
                { version: theirs.version, time: <Time at={theirs.changed_at} />, read: of?.version },
              )}
            </p>
            <div>
              <h3 className="mb-1 text-sm font-medium">{t("From theirs to yours")}</h3>
              <Diff before={theirs.sql} after={draft.sql} label={t("From theirs to yours")} />
            </div>
            {keep.isError && !isStale(keep.error) && <Failure error={keep.error} />}
            <div className="flex flex-wrap gap-2">
              <Button look="main" disabled={keep.isPending} onClick={() => keep.mutate({ as: theirs, version: theirs.version })}>
                {t("Save mine over it")}
              </Button>
              <Button
                onClick={() => {
                  kept();
                  onTake(theirs);
                }}
              >
                {t("Take theirs")}
              </Button>
              <Button disabled={keep.isPending} onClick={() => keep.mutate({ as: undefined, version: 0 })}>
                {t("Save mine as another")}
              </Button>
            </div>
          </div>
        </Modal>
        {question}
      </>
    );
  return (
    <>
      <Modal title={of ? t("Save the next version") : t("Save the query")} onClose={() => leave(onClose)}>
        <form onSubmit={submit} className="flex flex-col gap-3 p-5">
          <label className="flex flex-col gap-1 text-sm font-medium">
            {t("Title")}
            <input
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              required
              maxLength={200}
              className={`${fieldLook} font-normal`}
            />
          </label>
          <label className="flex flex-col gap-1 text-sm font-medium">
            {t("What it is for")}
            <textarea
              value={description}
              onChange={(event) => setDescription(event.target.value)}
              rows={3}
              maxLength={4_000}
              className={`${fieldLook} py-1.5 font-normal`}
            />
          </label>
          {draft.parameters.length > 0 && (
            <p className="text-sm text-soft">
              {t("Parameters, with what is typed now as their defaults: {parameters}", {
                parameters: draft.parameters.map(({ name, type }) => `$${name} (${type})`).join(", "),
              })}
            </p>
          )}
          <label className="flex items-start gap-2 text-sm">
            <input
              type="checkbox"
              checked={shared}
              onChange={(event) => setShared(event.target.checked)}
              className="mt-0.5 size-4 accent-accent"
            />
            <span>
              {t("Share it with everybody in the tenant who asks in SQL")}
              <span className="block text-soft">
                {t(
                  "It runs with the rights of whoever runs it. Names of teams and projects in its text are seen by all of them.",
                )}
              </span>
            </span>
          </label>
          {keep.isError && !isStale(keep.error) && <Failure error={keep.error} />}
          <div className="flex justify-end gap-2">
            <Button onClick={() => leave(onClose)}>{t("Back")}</Button>
            <Button type="submit" look="main" disabled={keep.isPending}>
              {t("Save")}
            </Button>
          </div>
        </form>
      </Modal>
      {question}
    </>
  );
}

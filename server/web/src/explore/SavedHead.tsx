/** What is open: a saved query, whose it is, and what can be done with it; or one that is not saved. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { remove, save, savedQueries, type Saved } from "@/api/saved";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { Menu, MenuItem } from "@/parts/Menu";
import { Failure } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { whoseWords } from "./SavedList";

interface Props {
  saved: Saved | undefined;
  /** Whether what is written differs from what is saved. */
  isChanged: boolean;
  isEmpty: boolean;
  /** Whether one may remove what others share. */
  manages: boolean;
  onSave: () => void;
  onSaveAs: () => void;
  onVersions: () => void;
  onRemoved: (saved: Saved) => void;
}

export function SavedActions({ saved, isChanged, isEmpty, manages, onSave, onSaveAs, onVersions, onRemoved }: Props) {
  const client = useQueryClient();
  const away = useMutation({
    mutationFn: (saved: Saved) => remove(saved.id),
    onSuccess: (_, saved) => {
      void client.invalidateQueries({ queryKey: savedQueries.queryKey, exact: true });
      onRemoved(saved);
    },
  });
  if (!saved)
    return (
      <Button onClick={onSaveAs} disabled={isEmpty}>
        {t("Save")}
      </Button>
    );
  return (
    <>
      {away.isError && <Failure error={away.error} />}
      {saved.mine ? (
        <Button onClick={onSave} look={isChanged ? "main" : "plain"}>
          {t("Save")}
        </Button>
      ) : (
        <Button onClick={onSaveAs}>{t("Save as mine")}</Button>
      )}
      <Menu
        trigger={
          <Button look="quiet" aria-label={t("More for {title}", { title: saved.title })}>
            {t("More")}
            <Icon name="chevron" className="size-3.5" />
          </Button>
        }
      >
        <MenuItem onSelect={onSaveAs}>{t("Save as another")}</MenuItem>
        <MenuItem onSelect={onVersions}>{t("Versions")}</MenuItem>
        {(saved.mine || manages) && <MenuItem onSelect={() => away.mutate(saved)}>{t("Remove")}</MenuItem>}
      </Menu>
    </>
  );
}

export function SavedTitle({ saved, isChanged }: { saved: Saved | undefined; isChanged: boolean }) {
  return (
    <div className="mr-auto min-w-0">
      <h1 className="truncate text-xl font-semibold">{saved?.title ?? t("Explore")}</h1>
      {saved && (
        <p className="text-sm text-soft">
          {isChanged
            ? t("Changed, not saved. Version {version}, {whose}", { version: saved.version, whose: whoseWords(saved) })
            : t("Version {version}, {whose}", { version: saved.version, whose: whoseWords(saved) })}
          {saved.description && `. ${saved.description}`}
        </p>
      )}
    </div>
  );
}

/** That one was removed, and the way back for as long as it is shown: saved anew, it has another address. */
export function Removed({ saved, onBack, onClose }: { saved: Saved; onBack: (saved: Saved) => void; onClose: () => void }) {
  const client = useQueryClient();
  const back = useMutation({
    mutationFn: () => save(saved),
    onSuccess: (again) => {
      void client.invalidateQueries({ queryKey: savedQueries.queryKey, exact: true });
      onBack(again);
    },
  });
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 rounded-md border border-line bg-surface px-3 py-2 text-sm">
      <span className="mr-auto">{t("“{title}” was removed, with all of its versions.", { title: saved.title })}</span>
      {saved.mine && (
        <Button onClick={() => back.mutate()} disabled={back.isPending}>
          {t("Save it again")}
        </Button>
      )}
      <Button look="quiet" onClick={onClose} aria-label={t("Close")}>
        <Icon name="close" />
      </Button>
      {back.isError && <Failure error={back.error} />}
    </div>
  );
}

/** How a saved query came to be as it is. */

import { useQuery } from "@tanstack/react-query";
import { savedVersions, type Saved, type SavedVersion } from "@/api/saved";
import { Button } from "@/parts/Button";
import { Time } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { Failure, Skeleton } from "@/parts/Notice";
import { t } from "@/texts/texts";
import { Diff } from "./Diff";

interface Props {
  of: Saved;
  onOpen: (version: SavedVersion) => void;
  onClose: () => void;
}

export function Versions({ of, onOpen, onClose }: Props) {
  const { data, error, isPending, isError, refetch } = useQuery(savedVersions(of.id));
  return (
    <Modal shape="drawer" title={t("Versions of {title}", { title: of.title })} onClose={onClose}>
      <div className="p-5">
        {isPending && <Skeleton label={t("The versions are on their way")} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        <ol className="flex flex-col gap-5">
          {data?.map((one, at) => (
            <li key={one.version}>
              <div className="mb-1.5 flex flex-wrap items-baseline gap-x-3 gap-y-1">
                <h3 className="font-semibold">{t("Version {version}", { version: one.version })}</h3>
                <span className="text-sm text-soft">
                  {one.set_by.name}, <Time at={one.set_at} />
                </span>
                <Button onClick={() => onOpen(one)} className="ml-auto">
                  {t("Open this text")}
                </Button>
              </div>
              <Changed from={data[at + 1]} to={one} />
            </li>
          ))}
        </ol>
      </div>
    </Modal>
  );
}

/** What a version has that the one before it has not. */
function Changed({ from, to }: { from: SavedVersion | undefined; to: SavedVersion }) {
  const told = from
    ? [
        from.title !== to.title && t("called “{title}” before", { title: from.title }),
        from.description !== to.description && t("described in other words before"),
        from.shared !== to.shared && (to.shared ? t("shared") : t("no longer shared")),
        JSON.stringify(from.parameters) !== JSON.stringify(to.parameters) && t("other parameters"),
      ].filter((words) => words !== false)
    : [];
  return (
    <>
      {told.length > 0 && <p className="mb-1 text-sm">{told.join("; ")}</p>}
      {from?.sql === to.sql ? (
        <p className="text-sm text-soft">{t("The text is the same.")}</p>
      ) : (
        <Diff before={from?.sql ?? to.sql} after={to.sql} label={t("What version {version} changed", { version: to.version })} />
      )}
    </>
  );
}

/** How a metric of the tenant's own came to be what it is, and the way back to what it was. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { change } from "@/api/client";
import { ownMetricPath, ownMetricVersions, setOwnMetric, type OwnMetric } from "@/api/house";
import { Diff } from "@/explore/Diff";
import { Button } from "@/parts/Button";
import { Time } from "@/parts/Locale";
import { Mark } from "@/parts/Mark";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { tell } from "@/parts/Told";
import { useNamed } from "@/parts/Who";
import { hidden, rich } from "@/texts/rich";
import { t } from "@/texts/texts";

interface Props {
  name: string;
  onClose: () => void;
  /** What is known of metrics is asked anew. */
  anew: () => Promise<unknown>;
}

export function MetricVersions({ name, onClose, anew }: Props) {
  const { data, error, isPending, isError, refetch } = useQuery(ownMetricVersions(name));
  const client = useQueryClient();
  const may = useMay();
  const named = useNamed();
  const [now] = data ?? [];
  const changed = () => Promise.all([client.invalidateQueries({ queryKey: ownMetricVersions(name).queryKey }), anew()]);
  const back = useMutation({
    mutationFn: ({ to, from }: { to: OwnMetric; from: OwnMetric }) => setOwnMetric(name, to.text, there(from)),
    onSuccess: (kept, { to, from }) =>
      tell(t("{name} is as it was at version {version}", { name, version: to.version }), () =>
        (from.text === "" ? change<unknown>("DELETE", ownMetricPath(name)) : setOwnMetric(name, from.text, kept.version)).finally(
          () => void changed(),
        ),
      ),
    onSettled: changed,
  });
  return (
    <Modal shape="drawer" title={t("Versions of {name}", { name })} onClose={onClose}>
      <div className="flex flex-col gap-5 p-5">
        {isPending && <Skeleton label={t("The versions are on their way")} />}
        {isError && <Failure error={error} again={() => void refetch()} />}
        {back.isError && <Failure error={back.error} />}
        <ol className="flex flex-col gap-5">
          {data?.map((one, at) => (
            <li key={one.version}>
              <div className="mb-1.5 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
                <h3 className="font-semibold">{t("Version {version}", { version: one.version })}</h3>
                {one === now && one.text !== "" && <Mark tone="good">{t("what stands")}</Mark>}
                <span className="text-sm text-soft">
                  {named(one.set_by)}, <Time at={one.set_at} />
                </span>
                {now && one !== now && one.text !== "" && one.text !== now.text && may("sql:run") && (
                  <Button className="ml-auto" disabled={back.isPending} onClick={() => back.mutate({ to: one, from: now })}>
                    {rich("Take this back<b>: version {version}</b>", { b: hidden, version: one.version })}
                  </Button>
                )}
              </div>
              <Changed from={data[at + 1]} to={one} />
            </li>
          ))}
        </ol>
      </div>
    </Modal>
  );
}

/** The version that a change names; none of a metric that was taken away, which is then defined anew. */
const there = ({ text, version }: OwnMetric) => (text === "" ? undefined : version);

/** What a version has that the one before it has not. */
function Changed({ from, to }: { from: OwnMetric | undefined; to: OwnMetric }) {
  if (to.text === "") return <p className="text-sm text-soft">{t("It was taken away.")}</p>;
  if (from?.text === to.text) return <p className="text-sm text-soft">{t("The text is the same.")}</p>;
  return (
    <Diff
      before={from?.text ? from.text : to.text}
      after={to.text}
      label={t("What version {version} changed", { version: to.version })}
    />
  );
}

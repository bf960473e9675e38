import { Skeleton } from "./Notice";

/** How high each is once it is there, on a phone and where there is room, so that what stands below is not moved. */
const ROOM = {
  times: "h-110 sm:h-111",
  ages: "h-122 sm:h-111",
  repositories: "h-110 sm:h-98",
  incidents: "h-96 sm:h-89",
  burnUp: "h-115 sm:h-103",
} as const;

/** A chart that is on its way: as high as what will be there. */
export function Waits({ of, label }: { of: keyof typeof ROOM; label: string }) {
  return (
    <div className={`rounded-lg border border-line bg-surface ${ROOM[of]}`}>
      <Skeleton label={label} rows={6} />
    </div>
  );
}

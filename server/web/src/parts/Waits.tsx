import { Skeleton } from "./Notice";

/** A chart that is on its way: as high as what will be there. */
export function Waits({ label }: { label: string }) {
  return (
    <div className="h-104 rounded-lg border border-line bg-surface">
      <Skeleton label={label} rows={6} />
    </div>
  );
}

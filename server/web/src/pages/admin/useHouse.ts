import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { change } from "@/api/client";
import { house, type House, type Rules } from "@/api/house";
import { tell } from "@/parts/Told";

type Part = Partial<Pick<House, "name" | "time_zone" | "locale" | "working_days">> & { rules?: Partial<Rules> };

/** Changes the tenant. Rules that are not named stay as they are now, whoever changed them meanwhile. */
export async function changeHouse(client: QueryClient, { rules, ...part }: Part): Promise<void> {
  const now = await client.query({ ...house, staleTime: "static" });
  const body = rules ? { ...part, rules: { ...now.rules, ...rules } } : part;
  client.setQueryData(house.queryKey, await change<House>("PATCH", "/api/v1/tenant", body, now.version));
}

export function useHouseChange(done: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (part: Part) => changeHouse(client, part),
    onSuccess: () => tell(done),
    // Who was overtaken sees what there is now; what was typed stays, and is kept with the next try.
    onError: () => client.invalidateQueries({ queryKey: house.queryKey }),
  });
}

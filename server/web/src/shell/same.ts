/** One page is of one person in one tenant. Cookies are shared between windows: where another one went to another tenant, or signed
 * somebody else in, nothing of what is kept here may be shown beside what comes now. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { me } from "@/api/queries";
import type { Me } from "@/api/types";
import { abandon } from "@/parts/unkept";

const who = ({ user, tenant }: Me) => `${user.id} in ${tenant ?? "no tenant"}`;

export function useSamePerson() {
  const client = useQueryClient();
  const { data } = useQuery({ ...me, refetchOnWindowFocus: "always" });
  const first = useRef<string | null>(null);
  useEffect(() => {
    if (!data) return;
    first.current ??= who(data);
    if (first.current === who(data)) return;
    abandon();
    client.clear();
    location.assign("/");
  }, [data, client]);
}

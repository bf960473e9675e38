/** Who a key stands for, as far as somebody may know. */

import { useQuery } from "@tanstack/react-query";
import { members, type Member } from "@/api/access";
import { me } from "@/api/queries";
import { t } from "@/texts/texts";

const KEY = /\buser_[A-Za-z0-9_-]{22}/g;

/** The people of the tenant; of somebody who may not know them, themselves alone. */
export function usePeople(): Pick<Member, "id" | "name" | "email">[] {
  const { data: person } = useQuery(me);
  const { data: all } = useQuery({ ...members, enabled: person?.permissions.includes("users:read") ?? false });
  return all ?? (person ? [person.user] : []);
}

/** Puts names in the place of keys in a text; who may not know somebody is told that it is another. */
export function useNamed(): (text: string) => string {
  const { data: person } = useQuery(me);
  const people = usePeople();
  const known = new Map(people.map(({ id, name, email }) => [id, name || email]));
  return (text) => text.replace(KEY, (key) => (key === person?.user.id ? t("you") : (known.get(key) ?? t("somebody else"))));
}

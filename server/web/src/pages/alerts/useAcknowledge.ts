import { useMutation, useQueryClient } from "@tanstack/react-query";
import { acknowledge, assign, unacknowledge, type Alert } from "@/api/alerts";
import { tell } from "@/parts/Told";
import { t } from "@/texts/texts";

/** Says that one looks after an alert. */
export function useAcknowledge() {
  const onSettled = useAnew();
  return useMutation({
    mutationFn: ({ id }: Alert) => acknowledge(id),
    onSuccess: ({ title }) => tell(t("You look after {title}: nobody else is told of it until it is over", { title })),
    onSettled,
  });
}

/** Takes back that somebody looks after an alert. */
export function useUnacknowledge() {
  const onSettled = useAnew();
  return useMutation({ mutationFn: ({ id }: Alert) => unacknowledge(id), onSettled });
}

/** Says whose an alert is, by the user's key, or with `null` that it is nobody's. */
export function useAssign() {
  const onSettled = useAnew();
  return useMutation({ mutationFn: ({ id, user }: { id: string; user: string | null }) => assign(id, user), onSettled });
}

/** Has alerts asked for anew. */
function useAnew() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["alerts"] });
}

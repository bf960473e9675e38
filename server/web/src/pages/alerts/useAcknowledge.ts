import { useMutation, useQueryClient } from "@tanstack/react-query";
import { acknowledge, type Alert } from "@/api/alerts";
import { tell } from "@/parts/Told";
import { t } from "@/texts/texts";

/** Says that one looks after an alert. */
export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Alert) => acknowledge(id),
    onSuccess: ({ title }) => tell(t("You look after {title}: nobody else is told of it until it is over", { title })),
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

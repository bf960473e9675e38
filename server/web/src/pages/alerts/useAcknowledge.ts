import { useMutation, useQueryClient } from "@tanstack/react-query";
import { acknowledge, type Alert } from "@/api/alerts";
import { tell } from "@/parts/Told";

/** Says that one looks after an alert. */
export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Alert) => acknowledge(id),
    onSuccess: ({ title }) => tell(`You look after ${title}: nobody else is told of it until it is over`),
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

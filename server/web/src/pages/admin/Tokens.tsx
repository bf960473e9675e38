/** Everybody's API tokens. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { members, tokens } from "@/api/access";
import { Button } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { MakeToken, TokenTable } from "@/parts/Tokens";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export function Tokens() {
  const { data, error, isPending, isError, refetch } = useQuery(tokens);
  const may = useMay();
  const { data: people } = useQuery({ ...members, enabled: may("users:read") });
  const [making, make] = useState(false);
  const nameOf = (id: string) => {
    const person = people?.find((one) => one.id === id);
    return person ? person.name || person.email : id;
  };
  return (
    <AdminPage
      path="/admin/tokens"
      lead={t(
        "What programs come in with. A person's may do what its owner may, and no more; a service's is nobody's and goes on when its maker leaves.",
      )}
      actions={
        <Button look="main" onClick={() => make(true)}>
          <Icon name="plus" />
          {t("Make a token")}
        </Button>
      }
    >
      {isPending && <Skeleton label={t("The tokens are on their way")} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && (
        <Panel>
          <TokenTable of={data} whose={({ user_id }) => (user_id === null ? t("a service's") : nameOf(user_id))} />
        </Panel>
      )}
      {making && <MakeToken service onClose={() => make(false)} />}
    </AdminPage>
  );
}

/** What the parts of Mapping have in common: the way between them, and what there is to be mapped. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { house, type House } from "@/api/house";
import { mapping, type Mapping } from "@/api/mapping";
import { Failure, Skeleton } from "@/parts/Notice";
import { Subpages } from "@/parts/Subpages";
import { AdminPage } from "@/pages/admin/Admin";
import { t } from "@/texts/texts";

const parts = () =>
  [
    ["/admin/mapping", t("Statuses")],
    ["/admin/mapping/types", t("Types")],
    ["/admin/mapping/people", t("People")],
    ["/admin/mapping/repositories", t("Repositories")],
    ["/admin/mapping/boards", t("Boards")],
    ["/admin/mapping/environments", t("Environments")],
  ] as const;

interface Props {
  lead: string;
  children: (mapping: Mapping, house: House) => ReactNode;
}

export const MappingPage = ({ lead, children }: Props) => (
  <AdminPage path="/admin/mapping" lead={lead}>
    <Subpages label={t("Mapping")} of={parts()} />
    <Mapped>{children}</Mapped>
  </AdminPage>
);

function Mapped({ children }: Pick<Props, "children">) {
  const [own, found] = [useQuery(house), useQuery(mapping)];
  const failed = own.error ?? found.error;
  if (own.data && found.data) return children(found.data, own.data);
  if (failed) return <Failure error={failed} again={() => void Promise.all([own.refetch(), found.refetch()])} />;
  return <Skeleton label={t("What is mapped to what is on its way")} rows={6} />;
}

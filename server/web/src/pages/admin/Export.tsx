/** All of the tenant's data, to take away (docs/access.md). */

import { useQuery } from "@tanstack/react-query";
import { me } from "@/api/queries";
import { buttonLook } from "@/parts/Button";
import { Icon } from "@/parts/Icon";
import { EmptyState } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export function Export() {
  const { data: person } = useQuery(me);
  const whole = (person as { sees?: unknown } | undefined)?.sees === "everything";
  return (
    <AdminPage path="/admin/export">
      <Panel title={t("A tar archive")}>
        {whole ? (
          <div className="flex flex-col gap-3">
            <p className="max-w-prose">
              {t(
                "The tenant's part of the lake, object by object as it is, and its settings, members, roles, targets, own metrics, tokens and identity providers. Passwords, secrets and keys are not in it.",
              )}
            </p>
            <p className="max-w-prose text-sm text-soft">
              {t(
                "It is written while it is sent, so how long it takes depends on how much there is. That you took it is in the audit trail. What it holds is everybody's: keep it as you would keep the server.",
              )}
            </p>
            <a href="/api/v1/tenant/export" download className={`${buttonLook("main")} self-start`}>
              <Icon name="download" />
              {t("Take it away")}
            </a>
          </div>
        ) : (
          <EmptyState icon="filter" title={t("You see some teams and projects only")}>
            {t("The archive holds all of them, so it takes an owner who sees everything.")}
          </EmptyState>
        )}
      </Panel>
      <p className="text-sm text-soft">
        {rich("From the shell: <code>pulse admin export FILE</code>", {
          code: (inner) => <code className="font-mono">{inner}</code>,
        })}
      </p>
    </AdminPage>
  );
}

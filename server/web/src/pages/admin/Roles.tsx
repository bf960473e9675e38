/** What each role lets people do, side by side; roles of the tenant's own are made, changed and removed here. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { members, permissions, roles, type Allowed, type Permission, type Role } from "@/api/access";
import { change } from "@/api/client";
import { me } from "@/api/queries";
import { Button } from "@/parts/Button";
import { Check, Fields, Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Modal } from "@/parts/Modal";
import { useMeanwhile } from "@/parts/Meanwhile";
import { useMay } from "@/parts/Needs";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { Worded } from "@/parts/Worded";
import { hidden, rich } from "@/texts/rich";
import { many, t } from "@/texts/texts";
import { AdminPage } from "./Admin";

export function Roles() {
  const [all, known] = [useQuery(roles), useQuery(permissions)];
  const { data: people } = useQuery(members);
  const may = useMay();
  const [editing, edit] = useState<Role | "new" | null>(null);
  const remove = useRemove();
  const failed = all.error ?? known.error;
  const own = all.data?.filter(({ built_in }) => !built_in) ?? [];
  const having = (name: string) => people?.filter(({ roles }) => roles.includes(name)).length ?? 0;
  const manages = may("roles:manage");
  const now = editing === "new" ? undefined : own.find(({ name }) => name === editing?.name);
  return (
    <AdminPage
      path="/admin/roles"
      lead={t(
        "A permission is needed for each thing that is done. Roles are sets of them: the built-in ones stay as they are, your own you make.",
      )}
      actions={
        manages && (
          <Button look="main" onClick={() => edit("new")}>
            <Icon name="plus" />
            {t("Make a role")}
          </Button>
        )
      }
    >
      {(all.isPending || known.isPending) && <Skeleton label={t("The roles are on their way")} rows={6} />}
      {failed && <Failure error={failed} again={() => void Promise.all([all.refetch(), known.refetch()])} />}
      {all.data && known.data && (
        <>
          <Panel title={t("Who may do what")}>
            <Matrix roles={all.data} permissions={known.data} />
          </Panel>
          <Panel title={t("Your own roles")} about={t("One that nobody has can be removed.")}>
            {own.length === 0 && <p className="text-sm text-soft">{t("You have made none yet.")}</p>}
            <ul className="divide-y divide-line">
              {own.map((role) => (
                <li key={role.name} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2.5 text-sm">
                  <div className="min-w-0">
                    <p className="font-medium">{role.name}</p>
                    <p className="text-soft">
                      {many(
                        having(role.name),
                        { one: "{description}; {count} person has it", other: "{description}; {count} people have it" },
                        { description: role.description || t("no description") },
                      )}
                    </p>
                  </div>
                  {manages && (
                    <div className="flex gap-1.5">
                      <Button onClick={() => edit(role)}>{rich("Change<b> {name}</b>", { b: hidden, name: role.name })}</Button>
                      <Button look="bad" disabled={having(role.name) > 0 || remove.isPending} onClick={() => remove.mutate(role)}>
                        {rich("Remove<b> {name}</b>", { b: hidden, name: role.name })}
                      </Button>
                    </div>
                  )}
                </li>
              ))}
            </ul>
            {remove.isError && <Failure error={remove.error} />}
          </Panel>
        </>
      )}
      {editing && known.data && (
        <Edit
          key={editing === "new" ? editing : editing.version}
          role={editing === "new" ? null : editing}
          now={now}
          onAnew={() => now && edit(now)}
          permissions={known.data}
          onClose={() => edit(null)}
        />
      )}
    </AdminPage>
  );
}

/** What follows from a change of a role. */
function useAnew() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [roles.queryKey, permissions.queryKey, members.queryKey, me.queryKey].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
}

const put = ({ name, description, permissions, version }: Omit<Role, "built_in">) =>
  version === 0
    ? change("POST", "/api/v1/roles", { name, description, permissions })
    : change("PUT", `/api/v1/roles/${encodeURIComponent(name)}`, { description, permissions }, version);

function useRemove() {
  const anew = useAnew();
  return useMutation({
    mutationFn: ({ name }: Role) => change("DELETE", `/api/v1/roles/${encodeURIComponent(name)}`),
    onSuccess: (_, role) =>
      tell(t("The role {name} is removed", { name: role.name }), () => put({ ...role, version: 0 }).finally(() => void anew())),
    onSettled: anew,
  });
}

function Matrix({ roles, permissions }: { roles: readonly Role[]; permissions: readonly Allowed[] }) {
  return (
    // A table wider than the page is scrolled in its own place, by keys, too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="group" aria-label={t("Who may do what")} tabIndex={0} className="scrolled relative overflow-x-auto">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{t("Who may do what")}</caption>
        <thead>
          <tr className="border-b border-edge">
            <th scope="col" className="py-1.5 pr-3 text-left text-xs font-medium text-soft">
              {t("Permission")}
            </th>
            {roles.map(({ name, description, built_in }) => (
              <th
                key={name}
                scope="col"
                title={description}
                className="px-2 py-1.5 text-center align-bottom text-xs font-medium text-soft"
              >
                {name}
                {!built_in && <span className="block font-normal">{t("your own")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissions.map(({ permission, description, roles: giving }) => (
            <tr key={permission} className="border-b border-line hover:bg-hover">
              <th scope="row" className="py-1.5 pr-3 text-left font-normal">
                <code className="font-mono text-sm font-medium">{permission}</code>
                <span className="block min-w-48 text-xs text-soft">
                  <Worded>{description}</Worded>
                </span>
              </th>
              {roles.map(({ name }) => (
                <td key={name} className="px-2 text-center">
                  {giving.includes(name) ? (
                    <>
                      <Icon name="check" className="text-good" />
                      <span className="sr-only">{t("yes")}</span>
                    </>
                  ) : (
                    <span className="text-soft">
                      <span aria-hidden="true">·</span>
                      <span className="sr-only">{t("no")}</span>
                    </span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface EditProps {
  /** As it was when one began. */
  role: Role | null;
  now: Role | undefined;
  onAnew: () => void;
  permissions: readonly Allowed[];
  onClose: () => void;
}

function Edit({ role, now, onAnew, permissions, onClose }: EditProps) {
  const { data: person } = useQuery(me);
  const anew = useAnew();
  const [name, setName] = useState(role?.name ?? "");
  const [description, describe] = useState(role?.description ?? "");
  const [chosen, choose] = useState<Permission[]>(role?.permissions ?? ["metrics:read"]);
  const before = role ?? { name: "", description: "", permissions: ["metrics:read"] };
  const typed = name !== before.name || description !== before.description;
  const { leave, question } = useUnsaved(typed || chosen.toSorted().join() !== before.permissions.toSorted().join());
  const save = useMutation({
    mutationFn: (version: number) => put({ name: name.trim(), description, permissions: chosen, version }),
    onSuccess: () => {
      tell(role ? t("The role {name} is changed", { name }) : t("The role {name} is there", { name }));
      onClose();
    },
    onSettled: anew,
  });
  const meanwhile = useMeanwhile({ of: role, now, onAnew }, save.isPending || save.isSuccess);
  return (
    <Modal title={role ? t("Change {name}", { name: role.name }) : t("Make a role")} onClose={() => leave(onClose)}>
      <div className="p-5">
        <Form
          onSubmit={() => save.mutate(meanwhile.version ?? 0)}
          busy={save.isPending}
          error={save.error}
          submit={role && !meanwhile.gone ? t("Keep") : t("Make it")}
          idle={meanwhile.overtaken}
        >
          {meanwhile.notice}
          {!role && (
            <TextField
              label={t("Name")}
              required
              value={name}
              onChange={setName}
              autoCapitalize="none"
              spellCheck={false}
              hint={t("It stays: everything that names the role goes by it.")}
            />
          )}
          <TextField label={t("Whom it is for")} value={description} onChange={describe} />
          <Fields legend={t("What it lets them do")} hint={t("You give what you have yourself, and no more.")}>
            <div className="flex flex-col gap-2">
              {permissions.map(({ permission, description }) => (
                <Check
                  key={permission}
                  label={<code className="font-mono">{permission}</code>}
                  hint={<Worded>{description}</Worded>}
                  checked={chosen.includes(permission)}
                  disabled={!person?.permissions.includes(permission)}
                  onChange={(on) => choose(on ? [...chosen, permission] : chosen.filter((one) => one !== permission))}
                />
              ))}
            </div>
          </Fields>
        </Form>
      </div>
      {question}
    </Modal>
  );
}

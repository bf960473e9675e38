import type { Role } from "@/api/access";
import { Check, Fields } from "@/parts/Form";
import { t } from "@/texts/texts";

/** Which roles somebody has. Nobody gives what they do not have. */
export function RolesField({
  all,
  mine,
  chosen,
  onChoose,
}: {
  all: readonly Role[];
  mine: readonly string[];
  chosen: readonly string[];
  onChoose: (roles: string[]) => void;
}) {
  return (
    <Fields legend={t("Roles")} hint={t("Permissions of several roles add up.")}>
      <div className="grid gap-2 sm:grid-cols-2">
        {all.map(({ name, description, permissions }) => {
          const given = permissions.every((one) => mine.includes(one));
          return (
            <Check
              key={name}
              label={name}
              hint={given ? description : t("It has more than you have, so you cannot give or take it.")}
              checked={chosen.includes(name)}
              disabled={!given}
              onChange={(on) => onChoose(on ? [...chosen, name] : chosen.filter((one) => one !== name))}
            />
          );
        })}
      </div>
    </Fields>
  );
}

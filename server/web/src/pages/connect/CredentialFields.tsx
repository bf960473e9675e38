import { TextArea, TextField, SelectField } from "@/parts/Form";
import { t } from "@/texts/texts";
import type { Kind, Way } from "./kinds";

/** What somebody typed to come in by. */
export interface Given {
  way: string;
  typed: Record<string, string>;
}

export const wayOf = (kind: Kind, { way }: Given): Way | undefined => kind.ways.find(({ name }) => name === way) ?? kind.ways[0];

/** The credential that was typed; `undefined` where nothing was. */
export function credentialOf(kind: Kind, given: Given): string | undefined {
  const way = wayOf(kind, given);
  return way?.fields.some(({ name }) => given.typed[name]?.trim()) ? way.make(given.typed) : undefined;
}

/** The fields that it takes and that nothing was typed into. */
export const missing = (kind: Kind, given: Given): string[] =>
  wayOf(kind, given)?.fields.flatMap(({ name, label, optional }) => (optional || given.typed[name]?.trim() ? [] : [label])) ?? [];

export function CredentialFields({
  kind,
  given,
  onChange,
  kept,
}: {
  kind: Kind;
  given: Given;
  onChange: (given: Given) => void;
  /** One is kept already, and stays where nothing is typed. */
  kept: boolean;
}) {
  const way = wayOf(kind, given);
  if (!way) return null;
  return (
    <>
      <SelectField
        label={t("Comes in by")}
        value={way.name}
        of={kind.ways.map(({ name, title }) => [name, title] as const)}
        onChange={(way) => onChange({ ...given, way })}
        hint={way.about}
      />
      {way.fields.map(({ name, label, hint, secret, long, optional }) => {
        const field = {
          label,
          hint,
          value: given.typed[name] ?? "",
          onChange: (value: string) => onChange({ ...given, typed: { ...given.typed, [name]: value } }),
          required: !kept && !optional,
          spellCheck: false,
          autoComplete: secret ? "new-password" : "off",
          placeholder: kept ? t("what is kept stays") : undefined,
        };
        return long ? (
          <TextArea key={name} mono {...field} />
        ) : (
          <TextField key={name} type={secret ? "password" : "text"} {...field} />
        );
      })}
      <p className="text-xs text-soft">
        {kept
          ? t(
              "It is shown to {title} alone, kept sealed, and never told again, here or by the API. For another address it has to be given anew.",
              { title: kind.title },
            )
          : t("It is shown to {title} alone, kept sealed, and never told again, here or by the API.", { title: kind.title })}
      </p>
    </>
  );
}

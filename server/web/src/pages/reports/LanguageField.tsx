/** What a report is written in. */

import type { Content, Language } from "@/api/reports";
import { SelectField } from "@/parts/Form";
import { t } from "@/texts/texts";
import { languageName, languages } from "./words";

interface Props {
  /** `null` is the report's own. */
  value: Language | null;
  own: Content | undefined;
  onChange: (value: Language | null) => void;
}

export const LanguageField = ({ value, own, onChange }: Props) => (
  <SelectField<Language | "">
    label={t("Language")}
    value={value ?? ""}
    of={[["", own ? t("As it is: {what}", { what: languageName(own.language) }) : t("As the report has it")], ...languages()]}
    onChange={(language) => onChange(language || null)}
    hint={t("Of its labels, sentences, numbers and days. What you write yourself stays as it is.")}
  />
);

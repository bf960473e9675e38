/** What a report is written in. */

import type { Content, Language } from "@/api/reports";
import { SelectField } from "@/parts/Form";
import { LANGUAGES, languageName } from "./words";

interface Props {
  /** `null` is the report's own. */
  value: Language | null;
  own: Content | undefined;
  onChange: (value: Language | null) => void;
}

export const LanguageField = ({ value, own, onChange }: Props) => (
  <SelectField<Language | "">
    label="Language"
    value={value ?? ""}
    of={[["", own ? `As it is: ${languageName(own.language)}` : "As the report has it"], ...LANGUAGES]}
    onChange={(language) => onChange(language || null)}
    hint="Of its labels, sentences, numbers and days. What you write yourself stays as it is."
  />
);

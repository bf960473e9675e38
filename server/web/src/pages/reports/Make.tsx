/** Asks for a report: which, as what file, and what is to be otherwise than in its definition. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { makeReport, reports, type Changes, type FileFormat, type Listed } from "@/api/reports";
import { instant, local } from "@/design/zone";
import { FilterField } from "@/parts/FilterField";
import { Fields, Form, SelectField, TextField, Ways } from "@/parts/Form";
import { useFormat } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { useMay } from "@/parts/Needs";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { LanguageField } from "./LanguageField";
import { ParamsFields } from "./ParamsFields";
import { isBackwards, PeriodField } from "./PeriodField";
import { queriesOf, wrongOf } from "./sections";
import { formats, tidied } from "./words";

interface Props {
  known: readonly Listed[];
  /** The one that is chosen to begin with. */
  name?: string | undefined;
  onClose: () => void;
}

export function Make({ known, name: first, onClose }: Props) {
  const client = useQueryClient();
  const format = useFormat();
  const may = useMay();
  const [name, choose] = useState(first ?? known[0]?.name ?? "");
  const [file, setFile] = useState<FileFormat>("pdf");
  const [changes, change] = useState<Changes>({});
  const [when, setWhen] = useState<"now" | "then">("now");
  const [at, setAt] = useState(() => local(Date.now() * 1_000, format.timeZone));
  const definition = known.find((one) => one.name === name)?.definition;
  const moment = instant(at, format.timeZone);
  const { leave, kept, question } = useUnsaved(Object.keys(tidied(changes)).length > 0 || when === "then");
  const make = useMutation({
    mutationFn: () =>
      makeReport({
        definition: name,
        format: file,
        changes: tidied(changes),
        ...(when === "then" && moment !== null && { as_of: new Date(moment / 1_000).toISOString() }),
      }),
    onSuccess: ({ title }) => {
      kept();
      tell(t("{title} is being made; it is in the list", { title }));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: reports.queryKey }),
  });
  return (
    <>
      <Modal title={t("Make a report")} shape="drawer" onClose={() => leave(onClose)}>
        <div className="p-5">
          <Form
            onSubmit={() => make.mutate()}
            busy={make.isPending}
            error={make.error}
            submit={t("Make it")}
            idle={
              !definition ||
              (when === "then" && moment === null) ||
              isBackwards(changes.period) ||
              Object.values(changes.params ?? {}).some((params) => wrongOf(params) !== undefined)
            }
          >
            <SelectField
              label={t("Which report")}
              value={name}
              of={known.map(
                ({ name, built_in, definition: { title } }) =>
                  [name, built_in ? title : t("{title}, your own", { title })] as const,
              )}
              onChange={(name) => {
                choose(name);
                // Values are of the queries of one report.
                change({ ...changes, params: {} });
              }}
              hint={definition?.description}
            />
            <SelectField
              label={t("File")}
              value={file}
              of={formats().map(([one, title, about]) => [one, t("{title}: {about}", { title, about })] as const)}
              onChange={setFile}
            />
            <PeriodField
              value={changes.period ?? null}
              own={definition?.period}
              onChange={(period) => change({ ...changes, period })}
            />
            <FilterField
              legend={t("Only on")}
              hint={t("Unchanged, it covers what its definition says. You get only what you may see.")}
              value={changes.scope ?? {}}
              onChange={(scope) => change({ ...changes, scope })}
            />
            {definition && queriesOf(definition).size > 0 && may("sql:run") && (
              <ParamsFields
                key={name}
                of={definition}
                value={changes.params ?? {}}
                onChange={(params) => change({ ...changes, params })}
              />
            )}
            <Fields
              legend={t("As of")}
              hint={
                when === "then"
                  ? t(
                      "It says which periods were over by then. Figures are of the rows that are there now; risks and forecasts of later days are left out.",
                    )
                  : t("As things stood at the last full quarter of an hour.")
              }
            >
              <Ways
                label={t("As of")}
                value={when}
                of={[
                  ["now", t("Now")],
                  ["then", t("An earlier moment")],
                ]}
                onChoose={setWhen}
              />
              {when === "then" && (
                <TextField
                  label={t("By the clocks of {timeZone}", { timeZone: format.timeZone })}
                  type="datetime-local"
                  required
                  value={at}
                  onChange={setAt}
                  width="w-full sm:w-60"
                />
              )}
            </Fields>
            <LanguageField
              value={changes.language ?? null}
              own={definition}
              onChange={(language) => change({ ...changes, language })}
            />
            <TextField
              label={t("Title")}
              value={changes.title ?? ""}
              placeholder={definition?.title}
              maxLength={120}
              onChange={(title) => change({ ...changes, title })}
              hint={t("What its cover says; left out, that of its definition.")}
            />
          </Form>
        </div>
      </Modal>
      {question}
    </>
  );
}

/** How the tenant looks (docs/design-system.md): name, logo and colours, seen before they are kept, and the fonts of its reports. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import {
  branding,
  COLOURS,
  dataUrl,
  previewBranding,
  setBranding,
  type Branding as Worn,
  type ColourName,
  type Colours,
  type Logo,
  type Looks,
} from "@/api/branding";
import { named } from "@/design/tokens";
import { Button, fieldLook } from "@/parts/Button";
import { FileButton } from "@/parts/FileButton";
import { Fields, Form, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { useMeanwhile } from "@/parts/Meanwhile";
import { Failure, Skeleton } from "@/parts/Notice";
import { Panel } from "@/parts/Page";
import { tell } from "@/parts/Told";
import { useUnsaved } from "@/parts/Unsaved";
import { t } from "@/texts/texts";
import { AdminPage } from "./Admin";
import { Sample, Warnings } from "./BrandSample";
import { Fonts } from "./Fonts";

export function Branding() {
  const { data, error, isPending, isError, refetch } = useQuery(branding);
  return (
    <AdminPage
      path="/admin/branding"
      lead={t("What stands in the place of Pulse's: on every page, and in reports. What you leave out is Pulse's own.")}
    >
      {isPending && <Skeleton label={t("How the tenant looks is on its way")} rows={6} />}
      {isError && <Failure error={error} again={() => void refetch()} />}
      {data && <Edit looks={data} />}
      <Fonts />
    </AdminPage>
  );
}

const colourWords = (one: ColourName): readonly [title: string, about: string] => {
  switch (one) {
    case "accent":
      return [t("Accent"), t("what can be clicked, and what is chosen")];
    case "second":
      return [t("Second"), t("where a gradient that begins with the accent ends")];
    case "good":
      return [t("Good"), t("what is for the better")];
    case "warn":
      return [t("Warn"), t("what wants to be looked at")];
    case "bad":
      return [t("Bad"), t("what is for the worse")];
  }
};

const HEX = /^#[0-9a-f]{6}$/i;

/** What is typed, as it is sent: what is no colour is left out. */
export function wornOf(name: string, logo: Logo | null, colours: Worn["colours"]): Worn {
  const given = (all: Colours) =>
    Object.fromEntries(COLOURS.flatMap((one) => (HEX.test(all[one] ?? "") ? [[one, (all[one] ?? "").toLowerCase()]] : [])));
  return { name: name.trim() || null, logo, colours: { light: given(colours.light), dark: given(colours.dark) } };
}

function useKeep(done: (looks: Looks) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ worn, version }: { worn: Worn; version: number }) => setBranding(worn, version),
    onSuccess: (looks) => {
      client.setQueryData(branding.queryKey, looks);
      done(looks);
    },
    // Who was overtaken is told, and what was typed stays.
    onError: () => client.invalidateQueries({ queryKey: branding.queryKey }),
  });
}

function Edit({ looks }: { looks: Looks }) {
  const client = useQueryClient();
  const [began, begin] = useState(looks);
  const [name, setName] = useState(looks.name ?? "");
  const [logo, setLogo] = useState(looks.logo);
  const [colours, setColours] = useState(looks.colours);
  const worn = wornOf(name, logo, colours);
  const kept = wornOf(looks.name ?? "", looks.logo, looks.colours);
  const asked = useSettled(worn);
  const shown = useQuery({
    queryKey: ["branding-preview", asked],
    queryFn: () => previewBranding(asked),
    placeholderData: keepPreviousData,
  });
  const take = (of: Looks) => {
    begin(of);
    setName(of.name ?? "");
    setLogo(of.logo);
    setColours(of.colours);
  };
  const keep = useKeep((now) => {
    begin(now);
    tell(t("The tenant looks like this now, for everybody in it"));
  });
  const back = useKeep((now) => {
    take(now);
    tell(t("It is Pulse's own look again"), () =>
      setBranding(kept, now.version).then((looks) => {
        client.setQueryData(branding.queryKey, looks);
        take(looks);
      }),
    );
  });
  const own = JSON.stringify(kept) === JSON.stringify(wornOf("", null, { light: {}, dark: {} }));
  const wrong = (["light", "dark"] as const).some((mode) =>
    COLOURS.some((one) => colours[mode][one] && !HEX.test(colours[mode][one])),
  );
  const meanwhile = useMeanwhile({ of: began, now: looks, onAnew: () => take(looks) }, keep.isPending || back.isPending);
  const { question } = useUnsaved(JSON.stringify(worn) !== JSON.stringify(kept));
  return (
    <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,24rem)]">
      {question}
      <Panel
        title={t("Name, logo and colours")}
        actions={
          !own && (
            <Button disabled={back.isPending} onClick={() => back.mutate({ worn: NOTHING, version: looks.version })}>
              {t("Back to Pulse's own")}
            </Button>
          )
        }
      >
        <Form
          onSubmit={() => keep.mutate({ worn, version: meanwhile.version ?? looks.version })}
          busy={keep.isPending}
          error={keep.error ?? back.error}
          submit={t("Keep")}
          idle={wrong || JSON.stringify(worn) === JSON.stringify(kept) || meanwhile.overtaken}
        >
          {meanwhile.notice}
          <TextField
            label={t("Name")}
            maxLength={60}
            value={name}
            onChange={setName}
            placeholder={t("Pulse")}
            hint={t("What the product is called here: above the pages, in windows' titles, on reports.")}
          />
          <LogoField value={logo} onChange={setLogo} />
          <Fields
            legend={t("Colours")}
            hint={t(
              "One that cannot be read somewhere is not shown there as it is: the nearest of its hue that can be takes its place.",
            )}
          >
            <ColourRows value={colours} onChange={setColours} />
          </Fields>
        </Form>
      </Panel>
      <div className="flex min-w-0 flex-col gap-5 xl:sticky xl:top-18">
        <Panel
          title={t("How it would look")}
          about={JSON.stringify(worn) === JSON.stringify(kept) ? t("As it does now.") : t("Nothing of it is kept yet.")}
        >
          {shown.isError && <Failure error={shown.error} />}
          {shown.isPending && <Skeleton label={t("How it would look is on its way")} rows={6} />}
          {shown.data && (
            <div className={`flex flex-col gap-3 ${shown.isPlaceholderData ? "opacity-60" : ""}`}>
              <Sample mode="light" css={shown.data.css} worn={worn} />
              <Sample mode="dark" css={shown.data.css} worn={worn} />
            </div>
          )}
        </Panel>
        {shown.data && <Warnings of={shown.data.warnings} />}
      </div>
    </div>
  );
}

const NOTHING: Worn = { name: null, logo: null, colours: { light: {}, dark: {} } };

/** A value once it has not changed for a moment: what is dragged along is not asked for at each step. */
function useSettled<T>(value: T): T {
  const text = JSON.stringify(value);
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return JSON.parse(settled) as T;
}

const TYPES = ["image/png", "image/svg+xml"];
const MOST_BYTES = 100 * 1024;

/** Why a file can be no logo. */
export function logoWrong({ type, size }: { type: string; size: number }): string | null {
  if (!TYPES.includes(type)) return t("It should be a PNG or an SVG.");
  return size > MOST_BYTES ? t("It should have 100 KiB at most.") : null;
}

const base64 = (file: File): Promise<string> =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done((typeof reader.result === "string" ? reader.result : "").replace(/^[^,]*,/, ""));
    reader.onerror = () => fail(new Error(t("It could not be read.")));
    reader.readAsDataURL(file);
  });

function LogoField({ value, onChange }: { value: Logo | null; onChange: (value: Logo | null) => void }) {
  const id = useId();
  const [wrong, setWrong] = useState<string | null>(null);
  const take = async (file: File) => {
    const reason = logoWrong(file);
    setWrong(reason);
    if (reason) return;
    try {
      onChange({ media_type: file.type, data: await base64(file) });
    } catch (error) {
      setWrong(error instanceof Error ? error.message : t("It could not be read."));
    }
  };
  return (
    <Fields legend={t("Logo")} hint={t("A PNG or SVG of up to 100 KiB. It is shown as a picture; nothing in it runs.")}>
      <div className="flex flex-wrap items-center gap-3">
        <div className="grid h-14 min-w-14 place-items-center rounded-md border border-line bg-sunken p-2">
          {value ? (
            <img src={dataUrl(value)} alt={t("The logo")} className="max-h-10 max-w-40 object-contain" />
          ) : (
            <Icon name="empty" className="size-5 text-soft" />
          )}
        </div>
        <FileButton
          label={value ? t("Another file") : t("Choose a file")}
          accept={TYPES.join(",")}
          describedBy={wrong ? `${id}-wrong` : undefined}
          onFile={(file) => void take(file)}
        />
        {value && (
          <Button look="quiet" onClick={() => onChange(null)}>
            {t("Without one")}
          </Button>
        )}
      </div>
      {wrong && (
        <p id={`${id}-wrong`} role="alert" className="text-sm text-bad">
          {wrong}
        </p>
      )}
    </Fields>
  );
}

function ColourRows({ value, onChange }: { value: Worn["colours"]; onChange: (value: Worn["colours"]) => void }) {
  const set = (mode: "light" | "dark", one: ColourName, colour: string | null) =>
    onChange({ ...value, [mode]: { ...value[mode], [one]: colour } });
  return (
    <div className="flex flex-col gap-4">
      {COLOURS.map((one, at) => {
        const [colour, about] = colourWords(one);
        return (
          <div key={one} className="grid items-start gap-x-4 gap-y-2 sm:grid-cols-2">
            <div className="text-sm sm:col-span-2">
              <p className="font-medium">{colour}</p>
              <p className="text-xs text-soft">{about}</p>
            </div>
            {(["light", "dark"] as const).map((mode) => (
              <ColourField
                key={mode}
                label={
                  mode === "light" ? t("{colour}, on light grounds", { colour }) : t("{colour}, on dark grounds", { colour })
                }
                words={mode === "light" ? t("On light grounds") : t("On dark grounds")}
                head={at === 0}
                value={value[mode][one] ?? null}
                own={(mode === "dark" && value.light[one]) || named(mode, "regular")[one] || "#808080"}
                none={mode === "dark" && value.light[one] ? t("as on light") : t("Pulse's own")}
                onChange={(colour) => set(mode, one, colour)}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}

/** A colour by its picker and its digits. */
function ColourField({
  label,
  words,
  head,
  value,
  own,
  none,
  onChange,
}: {
  label: string;
  words: string;
  /** Whether it is the first of its column; the others need no heading where columns stand side by side. */
  head: boolean;
  /** What is shown while there is none. */
  own: string;
  value: string | null;
  none: string;
  onChange: (value: string | null) => void;
}) {
  const id = useId();
  const wrong = value !== null && value !== "" && !HEX.test(value);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span aria-hidden="true" className={`text-xs text-soft ${head ? "" : "sm:hidden"}`}>
        {words}
      </span>
      <div className="flex items-center gap-1.5">
        <input
          type="color"
          aria-label={t("{label}, picked", { label })}
          value={value !== null && HEX.test(value) ? value : own}
          onChange={(event) => onChange(event.target.value)}
          className={`h-8 w-9 shrink-0 cursor-pointer rounded-md border bg-surface p-0.5 ${value ? "border-edge" : "border-dashed border-edge"}`}
        />
        <input
          aria-label={label}
          value={value ?? ""}
          placeholder={none}
          maxLength={7}
          spellCheck={false}
          autoCapitalize="none"
          aria-invalid={wrong}
          aria-describedby={wrong ? id : undefined}
          onChange={(event) => onChange(event.target.value.trim() || null)}
          className={`${fieldLook} w-full min-w-0 font-mono placeholder:font-sans`}
        />
        {value && (
          <Button look="quiet" aria-label={`${label}: ${none}`} onClick={() => onChange(null)} className="px-1.5">
            <Icon name="close" />
          </Button>
        )}
      </div>
      {wrong && (
        <span id={id} className="text-xs text-bad">
          {t("Six digits such as #0b6b8a.")}
        </span>
      )}
    </div>
  );
}

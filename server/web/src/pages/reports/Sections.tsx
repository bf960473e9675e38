/** The sections of a report of one's own: added, left out, put in another order, and each with what it shows. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { definitions } from "@/api/queries";
import type { Content, Section } from "@/api/reports";
import { Button } from "@/parts/Button";
import { Fields, SelectField, TextArea, TextField } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { useSource } from "@/parts/source";
import { t } from "@/texts/texts";
import { kindOf, kinds, lacks, MOST, moved, shownAs } from "./sections";
import { SectionPreview } from "./SectionPreview";
import { ShowsFields } from "./ShowsFields";

interface Props {
  /** The report that they are of, as it would be made. */
  of: Content;
  onChange: (sections: Section[]) => void;
}

const EMPTY: Section = { title: "", text: "", shows: { tiles: [] } };

export function Sections({ of, onChange }: Props) {
  const { sections } = of;
  // Who they are while they change their places: a field that is typed in stays the same one.
  const [keys, setKeys] = useState(() => sections.map((_, at) => at));
  const next = useRef(sections.length);
  const list = useRef<HTMLOListElement>(null);
  const [focus, setFocus] = useState<{ key: number; on: "up" | "down" | "title" } | null>(null);
  const [said, say] = useState("");
  const [left, setLeft] = useState<{ section: Section; key: number; at: number } | null>(null);
  const adds = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!focus) return;
    const item = list.current?.querySelector(`[data-key="${focus.key}"]`);
    // At an end the button of that way is idle: the other one leads back.
    const places = focus.on === "title" ? ["title"] : [focus.on, focus.on === "up" ? "down" : "up"];
    const found = places.map((on) =>
      item?.querySelector<HTMLElement>(on === "title" ? "input" : `[data-on="${on}"]:not([disabled])`),
    );
    found.find(Boolean)?.focus();
  }, [focus]);
  const move = (at: number, to: number) => {
    const key = keys[at];
    if (key === undefined || to < 0 || to >= sections.length) return;
    onChange(moved(sections, at, to));
    setKeys(moved(keys, at, to));
    setFocus({ key, on: to < at ? "up" : "down" });
    const [title, place] = [sections[at]?.title, { place: to + 1, all: sections.length }];
    say(
      title
        ? t("{title} is at place {place} of {all}", { title, ...place })
        : t("The section is at place {place} of {all}", place),
    );
  };
  const add = () => {
    const key = next.current;
    next.current += 1;
    onChange([...sections, EMPTY]);
    setKeys([...keys, key]);
    setFocus({ key, on: "title" });
  };
  const leaveOut = (at: number) => {
    onChange(sections.toSpliced(at, 1));
    setKeys(keys.toSpliced(at, 1));
    const [section, key] = [sections[at], keys[at]];
    say(section?.title ? t("{title} is left out", { title: section.title }) : t("The section is left out"));
    if (section && key !== undefined) setLeft({ section, key, at });
    const beside = keys[at + 1] ?? keys[at - 1];
    if (beside !== undefined) setFocus({ key: beside, on: "title" });
    else adds.current?.focus();
  };
  const takeBack = ({ section, key, at }: NonNullable<typeof left>) => {
    onChange(sections.toSpliced(at, 0, section));
    setKeys(keys.toSpliced(at, 0, key));
    setFocus({ key, on: "title" });
    setLeft(null);
    say(section.title ? t("{title} is back", { title: section.title }) : t("The section is back"));
  };
  return (
    <Fields
      legend={t("Sections")}
      hint={t("They follow one another in this order. Alt and an arrow move the one that you are in, too.")}
    >
      <ol ref={list} className="flex flex-col gap-3">
        {sections.map((section, at) => (
          <One
            key={keys[at] ?? at}
            name={keys[at] ?? at}
            at={at}
            count={sections.length}
            of={of}
            section={section}
            onChange={(section) => onChange(sections.map((other, place) => (place === at ? section : other)))}
            onMove={(to) => move(at, to)}
            onLeaveOut={() => leaveOut(at)}
          />
        ))}
      </ol>
      <p role="status" className="sr-only">
        {said}
      </p>
      {sections.length === 0 && <p className="text-sm text-bad">{t("It needs a section.")}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <Button ref={adds} onClick={add} disabled={sections.length >= MOST.sections}>
          <Icon name="plus" />
          {t("Add a section")}
        </Button>
        {left && (
          <Button look="quiet" disabled={sections.length >= MOST.sections} onClick={() => takeBack(left)}>
            {left.section.title
              ? t("Undo: {title} is left out", { title: left.section.title })
              : t("Undo: the section is left out")}
          </Button>
        )}
      </div>
    </Fields>
  );
}

interface OneProps {
  name: number;
  at: number;
  count: number;
  of: Content;
  section: Section;
  onChange: (section: Section) => void;
  onMove: (to: number) => void;
  onLeaveOut: () => void;
}

function One({ name, at, count, of, section, onChange, onMove, onLeaveOut }: OneProps) {
  const { data: known = [] } = useQuery(definitions);
  const [shown, show] = useState(false);
  const { title, text, shows } = section;
  const make = useSource(shows);
  const called = title.trim() || t("section {number}", { number: at + 1 });
  const lack = lacks(section);
  return (
    // The keys are those of whatever has the focus inside.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      data-key={name}
      aria-label={t("Section {number}: {called}", { number: at + 1, called })}
      className="flex flex-col gap-3 rounded-lg border border-line p-3"
      onKeyDown={(event) => {
        if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        onMove(event.key === "ArrowUp" ? at - 1 : at + 1);
      }}
    >
      <div className="flex items-center justify-between gap-2">
        <span className="text-sm font-medium text-soft">{t("{place} of {all}", { place: at + 1, all: count })}</span>
        <div className="flex">
          <Button
            look="quiet"
            data-on="up"
            aria-label={t("Move {called} up", { called })}
            disabled={at === 0}
            onClick={() => onMove(at - 1)}
          >
            <Icon name="up" />
          </Button>
          <Button
            look="quiet"
            data-on="down"
            aria-label={t("Move {called} down", { called })}
            disabled={at === count - 1}
            onClick={() => onMove(at + 1)}
          >
            <Icon name="down" />
          </Button>
          <Button look="quiet" aria-label={t("Leave {called} out", { called })} onClick={onLeaveOut}>
            <Icon name="close" />
          </Button>
        </div>
      </div>
      <TextField
        label={t("Heading")}
        required
        value={title}
        maxLength={200}
        onChange={(title) => onChange({ ...section, title })}
      />
      <SelectField
        label={t("Shows")}
        value={kindOf(shows)}
        of={kinds()}
        onChange={(kind) =>
          onChange({ ...section, shows: make((source) => (kindOf(source) === kind ? source : shownAs(kind, source, known))) })
        }
      />
      <ShowsFields value={shows} onChange={(shows) => onChange({ ...section, shows })} />
      <TextArea
        label={t("Text")}
        value={text}
        rows={2}
        maxLength={5_000}
        onChange={(text) => onChange({ ...section, text })}
        hint={t("Plain, below its heading; an empty line begins another paragraph.")}
      />
      {lack && <p className="text-sm text-bad">{lack}</p>}
      <div className="flex flex-col gap-2">
        <Button className="self-start" aria-expanded={shown} disabled={lack !== null} onClick={() => show(!shown)}>
          {shown ? t("Hide its figures") : t("What it shows now")}
        </Button>
        {shown && lack === null && <SectionPreview of={of} shows={shows} />}
      </div>
    </li>
  );
}

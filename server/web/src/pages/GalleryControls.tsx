/** What is pressed, typed and chosen, in every state: the gallery's part of it. */

import { useState, type ReactNode } from "react";
import { Problem } from "@/api/client";
import type { Filter } from "@/api/types";
import type { When } from "@/api/work";
import { Button } from "@/parts/Button";
import { Chip } from "@/parts/Chip";
import { Confirm } from "@/parts/Confirm";
import { DurationField } from "@/parts/Duration";
import { FileButton } from "@/parts/FileButton";
import { FilterField } from "@/parts/FilterField";
import { Check, Fields, Form, ListField, SelectField, TextArea, TextField, Ways } from "@/parts/Form";
import { Icon } from "@/parts/Icon";
import { Progress, STATES } from "@/parts/JobState";
import { Mark, type Tone } from "@/parts/Mark";
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, MenuLink } from "@/parts/Menu";
import { Secret } from "@/parts/Secret";
import { Select } from "@/parts/Select";
import { Steps } from "@/parts/Steps";
import { Tabs } from "@/parts/Tabs";
import { tell } from "@/parts/Told";
import { WhenField } from "@/parts/When";
import { NOON } from "@/pages/samples";

const nothing = () => undefined;
const ROLES = [
  ["viewer", "Viewer"],
  ["analyst", "Analyst"],
] as const;
const TONES: readonly Tone[] = ["good", "bad", "warn", "plain", "accent"];
const WAYS = ["Kind", "Access and scope", "What counts", "First reading"];
const REFUSED = new Problem(
  422,
  "bad-setting",
  "This cannot be kept",
  "The time zone `Mars` is not known: name one of the IANA's.",
);

/** Whatever is said of a choice by whoever makes it. */
function Kept<T>({ of, children }: { of: T; children: (value: T, set: (value: T) => void) => ReactNode }) {
  const [value, set] = useState(of);
  return children(value, set);
}

export function Buttons() {
  const [asks, ask] = useState(false);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button>Plain</Button>
      <Button look="main">Main</Button>
      <Button look="bad" onClick={() => ask(true)}>
        Bad
      </Button>
      <Button look="quiet">Quiet</Button>
      <Button disabled>Disabled</Button>
      <FileButton label="Choose a file" accept="image/png" onFile={nothing} />
      <FileButton label="No file now" accept="image/png" disabled onFile={nothing} />
      <Button onClick={() => tell("The role was removed.", () => Promise.resolve())}>What was done is told</Button>
      <Kept of="week">
        {(value, set) => (
          <Menu trigger={<Button>A menu</Button>}>
            <MenuLabel>By</MenuLabel>
            <MenuChoice
              value={value}
              of={[
                ["week", "week"],
                ["month", "month"],
              ]}
              onChoose={set}
            />
            <MenuLine />
            <MenuItem onSelect={nothing}>Print</MenuItem>
            <MenuLink href="/dora">DORA</MenuLink>
          </Menu>
        )}
      </Kept>
      {asks && (
        <Confirm
          title="Remove the connection hub"
          action="Remove it"
          word="hub"
          run={() => Promise.reject(REFUSED)}
          onClose={() => ask(false)}
        >
          <p>What was read through it stays.</p>
        </Confirm>
      )}
    </div>
  );
}

export function FieldStates() {
  return (
    <div className="grid gap-x-8 gap-y-6 md:grid-cols-2">
      <Form onSubmit={nothing} busy={false} submit="Keep" beside={<Button>Leave it</Button>}>
        <TextField label="Name" value="" placeholder="Pulse" onChange={nothing} />
        <TextField label="Address" value="api.example.com" onChange={nothing} hint="Where the API is, with its scheme." />
        <TextField label="Least" value="-1" type="number" onChange={nothing} wrong="It is 0 or more." hint="Rows." />
        <TextField label="Organization" value="acme" disabled onChange={nothing} />
        <TextArea label="Statement" mono value="SELECT 1" onChange={nothing} />
        <TextArea label="Remark" value="" onChange={nothing} wrong="Say why." />
      </Form>
      <Form onSubmit={nothing} busy submit="Keep" error={REFUSED}>
        <Kept<"viewer" | "analyst"> of="viewer">
          {(value, set) => (
            <>
              <SelectField label="Role" value={value} of={ROLES} onChange={set} hint="What somebody may do." />
              <Ways label="Role, of few" value={value} of={ROLES} onChoose={set} />
            </>
          )}
        </Kept>
        <SelectField label="Role of another" value="viewer" of={ROLES} disabled onChange={nothing} />
        <SelectField label="Role of a program" value="viewer" of={ROLES} wrong="No program may have it." onChange={nothing} />
        <Kept of={["prod*", "production"]}>
          {(value, set) => <ListField label="Environments" value={value} onChange={set} hint="Patterns, apart by commas." />}
        </Kept>
        <Kept of={true}>
          {(value, set) => <Check label="Only production counts" checked={value} onChange={set} hint="Others are left out." />}
        </Kept>
        <Check label="Decided elsewhere" checked={false} disabled onChange={nothing} />
      </Form>
      <Fields legend="For how long, and when" hint="What a schedule says.">
        <Kept of={7_200}>{(value, set) => <DurationField label="Kept for" value={value} onChange={set} />}</Kept>
        <Kept<When> of={{ every: 900 }}>{(value, set) => <WhenField value={value} onChange={set} />}</Kept>
      </Fields>
      <div className="flex flex-col gap-6">
        <Kept<Filter> of={{ teams: ["p:1"] }}>
          {(value, set) => <FilterField legend="Only" value={value} onChange={set} of={["team", "project"]} />}
        </Kept>
        <Kept of="median">
          {(value, set) => (
            <Select
              label="By"
              value={value}
              of={[
                ["median", "median"],
                ["p90", "90th percentile"],
              ]}
              onChoose={set}
            />
          )}
        </Kept>
        <Secret label="The token" value="pulse_example">
          Keep it where programs find it.
        </Secret>
      </div>
    </div>
  );
}

export function WaysAndStates() {
  return (
    <div className="flex flex-col gap-5">
      {WAYS.map((way, at) => (
        <Steps key={way} of={WAYS} at={at} />
      ))}
      <Kept<"rows" | "chart"> of="rows">
        {(value, set) => (
          <Tabs
            label="What is shown"
            value={value}
            of={[
              ["rows", "Rows"],
              ["chart", "Chart"],
            ]}
            onChoose={set}
          >
            <p className="p-3 text-sm">{value === "rows" ? "Rows stand here." : "A chart stands here."}</p>
          </Tabs>
        )}
      </Kept>
      <ul className="flex flex-wrap gap-1.5">
        <Chip label="Shop" onRemove={nothing} />
        <Chip label="A team with a name that is longer than a phone is wide, and goes on" onRemove={nothing} />
      </ul>
      <div className="flex flex-wrap gap-2">
        {TONES.map((tone) => (
          <Mark key={tone} tone={tone}>
            {tone}
          </Mark>
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-6 gap-y-2 text-sm">
        {Object.entries(STATES).map(([state, { icon, look, words }]) => (
          <li key={state} className="flex items-center gap-1.5">
            <Icon name={icon} className={look} />
            {words}
          </li>
        ))}
      </ul>
      <div className="text-sm">
        <Progress of={{ done: 812, total: 4_300, message: "pull requests", rate: 12, ends_at: NOON }} />
        <Progress of={{ done: 812, total: null, message: "payloads", rate: null, ends_at: null }} />
      </div>
    </div>
  );
}

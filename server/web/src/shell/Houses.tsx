/** Whose figures these are, and the way to other tenants for people who are in several. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { change } from "@/api/client";
import { dataUrl, type Logo } from "@/api/branding";
import { me } from "@/api/queries";
import { Icon } from "@/parts/Icon";
import { part } from "@/parts/later";
import { Opens } from "@/parts/Popup";
import { tellFailure } from "@/parts/Told";
import { leaving } from "@/parts/unkept";
import { t } from "@/texts/texts";

const menu = part(() => import("./HousesMenu"));

/** What the API calls the place of platform operators. */
const PLATFORM = "platform";

/** `brand` stands in the place of the product's name, `logo` of its sign. Not within a dialog: all but that is out of reach while it is
 *  open, the menu included. */
export function Houses({ name, brand, logo }: { name: string | undefined } & Brand) {
  const { data: person } = useQuery(me);
  const [open, setOpen] = useState(false);
  const go = useMutation({
    mutationFn: (tenant: string) => change("POST", "/api/v1/auth/switch", { tenant, cookies: true }),
    // Nothing of one tenant is kept in the other.
    onSuccess: () => location.assign("/"),
    onError: (error) => tellFailure(t("That tenant cannot be entered: {message}", { message: error.message })),
  });
  const here = person ? (person.tenant ?? PLATFORM) : "";
  const places = [...(person?.tenants ?? []), ...(person?.user.operator ? [PLATFORM] : [])];
  if (places.length < 2 || !person) return <House name={name ?? "Pulse"} brand={brand} logo={logo} />;
  const trigger = (
    <button
      disabled={go.isPending}
      aria-label={t("{tenant}: go to another tenant", { tenant: name ?? here })}
      className="flex min-h-9 max-w-full min-w-0 items-center gap-2 rounded-md px-1 text-left hover:bg-hover lg:w-full lg:px-2"
    >
      <House name={name ?? here} brand={brand} logo={logo} inside />
      <Icon name="chevron" className="ml-auto size-3.5 shrink-0 text-soft" />
    </button>
  );
  const of = places.map((id) => [id, id === PLATFORM ? t("The platform, as its operator") : id] as const);
  const opens = { trigger, open, onOpen: setOpen };
  return (
    <Opens
      {...opens}
      of={menu}
      kind="menu"
      props={{ ...opens, here, of, onGo: (place: string) => leaving(() => go.mutate(place)) }}
    />
  );
}

export interface Brand {
  brand?: string | null | undefined;
  logo?: Logo | null | undefined;
}

/** `inside` says that what it stands in has room around it already. */
export function House({ name, brand, logo, inside = false }: { name: string; inside?: boolean } & Brand) {
  return (
    <span className={`flex min-w-0 items-center gap-2.5 font-semibold ${inside ? "" : "px-1 lg:px-2"}`}>
      {/* A phone has room for the name alone. */}
      {logo ? <img src={dataUrl(logo)} alt="" className="hidden h-6 max-w-16 shrink-0 object-contain sm:block" /> : <Sign />}
      <span className="min-w-0">
        <span className="block truncate leading-tight lg:line-clamp-2 lg:whitespace-normal">{brand ?? name}</span>
        {brand && brand !== name && <span className="block truncate text-xs font-normal text-soft">{name}</span>}
      </span>
    </span>
  );
}

function Sign() {
  return (
    <svg viewBox="0 0 32 32" className="hidden size-6 shrink-0 sm:block" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--c-accent)" />
      <path
        d="M5 17h5l3-8 6 15 3-7h5"
        fill="none"
        stroke="var(--c-on-accent)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

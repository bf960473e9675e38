import { Link } from "@tanstack/react-router";
import { spanOf, type Search } from "@/api/scope";
import type { Clause } from "@/api/types";
import { t } from "@/texts/texts";
import { EvidenceLink } from "./EvidenceLink";
import { useFormat } from "./Locale";
import { placeOf } from "./place";

/** More than these below the headline are not read, unless somebody asks for them. */
const FEW = 3;

/** What the figures say, the first sentence as a headline. Each sentence opens its rows, or leads to the risks or forecasts that it is about. */
export function Narrative({ clauses }: { clauses: readonly Clause[] }) {
  const [first, ...others] = clauses;
  if (!first) return null;
  const [headline, ...rest] = [...parted(first), ...others];
  // One more than a few would take no more room than the line that hides it.
  const most = rest.length > FEW + 1 ? FEW : rest.length;
  const quiet = "decoration-transparent underline underline-offset-4 hover:decoration-edge print:no-underline";
  return (
    <section aria-label={t("In words")} className="max-w-[62rem]">
      <p className="text-xl font-semibold tracking-tight text-balance">
        <Sentence clause={headline} className={quiet} />
      </p>
      {rest.length > 0 && (
        <div className="mt-2 text-soft">
          <Sentences clauses={rest.slice(0, most)} className={`${quiet} hover:text-ink`} />
          {rest.length > most && (
            <details>
              <summary className="min-h-6 text-sm print:hidden text-accent-text hover:underline">
                {t("{count} more", { count: rest.length - most })}
              </summary>
              <Sentences clauses={rest.slice(most)} className={`${quiet} hover:text-ink`} />
            </details>
          )}
        </div>
      )}
    </section>
  );
}

function Sentences({ clauses, className }: { clauses: readonly Clause[]; className: string }) {
  return (
    <ul>
      {clauses.map((clause, at) => (
        <li key={`${clause.href}${at}`} className="py-0.5">
          <Sentence clause={clause} className={className} />
        </li>
      ))}
    </ul>
  );
}

/** A headline is one sentence; what a clause says besides goes on below it. */
export function parted(clause: Clause): [Clause, ...Clause[]] {
  const end = clause.text.search(/[.!?] (?=[A-Z0-9])/);
  if (end < 0) return [clause];
  return [
    { ...clause, text: clause.text.slice(0, end + 1) },
    { ...clause, text: clause.text.slice(end + 2) },
  ];
}

function Sentence({ clause: { text, href }, className }: { clause: Clause; className: string }) {
  const words = useFormat().sentence(text);
  const place = placeOf(href);
  if (!place)
    return (
      <EvidenceLink href={href} className={className}>
        {words}
      </EvidenceLink>
    );
  const { to, hash, project } = place;
  return (
    <Link
      to={to}
      hash={hash}
      search={project.length > 0 ? (before: Search) => ({ ...spanOf(before), project }) : true}
      className={className}
    >
      {words}
    </Link>
  );
}

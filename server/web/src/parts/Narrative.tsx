import type { Clause } from "@/api/types";
import { EvidenceLink } from "./EvidenceLink";

/** What the figures say, the first sentence as a headline. Each sentence opens its rows. */
export function Narrative({ clauses }: { clauses: readonly Clause[] }) {
  const [first, ...others] = clauses;
  if (!first) return null;
  const [headline, ...rest] = [...parted(first), ...others];
  const quiet = "decoration-transparent underline underline-offset-4 hover:decoration-edge print:no-underline";
  return (
    <section aria-label="In words" className="max-w-[62rem]">
      <p className="text-xl font-semibold tracking-tight text-balance">
        <Sentence clause={headline} className={quiet} />
      </p>
      {rest.length > 0 && (
        <p className="mt-2 leading-relaxed text-soft">
          {rest.map((clause, at) => (
            <span key={`${clause.href}${at}`}>
              <Sentence clause={clause} className={`${quiet} hover:text-ink`} />{" "}
            </span>
          ))}
        </p>
      )}
    </section>
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

function Sentence({ clause, className }: { clause: Clause; className: string }) {
  // A sentence about risks leads to rows that are no metric's: those stand on the page itself.
  if (!clause.href.startsWith("/api/v1/metrics/")) return <>{clause.text}</>;
  return (
    <EvidenceLink href={clause.href} className={className}>
      {clause.text}
    </EvidenceLink>
  );
}

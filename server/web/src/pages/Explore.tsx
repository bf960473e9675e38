/** One's own questions in SQL (docs/sql.md): written, run, looked at, taken away, and shared by the address. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Problem } from "@/api/client";
import { me } from "@/api/queries";
import { TABS, type Search, type Tab } from "@/api/scope";
import { savedQuery, type Saved } from "@/api/saved";
import type { Question } from "@/api/sql";
import type { EditorHandle } from "@/explore/editor";
import { clearHistory, draft, history, keep, keepDraft, whose, type Asked, type Whose } from "@/explore/kept";
import { History, UnderWay } from "@/explore/Lists";
import { Parameters } from "@/explore/Parameters";
import {
  declared,
  parametersOf,
  read,
  takes,
  typedOf,
  untyped,
  values,
  written,
  wrongWith,
  type TypedBy,
} from "@/explore/parameters";
import { Plan } from "@/explore/Plan";
import { QuickChart } from "@/explore/QuickChart";
import { Download, Results, Summary } from "@/explore/Results";
import { SaveForm } from "@/explore/SaveForm";
import { Removed, SavedActions, SavedTitle } from "@/explore/SavedHead";
import { SavedList } from "@/explore/SavedList";
import { SchemaBrowser } from "@/explore/SchemaBrowser";
import { sample, spot } from "@/explore/statement";
import { Versions } from "@/explore/Versions";
import { useRun } from "@/explore/useRun";
import { Button } from "@/parts/Button";
import { copy } from "@/parts/copy";
import { Icon } from "@/parts/Icon";
import { useFormat } from "@/parts/Locale";
import { Modal } from "@/parts/Modal";
import { EmptyState, Failure, Skeleton } from "@/parts/Notice";
import { useTitle } from "@/parts/Page";
import { Tabs } from "@/parts/Tabs";
import { useUnsaved } from "@/parts/Unsaved";
import { tellFailure } from "@/parts/Told";
import { rich } from "@/texts/rich";
import { t } from "@/texts/texts";

const Editor = lazy(() => import("@/explore/Editor"));

/** An address longer than this is cut off by somebody on its way. */
const LONGEST_ADDRESS = 8_000;

const TAB_WORDS: Record<Tab, () => string> = {
  rows: () => t("Rows"),
  chart: () => t("Chart"),
  plan: () => t("Plan"),
  history: () => t("History"),
  saved: () => t("Saved"),
  now: () => t("Under way"),
};
const tabs = () => TABS.map((tab) => [tab, TAB_WORDS[tab]()] as const);

export function Explore() {
  const { data: person, isPending, isError, error, refetch } = useQuery(me);
  useTitle(t("Explore"));
  if (isPending) return <Skeleton label={t("The page is on its way")} />;
  if (isError) return <Failure error={error} again={() => void refetch()} />;
  if (!person.permissions.includes("sql:run"))
    return (
      <>
        <h1 className="text-xl font-semibold">{t("Explore")}</h1>
        <EmptyState icon="explore" title={t("Questions in SQL are not yours to ask")}>
          {rich(
            "They take the permission <code>sql:run</code>, which owners, admins and analysts have. Ask one of your admins for it.",
            { code: (inner) => <code>{inner}</code> },
          )}
        </EmptyState>
      </>
    );
  return <Opened whose={whose(person)} manages={person.permissions.includes("tenant:manage")} />;
}

interface Of {
  whose: Whose | null;
  /** Whether one may remove what others share. */
  manages: boolean;
}

/** What the address names: a saved query, or none. */
function Opened(of: Of) {
  const id = useParams({ strict: false, select: (params: { id?: string }) => params.id });
  const { data, error, isError, isPending, refetch } = useQuery({ ...savedQuery(id ?? ""), enabled: id !== undefined });
  if (id === undefined) return <Page key="none" {...of} />;
  if (isPending) return <Skeleton label={t("The saved query is on its way")} />;
  if (isError && !data)
    return (
      <>
        <h1 className="mb-3 text-xl font-semibold">{t("Explore")}</h1>
        <Failure error={error} again={() => void refetch()} />
      </>
    );
  return <Page key={id} {...of} saved={data} />;
}

function Page({ whose, manages, saved }: Of & { saved?: Saved }) {
  const format = useFormat();
  const navigate = useNavigate();
  const search: Search = useSearch({ strict: false });
  const [text, setText] = useState(() => search.sql ?? saved?.sql ?? draft(whose));
  // What the editor is to hold, when that comes from elsewhere than from itself.
  const [brought, bring] = useState({ sql: text });
  const [typed, setTyped] = useState<TypedBy>(() =>
    search.sql === undefined && saved ? typedOf(saved.parameters, format.timeZone) : read(search.params),
  );
  const [panel, setPanel] = useState<"save" | "another" | "versions" | null>(null);
  const [removed, setRemoved] = useState<Saved | null>(null);
  const [strict, setStrict] = useState(false);
  // Which is open stands in the address; the way back leads to what was asked for before, and not through each.
  const { tab = TABS[0] } = search;
  const setTab = (tab: Tab) =>
    void navigate({
      to: ".",
      search: (before: Search) => ({ ...before, tab: tab === TABS[0] ? undefined : tab }),
      replace: true,
      resetScroll: false,
    });
  const [tables, showTables] = useState(false);
  const [copied, setCopied] = useState(false);
  const [asked, setAsked] = useState(() => history(whose));
  const handle = useRef<EditorHandle | null>(null);

  // Going back, and opening another link, brings what stands in the address.
  const [came, setCame] = useState(search);
  if (search.sql !== came.sql || search.params !== came.params) {
    setCame(search);
    if (search.sql !== undefined) {
      setText(search.sql);
      bring({ sql: search.sql });
      setTyped(read(search.params));
    }
  }

  // Once it is removed, what is written is nobody's saved query.
  const standing = removed ? undefined : saved;
  const isChanged = standing !== undefined && standing.sql !== text;
  // A statement that is nobody's saved query is there again (src/explore/kept.ts), and one that stands in the address by the way back.
  const { kept, question: unsaved } = useUnsaved(isChanged && search.sql !== text);
  const client = useQueryClient();
  const { phase, start, cancel } = useRun();

  const names = parametersOf(text);
  const isWhole = names.every((name) => wrongWith(typed[name] ?? untyped) === null);
  const question = (sql: string): Question => {
    const params = values(parametersOf(sql), typed, format.timeZone);
    // By its key only while its text and its parameters are those that are saved.
    const isSaved = standing?.sql === sql && takes(standing.parameters, parametersOf(sql), typed);
    return { sql, ...(params !== undefined && { params }), ...(isSaved && { saved: standing.id }) };
  };

  const change = (sql: string) => {
    setText(sql);
    if (!saved) keepDraft(whose, sql);
    handle.current?.mark(null, "");
  };
  const put = (sql: string) => {
    change(sql);
    bring({ sql });
  };
  const run = (sql = text) => {
    if (sql.trim() === "") return;
    setStrict(true);
    const wrong = parametersOf(sql).find((name) => wrongWith(typed[name] ?? untyped) !== null);
    if (wrong !== undefined) {
      document.getElementById(`parameter-${wrong}`)?.focus();
      return;
    }
    handle.current?.mark(null, "");
    const params = written(parametersOf(sql), typed);
    const fits = encodeURIComponent(sql).length + encodeURIComponent(params ?? "").length <= LONGEST_ADDRESS;
    void navigate({
      to: ".",
      search: (before: Search) => ({
        ...before,
        sql: fits ? sql : undefined,
        params: fits ? params : undefined,
        // What came of it is seen: its chart where that is looked at, else its rows.
        tab: before.tab === "chart" ? before.tab : undefined,
        // Which of its columns are drawn is said of the columns of one statement.
        chart: sql === (search.sql ?? standing?.sql) ? before.chart : undefined,
      }),
      replace: sql === search.sql && params === search.params,
      resetScroll: false,
    });
    void start(question(sql), (milliseconds, rows) =>
      setAsked(keep(whose, { sql, params, at: Date.now() * 1_000, milliseconds, rows })),
    );
  };

  // The place of a mistake is underlined where it stands.
  const failed = phase.is === "failed" && phase.error instanceof Problem ? phase.error : null;
  useEffect(() => {
    if (failed) handle.current?.mark(failed.place, failed.message);
  }, [failed]);
  const mend = ({ place }: Problem) => {
    const where = spot(text, place);
    if (where && place.suggestion !== undefined) handle.current?.replace(where.from, where.until, place.suggestion);
    handle.current?.focus();
  };

  const open = ({ sql, params }: Pick<Asked, "sql" | "params">) => {
    setTyped(read(params));
    put(sql);
    handle.current?.focus();
  };
  const look = (schema: string, table: string) => {
    showTables(false);
    const sql = sample(schema, table);
    put(sql);
    run(sql);
  };
  const insert = (name: string) => {
    showTables(false);
    handle.current?.insert(name);
  };
  /** What is saved needs no statement in the address. */
  const beside = ({ tab, chart }: Search): Search => ({ tab, chart });
  const onSaved = ({ id }: Saved) => {
    setPanel(null);
    setRemoved(null);
    if (id !== saved?.id) kept();
    if (id !== saved?.id) void navigate({ to: "/explore/$id", params: { id }, search: beside });
    else if (search.sql !== undefined) void navigate({ to: ".", search: beside, replace: true });
  };
  /** The text of another version: what was written is a step back in the editor. */
  const take = ({ sql, parameters }: Pick<Saved, "sql" | "parameters">) => {
    setPanel(null);
    setTyped(typedOf(parameters, format.timeZone));
    put(sql);
    if (saved) void client.invalidateQueries({ queryKey: savedQuery(saved.id).queryKey });
  };
  const copyLink = () =>
    void copy(location.href).then(
      () => setCopied(true),
      () => tellFailure(t("The browser did not let it be copied: its address field has the link")),
    );
  const inAddress = search.sql === text;

  return (
    // As high as what the window leaves below the lines above the page: what is long is scrolled within.
    <div className="flex flex-col gap-3 lg:absolute lg:inset-x-6 lg:top-5 lg:bottom-4 print:static">
      <div className="flex flex-wrap items-center gap-2">
        <SavedTitle saved={standing} isChanged={isChanged} />
        <Button onClick={() => showTables(true)} className="lg:hidden">
          <Icon name="table" />
          {t("Tables")}
        </Button>
        <SavedActions
          saved={standing}
          isChanged={isChanged}
          isEmpty={text.trim() === ""}
          manages={manages}
          onSave={() => setPanel("save")}
          onSaveAs={() => setPanel("another")}
          onVersions={() => setPanel("versions")}
          onRemoved={setRemoved}
        />
        <Button
          look="quiet"
          onClick={copyLink}
          disabled={!inAddress || text === ""}
          title={inAddress ? undefined : t("Run it first: then its address holds it")}
        >
          <Icon name={copied && inAddress ? "check" : "out"} />
          {copied && inAddress ? t("Copied") : t("Copy link")}
        </Button>
      </div>
      {removed && <Removed saved={removed} onBack={onSaved} onClose={() => setRemoved(null)} />}
      <div className="grid min-h-0 flex-1 gap-3 lg:grid-cols-[17rem_minmax(0,1fr)]">
        <div className="hidden min-h-0 rounded-lg border border-line bg-surface lg:block">
          <SchemaBrowser onInsert={insert} onSample={look} />
        </div>
        <div className="flex min-h-0 min-w-0 flex-col gap-3">
          <section
            aria-label={t("Statement")}
            className="flex shrink-0 flex-col overflow-hidden rounded-lg border border-line bg-surface"
          >
            <div className="h-[clamp(9rem,26dvh,24rem)] resize-y overflow-hidden print:h-auto print:resize-none">
              <Suspense fallback={<Skeleton label={t("The editor is on its way")} />}>
                <Editor brought={brought} onOpen={(opened) => (handle.current = opened)} onChange={change} onRun={() => run()} />
              </Suspense>
            </div>
            <Parameters names={names} typed={typed} strict={strict} onType={(name, one) => setTyped({ ...typed, [name]: one })} />
            <div className="flex flex-wrap items-center gap-3 border-t border-line px-3 py-2">
              {phase.is === "running" ? (
                <Button onClick={cancel}>
                  <Icon name="close" />
                  {t("Stop")}
                </Button>
              ) : (
                <Button
                  look="main"
                  onClick={() => run()}
                  disabled={text.trim() === ""}
                  aria-keyshortcuts="Control+Enter Meta+Enter"
                >
                  {t("Run")}
                  <kbd className="hidden font-sans text-xs sm:inline">{t("Ctrl Enter")}</kbd>
                </Button>
              )}
              <Summary phase={phase} />
            </div>
          </section>
          <Tabs
            label={t("What came of it")}
            value={tab}
            of={tabs()}
            onChoose={setTab}
            className="h-[32rem] overflow-hidden rounded-lg border border-line bg-surface lg:h-auto lg:min-h-0 lg:flex-1"
            end={
              phase.is === "done" &&
              (tab === "rows" || tab === "chart") && (
                <span className="ml-auto flex items-center gap-2">
                  <Download question={phase.question} />
                </span>
              )
            }
          >
            {tab === "rows" && <Results phase={phase} onSuggestion={mend} onAgain={() => run()} />}
            {tab === "chart" &&
              (phase.is === "done" ? (
                <QuickChart key={phase.question.sql} answer={phase.ran.answer} />
              ) : (
                <Results phase={phase} onSuggestion={mend} onAgain={() => run()} />
              ))}
            {tab === "plan" && <Plan question={isWhole ? question(text) : null} />}
            {tab === "history" && (
              <History
                asked={asked}
                onOpen={open}
                onClear={() => {
                  clearHistory(whose);
                  setAsked([]);
                }}
              />
            )}
            {tab === "saved" && <SavedList open={saved?.id} />}
            {tab === "now" && <UnderWay />}
          </Tabs>
        </div>
      </div>
      {(panel === "save" || panel === "another") && (
        <SaveForm
          draft={{ sql: text, parameters: declared(names, typed, format.timeZone) }}
          of={panel === "save" ? standing : undefined}
          begin={standing && { title: t("{title}, another", { title: standing.title }), description: standing.description }}
          onSaved={onSaved}
          onTake={take}
          onClose={() => setPanel(null)}
        />
      )}
      {panel === "versions" && saved && <Versions of={saved} onOpen={take} onClose={() => setPanel(null)} />}
      {unsaved}
      {tables && (
        <Modal shape="side" title={t("Tables")} onClose={() => showTables(false)}>
          <SchemaBrowser onInsert={insert} onSample={look} />
        </Modal>
      )}
    </div>
  );
}

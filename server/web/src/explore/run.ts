/** Runs a question, and takes its rows as they come. Loaded with the first question: Arrow's reader is not small. */

import { RecordBatchReader, type RecordBatch, type Schema } from "apache-arrow";
import { question, whyItBroke, type Question } from "@/api/sql";
import { answerOf, type Answer } from "./answer";

export interface Ran {
  answer: Answer;
  /** Whether an answer that was kept was given again. */
  cached: boolean;
  milliseconds: number;
}

export interface Tells {
  signal: AbortSignal;
  /** The id by which it can be stopped, once that is known. */
  onId: (id: string) => void;
  onRows: (rows: number) => void;
}

export async function run(asked: Question, { signal, onId, onRows }: Tells): Promise<Ran> {
  const began = performance.now();
  const response = await question(asked, "arrow", signal);
  const id = response.headers.get("pulse-query");
  if (id) onId(id);
  const batches: RecordBatch[] = [];
  let [rows, broke] = [0, false];
  /** The reader takes a stream that breaks off for one that ends: here it is known. */
  async function* bytes(): AsyncGenerator<Uint8Array> {
    const body = response.body?.getReader();
    if (!body) return;
    try {
      for (let part = await body.read(); !part.done; part = await body.read()) yield part.value;
    } catch {
      broke = true;
    }
  }
  let schema: Schema | undefined;
  const reader = await RecordBatchReader.from(bytes());
  try {
    await reader.open();
    // Once it is read out, the reader has forgotten it.
    schema = reader.schema as Schema | undefined;
    for await (const batch of reader) {
      batches.push(batch);
      rows += batch.numRows;
      onRows(rows);
    }
  } catch (error) {
    if (!broke && !signal.aborted) throw error;
  }
  signal.throwIfAborted();
  if (broke || !schema) throw await whyItBroke(id);
  return {
    answer: answerOf(schema, batches),
    cached: response.headers.get("pulse-cache") === "hit",
    milliseconds: performance.now() - began,
  };
}

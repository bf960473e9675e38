export interface Said {
  key: string;
  one: string | null;
  at: string;
}
export function sources(folder?: string): string[];
export function places(text: string): string[];
export function textsOf(name: string, source?: string): { said: Said[]; wrong: string[]; bare: string[] };
export function keysOf(files?: string[]): Map<string, string | null>;
export function faults(catalogue: object, keys: Map<string, string | null>): string[];
export function pseudo(keys: Map<string, string | null>): Record<string, string | { one: string; other: string }>;

import type { Catalog, CatalogSchema, CatalogTable } from "@/api/sql";

export interface FoundSchema extends CatalogSchema {
  /** Whether a table is there for one of its columns, which are then all that is shown of it. */
  tables: (CatalogTable & { byColumn: boolean })[];
}

/** What of the catalogue has the words in its names, tables before columns. */
export function found(catalog: Catalog | undefined, asked: string): FoundSchema[] {
  const words = asked
    .toLowerCase()
    .split(/[\s.]+/)
    .filter(Boolean);
  const has = (name: string) => words.every((word) => name.toLowerCase().includes(word));
  return (catalog?.schemas ?? [])
    .map((schema) => ({
      ...schema,
      tables: schema.tables
        .flatMap((table) => {
          if (has(`${schema.name}.${table.name}`)) return [{ ...table, byColumn: false }];
          const columns = table.columns.filter(({ name }) => has(`${schema.name}.${table.name}.${name}`));
          return columns.length > 0 ? [{ ...table, columns, byColumn: true }] : [];
        })
        .toSorted((one, other) => Number(one.byColumn) - Number(other.byColumn)),
    }))
    .filter(({ tables }) => tables.length > 0);
}

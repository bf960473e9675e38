import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { standing } from "@/api/standing";

afterEach(() => {
  cleanup();
  standing.reaches(true);
  standing.ends(false);
});

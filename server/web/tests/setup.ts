import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { standing } from "@/api/standing";

// As browsers do: a dialog begins with the first thing in it that can have the focus, whatever had it before it was shown.
HTMLDialogElement.prototype.showModal = function () {
  this.setAttribute("open", "");
  this.querySelector<HTMLElement>("a[href], button, input, select, textarea")?.focus();
};

afterEach(() => {
  cleanup();
  standing.reaches(true);
  standing.ends(false);
});

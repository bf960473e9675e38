import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { startTransition, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { taken } from "@/api/early";
import { queryClient } from "@/api/queries";
import { followSystem } from "@/design/theme";
import { makeRouter } from "./router";
import "virtual:tokens.css";
import "@/design/page.css";

followSystem();
const page = document.getElementById("page");
if (!page) throw new Error("index.html has no element `page`");
const root = createRoot(page);

/** Made in many small steps: none keeps the page from what somebody does meanwhile. Until then index.html shows what is on its way. */
async function begin() {
  const [client, router] = [queryClient(), makeRouter()];
  await taken(client, location, router.load());
  startTransition(() =>
    root.render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
}
// What came has been read in one step; making a page of it is others.
setTimeout(() => void begin());

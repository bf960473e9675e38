import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "@/api/queries";
import { followSystem } from "@/design/theme";
import { router } from "./router";
import "virtual:tokens.css";
import "@/design/page.css";

followSystem();
const page = document.getElementById("page");
if (!page) throw new Error("index.html has no element `page`");
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);

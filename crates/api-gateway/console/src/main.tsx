import "./i18n";
import "./styles/base.css";
import "./styles/shared.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProblem } from "./api/client";
import { App } from "./app";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the API refused it will refuse again; what did not answer may answer.
      retry: (failures, error) => !(error instanceof ApiProblem) && failures < 3,
    },
  },
});

const root = document.getElementById("console");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}

import { useEffect, useReducer, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import "./toasts.css";

interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
}

const SHOWN_MILLISECONDS = 6000;
const MOST = 3;
let toasts: Toast[] = [];
let next = 0;
const watchers = new Set<() => void>();

function show(shown: Toast[]) {
  toasts = shown.slice(-MOST);
  for (const watcher of watchers) watcher();
}

function add(kind: Toast["kind"], text: string): number {
  next += 1;
  show([...toasts, { id: next, text, kind }]);
  return next;
}

function remove(id: number) {
  show(toasts.filter((toast) => toast.id !== id));
}

/** Says that something is done, for a while. */
export function done(text: string) {
  const id = add("done", text);
  setTimeout(() => remove(id), SHOWN_MILLISECONDS);
}

/** Says that something was not done, until it is closed. */
export function failed(text: string) {
  add("failed", text);
}

function watch(watcher: () => void) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(watch, () => toasts);
  const [, move] = useReducer((moves: number) => moves + 1, 0);
  useEffect(() => {
    document.addEventListener("close", move, true);
    return () => document.removeEventListener("close", move, true);
  }, []);
  // Beside an open dialog the page can be neither pressed nor heard.
  const place = document.querySelector("dialog:modal") ?? document.body;
  return createPortal(
    <div className="toasts" role="status">
      {shown.map(({ id, text, kind }) => (
        <div key={id} className={`toast toast-${kind}`}>
          <span>{text}</span>
          <Button look="quiet" aria-label={t("close")} onClick={() => remove(id)}>
            ×
          </Button>
        </div>
      ))}
    </div>,
    place,
  );
}

import { useEffect } from "react";

/** Names the window after what it shows, until that is gone. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (!title) return;
    const before = document.title;
    document.title = `${title} · Callboard`;
    return () => {
      document.title = before;
    };
  }, [title]);
}

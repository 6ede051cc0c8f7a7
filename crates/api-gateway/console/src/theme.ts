import { useEffect, useState } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
const REMEMBERED = "callboard.theme";

/** The theme chosen here, kept over visits; "system" follows the machine. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, choose] = useState<Theme>(
    () => (localStorage.getItem(REMEMBERED) as Theme | null) ?? "system",
  );
  useEffect(() => {
    localStorage.setItem(REMEMBERED, theme);
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return [theme, choose];
}

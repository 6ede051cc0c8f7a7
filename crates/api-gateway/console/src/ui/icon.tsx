/** Drawn by lines in a square of 24; those of pages by the page's name. */
const LINES = {
  board: "M4 4h4v16H4z M10 4h4v10h-4z M16 4h4v13h-4z",
  runs: "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a2 2 0 0 1-2 2A15 15 0 0 1 4 5a2 2 0 0 1 2-2z",
  import: "M12 3v11 M8 10l4 4 4-4 M4 16v4h16v-4",
  analytics: "M4 20V10 M10 20V4 M16 20v-7 M21 20H3",
  settings: "M4 7h9 M17 7h3 M15 5v4 M4 17h3 M11 17h9 M9 15v4",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 1H4z M10 21h4",
} as const;

export type IconName = keyof typeof LINES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path d={LINES[name]} />
    </svg>
  );
}

import type { ReactNode } from "react";

/** A part of the page that scrolls by itself. Its name is for screen readers; the keyboard reaches it, to scroll it. */
export function Scrolled({
  name,
  className,
  children,
}: {
  name: string;
  className: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no pointer scrolls with the arrows
    <section className={className} aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}

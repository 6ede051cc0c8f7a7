import { focusLead, hasFocus } from "./keys";

/** A moment in which React draws what has changed. */
const DRAWN_MILLISECONDS = 40;

function element(lead: number): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-lead="${lead}"]`);
}

/**
 * Lets a card glide from where it is to where it is after `change`; without view transitions, or where people want no
 * motion, the change is just made. The focus stays with the card.
 */
export async function glide(lead: number, change: () => void) {
  const focused = hasFocus(lead);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const before = element(lead);
  if (still || !before || !document.startViewTransition || document.hidden) {
    change();
    if (focused) setTimeout(() => focusLead(lead), DRAWN_MILLISECONDS);
    return;
  }
  before.style.viewTransitionName = "moving-card";
  let after: HTMLElement | null = null;
  const transition = document.startViewTransition(async () => {
    before.style.viewTransitionName = "";
    change();
    await new Promise((drawn) => setTimeout(drawn, DRAWN_MILLISECONDS));
    after = element(lead);
    if (after) after.style.viewTransitionName = "moving-card";
  });
  await transition.finished.catch(() => undefined);
  const moved = after as HTMLElement | null;
  if (moved) moved.style.viewTransitionName = "";
  if (focused) focusLead(lead);
}

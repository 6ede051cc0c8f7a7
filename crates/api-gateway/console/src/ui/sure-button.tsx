import { useState } from "react";
import { Button } from "./button";

interface Props {
  /** What it does, and what it then asks. */
  label: string;
  ask: string;
  onSure: () => void;
}

/** A button for what cannot be taken back: the first press asks, the second one does it, leaving it forgets. */
export function SureButton({ label, ask, onSure }: Props) {
  const [asked, setAsked] = useState(false);
  return (
    <Button
      look="danger"
      aria-live="polite"
      onBlur={() => setAsked(false)}
      onClick={() => {
        if (asked) onSure();
        setAsked(!asked);
      }}
    >
      {asked ? ask : label}
    </Button>
  );
}

import type { ReactNode } from "react";
import { Button } from "./button";
import { problemText } from "./problem-text";

interface Props {
  /** What kept the form from being done. */
  error: unknown;
  pending: boolean;
  disabled?: boolean;
  /** What the button says. */
  children: ReactNode;
}

/** The end of a form: what went wrong, in words, and the button that does it. */
export function FormEnd({ error, pending, disabled, children }: Props) {
  return (
    <>
      {Boolean(error) && (
        <p role="alert" className="form-error">
          {problemText(error)}
        </p>
      )}
      <Button type="submit" look="main" disabled={disabled} pending={pending}>
        {children}
      </Button>
    </>
  );
}

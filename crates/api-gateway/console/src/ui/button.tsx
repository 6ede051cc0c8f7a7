import type { ComponentProps } from "react";

interface Props extends ComponentProps<"button"> {
  /** How it looks; a plain one by default. */
  look?: "main" | "quiet" | "danger";
  /** Whether what it started is under way: it then does nothing, and says so. */
  pending?: boolean;
}

/** A button that cannot be pressed twice. */
export function Button({ look, pending, className = "", onClick, ...rest }: Props) {
  const looks = look === "quiet" ? "quiet-button" : `button ${look ? `button-${look}` : ""}`;
  return (
    <button
      type="button"
      {...rest}
      className={`${looks} ${className}`}
      aria-disabled={pending || rest.disabled || undefined}
      aria-busy={pending || undefined}
      onClick={(event) => {
        if (pending) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}

import { type ComponentProps, type ReactNode, useId } from "react";

interface Labelled {
  label: string;
  /** What is wrong with it. */
  error?: string;
}

/** An input under its label, with what is wrong with it. */
export function Field({ label, error, ...input }: Labelled & ComponentProps<"input">) {
  return (
    <Around label={label} error={error}>
      {(wiring) => <input {...input} {...wiring} />}
    </Around>
  );
}

/** The same for many lines. */
export function Lines({ label, error, ...input }: Labelled & ComponentProps<"textarea">) {
  return (
    <Around label={label} error={error}>
      {(wiring) => <textarea {...input} {...wiring} />}
    </Around>
  );
}

/** The same for one of several. */
export function Choice({ label, error, ...input }: Labelled & ComponentProps<"select">) {
  return (
    <Around label={label} error={error}>
      {(wiring) => <select {...input} {...wiring} />}
    </Around>
  );
}

interface Wiring {
  id: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
}

function Around({ label, error, children }: Labelled & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const wiring: Wiring = error ? { id, "aria-invalid": true, "aria-describedby": `${id}-error` } : { id };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(wiring)}
      {error && (
        <p id={`${id}-error`} className="form-error">
          {error}
        </p>
      )}
    </div>
  );
}

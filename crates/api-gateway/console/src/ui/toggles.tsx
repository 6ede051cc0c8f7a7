import { useId } from "react";

interface Props<T extends string> {
  label: string;
  options: readonly T[];
  chosen: T;
  choose: (option: T) => void;
  name: (option: T) => string;
  lang?: (option: T) => string;
}

/** One of a few, side by side. */
export function Toggles<T extends string>({ label, options, chosen, choose, name, lang }: Props<T>) {
  const group = useId();
  return (
    <fieldset className="toggles">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option} lang={lang?.(option)}>
          <input
            type="radio"
            name={group}
            className="visually-hidden"
            checked={option === chosen}
            onChange={() => choose(option)}
          />
          {name(option)}
        </label>
      ))}
    </fieldset>
  );
}

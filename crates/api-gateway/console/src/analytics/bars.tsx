import { number, percent } from "../format";

export interface Bar {
  key: string;
  name: string;
  value: number;
  /** Of the whole, 0 to 1: the length of the bar. */
  share: number;
  colour: string;
}

/** Lengths side by side, each with its name and figures in words. */
export function Bars({ bars }: { bars: Bar[] }) {
  return (
    <ul className="bars">
      {bars.map(({ key, name, value, share, colour }) => (
        <li key={key} style={{ "--dot": colour, "--share": String(Math.min(1, share)) }}>
          <span className="bar-name" dir="auto">
            {name}
          </span>
          <span className="bar" aria-hidden="true" />
          <span className="bar-figure">
            {number(value)} <small>{percent(share)}</small>
          </span>
        </li>
      ))}
    </ul>
  );
}

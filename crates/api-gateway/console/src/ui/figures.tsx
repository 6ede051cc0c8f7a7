/** Figures side by side, each with its name. */
export function Figures({ figures }: { figures: [string, string][] }) {
  return (
    <dl className="counts">
      {figures.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

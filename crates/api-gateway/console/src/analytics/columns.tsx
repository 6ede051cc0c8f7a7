import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { number } from "../format";

interface Series {
  label: string;
  values: number[];
  colour: string;
}

interface Props {
  label: string;
  names: string[];
  series: Series[];
}

const HEIGHT = 220;
const AXIS = { stroke: () => getComputedStyle(document.body).color, grid: { stroke: "#8a8f9c33" } };

/** Columns over names, and the same as a table for who does not see them. */
export function Columns({ label, names, series }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const bars = uPlot.paths.bars?.({ size: [0.7, 60] });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        scales: {
          x: { time: false, range: [-0.5, names.length - 0.5] },
          y: { range: (_, __, most) => [0, most || 1] },
        },
        axes: [{ ...AXIS, values: (_, ticks) => ticks.map((at) => names[at] ?? "") }, AXIS],
        series: [
          {},
          ...series.map(({ label, colour }) => ({
            label,
            fill: colour,
            stroke: colour,
            paths: bars,
            points: { show: false },
          })),
        ],
        cursor: { show: false },
      },
      [names.map((_, at) => at), ...series.map(({ values }) => values)],
      element,
    );
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [names, series]);
  return (
    <>
      <div ref={place} className="chart" aria-hidden="true" dir="ltr" />
      <table className="visually-hidden">
        <caption>{label}</caption>
        <thead>
          <tr>
            <td />
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name, at) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {series.map((one) => (
                <td key={one.label}>{number(one.values[at] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

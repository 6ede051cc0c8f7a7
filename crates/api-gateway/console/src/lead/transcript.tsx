/** A conversation turn by turn, with the words marked that decided. */
export function Transcript({ text, words }: { text: string; words: string[] }) {
  return (
    <ol className="transcript" dir="auto">
      {text
        .split("\n")
        .filter((line) => line.trim())
        .map((line, at) => (
          // A transcript never changes its lines.
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <Turn key={at} line={line} words={words} />
        ))}
    </ol>
  );
}

/** Who speaks stands before a colon. */
const SPEAKER = /^([\p{L}\p{M}'"״׳ ]{2,20}):\s*/u;

function Turn({ line, words }: { line: string; words: string[] }) {
  const speaker = SPEAKER.exec(line);
  const said = speaker ? line.slice(speaker[0].length) : line;
  return (
    <li>
      {speaker && <strong>{speaker[1]}: </strong>}
      {marked(said, words).map(([piece, mark], at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
        mark ? <mark key={at}>{piece}</mark> : piece,
      )}
    </li>
  );
}

/** The text in pieces, each with whether it is one of the words. */
export function marked(text: string, words: string[]): [string, boolean][] {
  const wanted = words.filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return [[text, false]];
  const pattern = new RegExp(`(${wanted.join("|")})`, "giu");
  return text.split(pattern).map((piece, at) => [piece, at % 2 === 1]);
}

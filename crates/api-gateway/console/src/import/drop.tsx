import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

/** Takes a file that is dropped or chosen. */
export function Drop({ take, file }: { take: (file: File) => void; file?: string }) {
  const { t } = useTranslation();
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <label
      htmlFor={id}
      className={over ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped) take(dropped);
      }}
    >
      <span>{file ?? t("import.drop")}</span>
      <input
        id={id}
        type="file"
        accept=".csv,.txt,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) take(chosen);
          // The same file can be chosen again after it was mended.
          event.target.value = "";
        }}
      />
    </label>
  );
}

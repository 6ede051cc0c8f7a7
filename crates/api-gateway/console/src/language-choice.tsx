import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, speak } from "./i18n";
import { Toggles } from "./ui/toggles";

/** Each language under its own name. */
const NAMES: Record<Language, string> = { he: "עברית", en: "English" };

export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <Toggles
      label={t("language")}
      options={LANGUAGES}
      chosen={i18n.language as Language}
      choose={speak}
      name={(language) => NAMES[language]}
      lang={(language) => language}
    />
  );
}

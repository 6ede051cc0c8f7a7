import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./messages/en.json";
import he from "./messages/he.json";

export type Language = "he" | "en";
export const LANGUAGES: Language[] = ["he", "en"];
const REMEMBERED = "callboard.language";

/** The language chosen here before, else what the browser asks for, else Hebrew. */
function firstLanguage(): Language {
  const chosen = localStorage.getItem(REMEMBERED);
  if (chosen === "he" || chosen === "en") return chosen;
  const asked = navigator.languages.map((tag) => tag.split("-")[0]);
  return asked.find((tag): tag is Language => tag === "he" || tag === "en") ?? "he";
}

/** Speaks a language from now on, and remembers it. */
export function speak(language: Language) {
  localStorage.setItem(REMEMBERED, language);
  void i18next.changeLanguage(language);
}

export function language(): Language {
  return i18next.language as Language;
}

function turnPage(language: string) {
  document.documentElement.lang = language;
  document.documentElement.dir = i18next.dir(language);
}

i18next.on("languageChanged", turnPage);
void i18next.use(initReactI18next).init({
  lng: firstLanguage(),
  fallbackLng: "en",
  resources: { en: { translation: en }, he: { translation: he } },
  // React escapes.
  interpolation: { escapeValue: false },
  returnNull: false,
});

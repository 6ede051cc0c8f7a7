import { useTranslation } from "react-i18next";
import { Button } from "./button";

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

/** Loads the next page of a list, where there is one. */
export function More({ pages }: { pages: Pages }) {
  const { t } = useTranslation();
  if (!pages.hasNextPage) return null;
  return (
    <Button pending={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
      {t("more")}
    </Button>
  );
}

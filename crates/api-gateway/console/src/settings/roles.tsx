import { useTranslation } from "react-i18next";
import { Choice } from "../ui/field";

export const ROLES = ["agent", "admin", "owner"] as const;

/** As what a person or a program acts. */
export function RoleChoice({ error }: { error?: string }) {
  const { t } = useTranslation();
  return (
    <Choice label={t("people.role")} name="role" error={error}>
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`role.${role}`)}
        </option>
      ))}
    </Choice>
  );
}

import type { ComponentType } from "react";
import { Failure, Loading } from "../ui/states";
import { type Settings, useSettings } from "./use-settings";

/** A form over the business's settings, once they are there; it starts anew when somebody else has changed them. */
export function WithSettings({ form: Form }: { form: ComponentType<{ settings: Settings }> }) {
  const settings = useSettings();
  if (settings.isPending) return <Loading />;
  if (settings.error) return <Failure error={settings.error} retry={() => settings.refetch()} />;
  return <Form key={settings.data.version} settings={settings.data} />;
}

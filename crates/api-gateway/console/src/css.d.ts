import "react";

declare module "react" {
  interface CSSProperties {
    /** The colour of a status. */
    "--dot"?: string;
    /** How often, 0 to 1. */
    "--heat"?: string;
    /** How much of the whole, 0 to 1. */
    "--share"?: string;
  }
}

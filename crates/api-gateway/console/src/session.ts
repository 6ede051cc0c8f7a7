import { createContext, use } from "react";
import type { User } from "./api/client";

export const SignedInContext = createContext<User | null>(null);

/** Who is signed in. */
export function useSignedIn(): User {
  const user = use(SignedInContext);
  if (!user) throw new Error("used outside of the signed-in part");
  return user;
}

const RANK = { agent: 0, admin: 1, owner: 2, system_admin: 3 } as Record<string, number>;

/** Whether a user may do what an admin may. */
export function isAdmin(user: User): boolean {
  return (RANK[user.role] ?? 0) >= 1;
}

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Lead = Schemas["LeadView"];
export type Status = Schemas["StatusView"];
/** `other` is what did not come from the API itself. */
export type Problem = Omit<Schemas["Problem"], "code"> & {
  code: Schemas["ProblemCode"] | "other";
  /** With `lines_are_taken`: how many calls there are, and how many there may be. */
} & Partial<Schemas["LineCounts"]>;
export type User = Schemas["UserView"];

/** What the API says when it does not do what was asked. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** No answer at all: the network, or a gateway that is away. */
export class NoAnswer extends Error {}

const signedOut = new Set<() => void>();

/** Calls back when the API no longer knows who asks. */
export function onSignedOut(callback: () => void): () => void {
  signedOut.add(callback);
  return () => signedOut.delete(callback);
}

const session: Middleware = {
  onRequest({ request }) {
    // What a form of another site cannot send: see the gateway's README on cross-site requests.
    request.headers.set("X-Requested-With", "callboard-console");
    request.headers.set("Accept-Language", document.documentElement.lang);
    return request;
  },
  onResponse({ response, request }) {
    if (response.status === 401 && !request.url.endsWith("/api/auth/login")) {
      for (const callback of signedOut) callback();
    }
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(session);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's data; throws the problem that stands in its place. */
export async function answer<T>(asked: Promise<Answer<T>>): Promise<T> {
  let given: Answer<T>;
  try {
    given = await asked;
  } catch (cause) {
    throw new NoAnswer("no answer", { cause });
  }
  if (given.response.ok) return given.data as T;
  throw new ApiProblem(asProblem(given.error, given.response));
}

function asProblem(error: unknown, response: Response): Problem {
  if (error && typeof error === "object" && "code" in error) return error as Problem;
  return { type: "about:blank", title: response.statusText, status: response.status, code: "other" };
}

/** Whether somebody else changed the thing first. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.code === "version_conflict";
}

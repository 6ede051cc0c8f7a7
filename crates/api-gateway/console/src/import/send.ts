import { ApiProblem, NoAnswer, type Problem } from "../api/client";
import { language } from "../i18n";

/** The API's answer to a file, and what it says where it cannot be read. */
export type Refused = Error & { detail?: string };

/** Sends a file with a fraction of how much of it has left, which `fetch` does not tell. */
export function send<T>(
  path: string,
  file: File,
  query: Record<string, string | undefined>,
  sent?: (share: number) => void,
): Promise<T> {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, value);
  return new Promise((resolve, reject: (error: Refused) => void) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?${asked}`);
    request.setRequestHeader("Content-Type", "text/csv");
    request.setRequestHeader("X-Requested-With", "callboard-console");
    request.setRequestHeader("Accept-Language", language());
    request.upload.onprogress = ({ loaded, total }) => sent?.(loaded / total);
    request.onerror = () => reject(new NoAnswer("no answer"));
    request.onload = () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText) as T);
      reject(refused(request));
    };
    request.send(file);
  });
}

function refused(request: XMLHttpRequest): Refused {
  try {
    const problem = JSON.parse(request.responseText) as Problem;
    const error: Refused = new ApiProblem(problem);
    // Only what is said of the file itself is in the reader's language.
    if (problem.code === "unreadable_file") error.detail = problem.detail ?? undefined;
    return error;
  } catch {
    return new ApiProblem({ type: "about:blank", title: "", status: request.status, code: "other" });
  }
}

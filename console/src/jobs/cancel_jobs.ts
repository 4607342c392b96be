import { call, sentenceOf } from "~/api/http";
import { paths } from "~/api/resources";

/** Asks for the cancel of many jobs, a few at a time; the sentences of those that were refused. */
export async function cancelJobs(project: string, jobs: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  const queue = [...jobs];
  const one = async () => {
    for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
      try {
        await call("POST", `${paths.job(project, job)}:cancel`, { body: {} });
      } catch (error) {
        refused.push(sentenceOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, one));
  return refused;
}

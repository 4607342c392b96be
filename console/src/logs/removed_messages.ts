import { defineMessages } from "~/i18n/messages";

/** What is said of a log that was removed. */
export const t = defineMessages({
  en: {
    removed: "This log was removed on {time}.",
    days: "The project keeps logs for {n} day after a job's end (quota log-days).|The project keeps logs for {n} days after a job's end (quota log-days).",
    budget:
      "The logs of ended jobs may have {size} together (logs.budget in mlengine.yaml); the oldest go first.",
    left: "The job's working folders and resource charts went with it. The job's record, its cost and what it wrote to its job folder are still there.",
    leftFailure:
      "The job's working folders and resource charts went with it. Its first errors, the job's record, its cost and what it wrote to its job folder are still there.",
  },
  ko: {
    removed: "이 로그는 {time}에 삭제되었습니다.",
    days: "이 프로젝트는 작업이 끝난 뒤 {n}일 동안 로그를 보관합니다(할당량 log-days).",
    budget:
      "끝난 작업의 로그는 모두 합해 {size}까지 보관하며, 오래된 것부터 삭제합니다(mlengine.yaml의 logs.budget).",
    left: "작업의 임시 폴더와 리소스 차트도 함께 삭제되었습니다. 작업 기록, 요금, 프로그램이 출력 폴더에 쓴 파일은 그대로 있습니다.",
    leftFailure:
      "작업의 임시 폴더와 리소스 차트도 함께 삭제되었습니다. 첫 번째 오류, 작업 기록, 요금, 프로그램이 출력 폴더에 쓴 파일은 그대로 있습니다.",
  },
});

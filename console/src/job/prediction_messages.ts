import { defineMessages } from "~/i18n/messages";

/** The input and output of a batch prediction. */
export const t = defineMessages({
  en: {
    input: "Input",
    model: "Model",
    files: "Files",
    format: "Format",
    batch: "Instances at once",
    signature: "Signature",
    runtime: "Runtime",
    region: "Region",
    output: "Output",
    folder: "Folder of the results",
    predictions: "Predictions",
    errors: "Errors",
  },
  ko: {
    input: "입력",
    model: "모델",
    files: "파일",
    format: "형식",
    batch: "한 번에 처리하는 인스턴스",
    signature: "서명",
    runtime: "런타임",
    region: "리전",
    output: "출력",
    folder: "결과 폴더",
    predictions: "예측",
    errors: "오류",
  },
});

#include "batch/batch_job.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace mlengine::batch {
namespace {

constexpr std::pair<InputFormat, const char*> kInputs[] = {
    {InputFormat::kJson, "json"},
    {InputFormat::kTfRecord, "tf-record"},
    {InputFormat::kTfRecordGzip, "tf-record-gzip"}};
constexpr std::pair<OutputFormat, const char*> kOutputs[] = {{OutputFormat::kJson, "json"},
                                                             {OutputFormat::kCsv, "csv"}};

template <typename Table, typename Value>
bool FindName(const Table& table, const std::string& name, Value& out) {
  for (const auto& [value, known] : table) {
    if (name != known) continue;
    out = value;
    return true;
  }
  return false;
}

template <typename Table, typename Value>
std::string NameOf(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "";
}

template <typename Number>
bool ParseNumber(const std::string& text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool IsRunName(const std::string& run) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !run.empty() && run.size() <= 200 && std::ranges::all_of(run, plain);
}

bool TakeWord(const std::string& flag, const std::string& value, BatchJob& job) {
  const std::map<std::string, std::string*> texts = {
      {"--endpoint", &job.endpoint},   {"--run", &job.run},
      {"--library", &job.library},     {"--model-dir", &job.model_dir},
      {"--model-uri", &job.model_uri}, {"--output-path", &job.output_path},
      {"--signature", &job.signature}};
  if (const auto found = texts.find(flag); found != texts.end()) {
    *found->second = value;
    return true;
  }
  if (flag == "--input-path") {
    job.input_paths.push_back(value);
    return true;
  }
  if (flag == "--data-format") return FindName(kInputs, value, job.input);
  if (flag == "--output-format") return FindName(kOutputs, value, job.output);
  if (flag == "--batch-size") return ParseNumber(value, job.batch_size);
  if (flag == "--worker") return ParseNumber(value, job.worker);
  if (flag == "--workers") return ParseNumber(value, job.workers);
  return false;
}

}  // namespace

std::vector<std::string> WordsOf(const BatchJob& job) {
  std::vector<std::string> words = {"--endpoint", job.endpoint, "--run",
                                    job.run,      "--library",  job.library};
  const auto add = [&words](const char* flag, std::string value) {
    words.insert(words.end(), {flag, std::move(value)});
  };
  if (!job.model_dir.empty()) add("--model-dir", job.model_dir);
  if (!job.model_uri.empty()) add("--model-uri", job.model_uri);
  for (const std::string& path : job.input_paths) add("--input-path", path);
  add("--output-path", job.output_path);
  add("--data-format", NameOf(kInputs, job.input));
  add("--output-format", NameOf(kOutputs, job.output));
  if (!job.signature.empty()) add("--signature", job.signature);
  add("--batch-size", std::to_string(job.batch_size));
  add("--worker", std::to_string(job.worker));
  add("--workers", std::to_string(job.workers));
  return words;
}

Result<BatchJob> ParseBatchJob(const std::vector<std::string>& words) {
  BatchJob job;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) return InvalidArgumentError(words[i] + " has no value");
    if (!TakeWord(words[i], words[i + 1], job)) {
      return InvalidArgumentError(words[i] + " " + words[i + 1] +
                                  " is not what a batch prediction is told");
    }
  }
  const auto wrong = [](const std::string& what) { return InvalidArgumentError(what); };
  if (job.endpoint.empty()) return wrong("--endpoint is missing");
  if (!IsRunName(job.run)) return wrong("--run is missing, or no name");
  if (job.library.empty()) return wrong("--library is missing");
  if (job.model_dir.empty() == job.model_uri.empty())
    return wrong("one of --model-dir and --model-uri must be given");
  if (job.input_paths.empty()) return wrong("--input-path is missing");
  if (job.output_path.empty()) return wrong("--output-path is missing");
  if (job.batch_size < 1) return wrong("--batch-size must be at least 1");
  if (job.workers < 1 || job.worker >= job.workers)
    return wrong("--worker must be below --workers");
  return job;
}

}  // namespace mlengine::batch

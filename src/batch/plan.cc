#include "batch/plan.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace mlengine::batch {
namespace {

namespace json = boost::json;

constexpr int kPlanVersion = 1;
// Less is not worth a start of a model server.
constexpr std::uint64_t kLeastPiece = 1U << 20;
constexpr std::uint64_t kLongestSpan = 64U << 20;
// So that one that is done early can help the others.
constexpr std::uint64_t kSpansPerWorker = 4;
constexpr std::size_t kMostSpans = 999'999;

std::uint64_t BytesOf(const std::vector<InputFile>& files) {
  std::uint64_t bytes = 0;
  for (const InputFile& file : files) bytes += file.size;
  return bytes;
}

std::uint64_t SpanBytes(std::uint64_t bytes, std::size_t workers) {
  const std::uint64_t fair = bytes / (workers * kSpansPerWorker);
  const std::uint64_t length = std::clamp(fair, kLeastPiece, kLongestSpan);
  // Of an input beyond all bounds they are longer.
  return std::max(length, bytes / (kMostSpans / 2) + 1);
}

// The result of number `index` in a list of whole numbers; nothing when it is none.
bool TakeNumber(const json::value& value, std::uint64_t& out) {
  boost::system::error_code error;
  out = value.to_number<std::uint64_t>(error);
  return !error;
}

bool DecodeFiles(const json::array& list, std::vector<InputFile>& files) {
  for (const json::value& value : list) {
    if (!value.is_array() || value.get_array().size() != 4) return false;
    const json::array& parts = value.get_array();
    InputFile file;
    std::uint64_t generation = 0;
    if (!parts[0].is_string() || !parts[1].is_string() || !TakeNumber(parts[2], file.size) ||
        !TakeNumber(parts[3], generation)) {
      return false;
    }
    file.bucket = parts[0].get_string();
    file.name = parts[1].get_string();
    file.generation = static_cast<std::int64_t>(generation);
    files.push_back(std::move(file));
  }
  return true;
}

bool DecodeSpans(const json::array& list, const Plan& plan, std::vector<Span>& spans) {
  if (list.size() > kMostSpans) return false;
  for (const json::value& value : list) {
    if (!value.is_array() || value.get_array().size() != 4) return false;
    const json::array& parts = value.get_array();
    Span span;
    if (!TakeNumber(parts[0], span.file) || !TakeNumber(parts[1], span.begin) ||
        !TakeNumber(parts[2], span.end) || !TakeNumber(parts[3], span.worker)) {
      return false;
    }
    if (span.file >= plan.files.size() || span.worker >= plan.workers || span.begin > span.end ||
        span.end > plan.files[span.file].size) {
      return false;
    }
    spans.push_back(span);
  }
  return true;
}

}  // namespace

std::uint64_t Plan::bytes() const {
  return BytesOf(files);
}

int WorkersFor(const std::vector<InputFile>& files, InputFormat format, int most, int slots) {
  const std::uint64_t pieces = format == InputFormat::kJson
                                   ? (BytesOf(files) + kLeastPiece - 1) / kLeastPiece
                                   : files.size();
  const std::uint64_t limit = static_cast<std::uint64_t>(std::max(std::min(most, slots), 1));
  return static_cast<int>(std::clamp<std::uint64_t>(pieces, 1, limit));
}

Plan MakePlan(std::vector<InputFile> files, InputFormat format, std::size_t workers) {
  Plan plan{
      .format = format, .workers = std::max<std::size_t>(workers, 1), .files = {}, .spans = {}};
  const std::uint64_t bytes = BytesOf(files);
  const std::uint64_t length = SpanBytes(bytes, plan.workers);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::uint64_t step = format == InputFormat::kJson ? length : files[i].size;
    for (std::uint64_t at = 0; at < files[i].size; at += step) {
      // By where it begins in all of the input.
      const std::uint64_t worker = (before + at) * plan.workers / std::max<std::uint64_t>(bytes, 1);
      plan.spans.push_back({i, at, std::min(at + step, files[i].size), worker});
    }
    before += files[i].size;
  }
  plan.files = std::move(files);
  return plan;
}

std::string EncodePlan(const Plan& plan) {
  json::array files;
  for (const InputFile& file : plan.files)
    files.push_back(json::array{file.bucket, file.name, file.size, file.generation});
  json::array spans;
  for (const Span& span : plan.spans)
    spans.push_back(json::array{span.file, span.begin, span.end, span.worker});
  return json::serialize(json::object{{"version", kPlanVersion},
                                      {"format", static_cast<int>(plan.format)},
                                      {"workers", plan.workers},
                                      {"files", std::move(files)},
                                      {"spans", std::move(spans)}}) +
         "\n";
}

Result<Plan> DecodePlan(std::string_view text) {
  const Status broken =
      DataLossError("the plan of the batch prediction is damaged, or of another version");
  boost::system::error_code failed;
  const json::value value = json::parse(text, failed);
  const json::object* const object = failed ? nullptr : value.if_object();
  if (object == nullptr) return broken;
  const auto number = [object](const char* key, std::uint64_t& out) {
    const json::value* const found = object->if_contains(key);
    return found != nullptr && TakeNumber(*found, out);
  };
  const json::value* const files = object->if_contains("files");
  const json::value* const spans = object->if_contains("spans");
  std::uint64_t version = 0;
  std::uint64_t format = 0;
  std::uint64_t workers = 0;
  if (!number("version", version) || version != kPlanVersion || !number("format", format) ||
      format > static_cast<std::uint64_t>(InputFormat::kTfRecordGzip) ||
      !number("workers", workers) || workers == 0 || workers > kMostSpans || files == nullptr ||
      !files->is_array() || spans == nullptr || !spans->is_array()) {
    return broken;
  }
  Plan plan{
      .format = static_cast<InputFormat>(format), .workers = workers, .files = {}, .spans = {}};
  if (!DecodeFiles(files->get_array(), plan.files) ||
      !DecodeSpans(spans->get_array(), plan, plan.spans)) {
    return broken;
  }
  return plan;
}

}  // namespace mlengine::batch

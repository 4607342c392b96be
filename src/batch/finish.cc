#include "batch/finish.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <utility>

namespace mlengine::batch {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostSources = 32;
constexpr std::size_t kErrorsBlock = 8U << 20;

// Joins any number of objects to one; what is made on the way has a place of its own for each
// `what`.
class Joiner {
 public:
  Joiner(const Board& board, std::string what) : board_(board), what_(std::move(what)) {}

  Status Join(std::vector<std::string> sources, const std::string& name, const Metadata& metadata) {
    if (sources.empty()) {
      MLENGINE_ASSIGN_OR_RETURN(const std::string empty, Add(""));
      sources.push_back(empty);
    }
    while (sources.size() > kMostSources) {
      std::vector<std::string> joined;
      for (std::size_t at = 0; at < sources.size(); at += kMostSources) {
        const auto begin = sources.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = sources.begin() +
                         static_cast<std::ptrdiff_t>(std::min(at + kMostSources, sources.size()));
        joined.push_back(NextName());
        MLENGINE_RETURN_IF_ERROR(
            board_.client().Compose(board_.output().bucket, {begin, end}, joined.back(), {}));
      }
      sources = std::move(joined);
    }
    return board_.client().Compose(board_.output().bucket, sources, name, metadata);
  }

  // A new object with these bytes; its name.
  Result<std::string> Add(const std::string& bytes) {
    std::string name = NextName();
    // What a run before left under it is replaced.
    MLENGINE_RETURN_IF_ERROR(board_.client().Delete(board_.output().bucket, name));
    MLENGINE_RETURN_IF_ERROR(board_.client().Create(board_.output().bucket, name, bytes, {}));
    return name;
  }

 private:
  std::string NextName() { return board_.Name(JoinedName(board_.run(), what_, next_++)); }

  const Board& board_;
  const std::string what_;
  std::size_t next_ = 0;
};

Status JoinWorker(const Board& board, std::size_t worker) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < board.plan().spans.size(); ++i) {
    if (board.plan().spans[i].worker != worker) continue;
    for (std::size_t part = 0; part < board.states()[i].parts; ++part)
      parts.push_back(board.Name(PartName(board.run(), i, part)));
  }
  return Joiner(board, "results-" + std::to_string(worker))
      .Join(std::move(parts), board.Name(ResultsName(worker, board.plan().workers)), {});
}

// Lines of a span's errors with their place in the file. `before`: instances of the file that lie
// before the span.
Result<std::string> PlacedErrors(const std::string& text, const InputFile& file,
                                 const char* counted, std::uint64_t before) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    boost::system::error_code failed;
    const json::value value = json::parse(std::string_view(text).substr(at, end - at), failed);
    const json::object* const error = failed ? nullptr : value.if_object();
    const json::value* const number = error == nullptr ? nullptr : error->if_contains("number");
    const json::value* const why = error == nullptr ? nullptr : error->if_contains("error");
    if (number == nullptr || why == nullptr)
      return DataLossError("what a part tells of its errors is damaged");
    const auto place = number->to_number<std::uint64_t>(failed);
    if (failed) return DataLossError("what a part tells of its errors is damaged");
    out += json::serialize(
               json::object{{"file", file.Url()}, {counted, before + place}, {"error", *why}}) +
           "\n";
    at = end + 1;
  }
  return out;
}

// The errors of all parts, joined in blocks.
class ErrorsFile {
 public:
  explicit ErrorsFile(const Board& board) : board_(board), joiner_(board, "errors") {}

  Status AddSpan(std::size_t span, std::uint64_t before) {
    for (std::size_t part = 0; part < board_.states()[span].parts; ++part) {
      MLENGINE_ASSIGN_OR_RETURN(
          const ObjectInfo object,
          board_.client().Get(board_.output().bucket,
                              board_.Name(PartName(board_.run(), span, part))));
      MLENGINE_ASSIGN_OR_RETURN(const PartInfo info, DecodePart(object.metadata));
      if (!info.errors_nonce.empty())
        MLENGINE_RETURN_IF_ERROR(AddPart(span, part, info.errors_nonce, before));
    }
    return OkStatus();
  }

  Status Finish(const Metadata& metadata) {
    if (!block_.empty()) MLENGINE_RETURN_IF_ERROR(Flush());
    return joiner_.Join(std::move(blocks_), board_.Name(kErrorsName), metadata);
  }

 private:
  Status AddPart(std::size_t span, std::size_t part, const std::string& nonce,
                 std::uint64_t before) {
    MLENGINE_ASSIGN_OR_RETURN(
        const ObjectInfo object,
        board_.client().Get(board_.output().bucket,
                            board_.Name(PartErrorsName(board_.run(), span, part, nonce))));
    MLENGINE_ASSIGN_OR_RETURN(const std::string text, board_.client().Read(object, 0, object.size));
    const char* const counted = board_.plan().format == InputFormat::kJson ? "line" : "record";
    MLENGINE_ASSIGN_OR_RETURN(
        const std::string placed,
        PlacedErrors(text, board_.plan().files[board_.plan().spans[span].file], counted, before));
    block_ += placed;
    return block_.size() < kErrorsBlock ? OkStatus() : Flush();
  }

  Status Flush() {
    MLENGINE_ASSIGN_OR_RETURN(std::string name, joiner_.Add(block_));
    blocks_.push_back(std::move(name));
    block_.clear();
    return OkStatus();
  }

  const Board& board_;
  Joiner joiner_;
  std::string block_;
  std::vector<std::string> blocks_;
};

Status JoinErrors(const Board& board) {
  ErrorsFile errors(board);
  const std::vector<Span>& spans = board.plan().spans;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].file != spans[i - 1].file) before = 0;
    // Most spans have none, and are not looked at part by part.
    if (board.states()[i].info.errors > 0) MLENGINE_RETURN_IF_ERROR(errors.AddSpan(i, before));
    before += board.states()[i].info.place.count;
  }
  const Totals totals = board.totals();
  return errors.Finish({{kRunKey, board.run()},
                        {kPredictionsKey, std::to_string(totals.predictions)},
                        {kErrorsKey, std::to_string(totals.errors)},
                        {kBytesKey, std::to_string(totals.stored_bytes)}});
}

std::uint64_t NumberAt(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? 0 : std::strtoull(found->second.c_str(), nullptr, 10);
}

}  // namespace

Result<std::optional<Totals>> FinishedTotals(GsClient& client, const GsFolder& output,
                                             const std::string& run) {
  const Result<ObjectInfo> object =
      client.Get(output.bucket, output.prefix + std::string(kErrorsName));
  if (object.status().code() == StatusCode::kNotFound) return std::optional<Totals>();
  if (!object.ok()) return object.status();
  const auto told = object->metadata.find(kRunKey);
  if (told == object->metadata.end() || told->second != run) return std::optional<Totals>();
  return std::optional(Totals{NumberAt(object->metadata, kPredictionsKey),
                              NumberAt(object->metadata, kErrorsKey),
                              NumberAt(object->metadata, kBytesKey)});
}

Status JoinResults(const Board& board, const std::string& keys) {
  for (std::size_t worker = 0; worker < board.plan().workers; ++worker)
    MLENGINE_RETURN_IF_ERROR(JoinWorker(board, worker));
  if (!keys.empty()) {
    Joiner joiner(board, "keys");
    MLENGINE_ASSIGN_OR_RETURN(const std::string name, joiner.Add(keys));
    MLENGINE_RETURN_IF_ERROR(joiner.Join({name}, board.Name(kKeysName), {}));
  }
  return JoinErrors(board);
}

Status RemoveWork(GsClient& client, const GsFolder& output, const std::string& run) {
  MLENGINE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> left,
                            client.List(output.bucket, output.prefix + WorkFolder(run)));
  for (const ObjectInfo& object : left)
    MLENGINE_RETURN_IF_ERROR(client.Delete(object.bucket, object.name));
  return OkStatus();
}

}  // namespace mlengine::batch

#include "batch/span_work.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace mlengine::batch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint64_t kBatchBytes = 8U << 20;    // most in one batch of more than one
constexpr std::uint64_t kWindowBytes = 32U << 20;  // and in all that are read ahead
constexpr std::size_t kMostRounds = 64;
constexpr milliseconds kShortRound{100};
constexpr milliseconds kLongRound{500};

void Append(BatchResult& from, BatchResult& to) {
  to.lines += from.lines;
  to.predictions += from.predictions;
  std::ranges::move(from.errors, std::back_inserter(to.errors));
}

}  // namespace

Result<SpanWork::Batches> SpanWork::ReadBatches(InstanceReader& reader, bool& last) const {
  Batches batches;
  std::uint64_t in_batch = 0;
  std::uint64_t in_all = 0;
  const std::size_t most = options_.threads * rounds_;
  while (in_all < kWindowBytes) {
    const bool full = !batches.empty() &&
                      (batches.back().size() >= static_cast<std::size_t>(options_.batch_size) ||
                       in_batch >= kBatchBytes);
    if (full && batches.size() == most) break;
    Instance instance;
    MLENGINE_ASSIGN_OR_RETURN(const bool there, reader.Next(instance));
    if (!there) {
      last = true;
      break;
    }
    if (batches.empty() || full) {
      batches.emplace_back();
      in_batch = 0;
    }
    in_batch += instance.bytes.size();
    in_all += instance.bytes.size();
    batches.back().push_back(std::move(instance));
  }
  return batches;
}

Result<std::vector<BatchResult>> SpanWork::PredictAll(const Batches& batches) const {
  std::vector<std::optional<Result<BatchResult>>> results(batches.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < batches.size(); i = next++)
      results[i] = predictor_.Predict(batches[i], run_);
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(options_.threads, batches.size()); ++i)
    threads.emplace_back(work);
  work();
  threads.clear();  // joins
  std::vector<BatchResult> out;
  for (std::optional<Result<BatchResult>>& result : results) {
    if (!result->ok()) return result->status();
    out.push_back(**std::move(result));
  }
  return out;
}

Result<Piece> SpanWork::Next(InstanceReader& reader) {
  Piece piece;
  const auto begin = steady_clock::now();
  while (!piece.last && piece.result.lines.size() < options_.piece_bytes &&
         steady_clock::now() - begin < options_.piece_time) {
    const auto start = steady_clock::now();
    MLENGINE_ASSIGN_OR_RETURN(const Batches batches, ReadBatches(reader, piece.last));
    MLENGINE_ASSIGN_OR_RETURN(std::vector<BatchResult> results, PredictAll(batches));
    for (BatchResult& result : results) Append(result, piece.result);
    const auto took = steady_clock::now() - start;
    if (took < kShortRound) rounds_ = std::min(rounds_ * 2, kMostRounds);
    if (took > kLongRound) rounds_ = std::max<std::size_t>(rounds_ / 2, 1);
  }
  return piece;
}

}  // namespace mlengine::batch
